"""The record page: a rejected delivery put right, and a kept record looked at.

report.py and fields.py read what the engine and the schema say; page.py, files.py,
source.py, ending.py and record.py are the views. Every view asks filing.services and
decides nothing about records itself.
"""

from flask import Blueprint

from filing.model.roles import Permission
from filing.web.session import needs, takes
from filing.web.submission.ending import Ending
from filing.web.submission.files import Files
from filing.web.submission.opened import Services
from filing.web.submission.page import Page
from filing.web.submission.record import RecordPage
from filing.web.submission.source import Source

__all__ = ["Services", "create_blueprint"]

_SEE, _CORRECT = Permission.SEE_SUBMISSIONS, Permission.CORRECT
#: What a form adds to the file it carries.
_FORM_BYTES = 1 << 20


def create_blueprint(services: Services) -> Blueprint:
    """The pages below /submissions and /records, bound to the services."""
    blueprint = Blueprint("submission", __name__)
    one, record = "/submissions/<submission_id>", "/records/<record_id>"
    page, files, source = Page(services), Files(services), Source(services)
    ending, kept = Ending(services), RecordPage(services)
    see, correct, send = needs(_SEE), needs(_CORRECT), needs(Permission.RETURN)
    large = takes(services.most_file_bytes + _FORM_BYTES)
    gets = (
        (one, "show", see(page.show)),
        (f"{one}/report", "report", see(page.report)),
        (f"{one}/history", "history", see(page.history)),
        (f"{one}/files", "files", see(files.show)),
        (f"{one}/preview", "preview", see(files.preview)),
        (f"{one}/content", "content", see(files.download)),
        (f"{one}/frame", "frame", see(files.frame)),
        (f"{one}/xml", "xml", see(source.show)),
        (f"{one}/hand-in", "hand_in", correct(ending.ask)),
        (f"{one}/receipt", "receipt", see(ending.receipt)),
        (f"{one}/receipt.json", "receipt_file", see(ending.receipt_file)),
        (f"{one}/return", "ask_return", send(ending.ask_return)),
        (record, "record", needs(Permission.SEE_RECORDS)(kept.show)),
        (f"{record}/proof", "proof", needs(Permission.SEE_RECORDS)(kept.proof)),
        (f"{record}/content", "record_content", needs(Permission.SEE_RECORDS)(kept.content)),
    )
    posts = (
        (f"{one}/changes", "change", correct(page.change)),
        (f"{one}/take-back", "take_back", correct(page.take_back)),
        (f"{one}/files", "take_in", large(correct(files.take_in))),
        (f"{one}/files/remove", "remove_file", correct(files.remove)),
        (f"{one}/hand-in", "send_in", correct(ending.hand_in)),
        (f"{one}/return", "send_back", send(ending.send_back)),
    )
    for rule, name, view in gets:
        blueprint.add_url_rule(rule, name, view, methods=["GET"])
    for rule, name, view in posts:
        blueprint.add_url_rule(rule, name, view, methods=["POST"])
    return blueprint
