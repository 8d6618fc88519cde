"""The metadata document itself: numbered lines, each fault beside the line it stands in.

Base64 is left out, long lines are cut and many lines come in pages, so that any
document can be looked at. What is shown is text; nothing of it is markup here.
"""

import difflib
import re
from dataclasses import dataclass
from itertools import islice

from flask import Response, request

from filing.errors import NotFound, WrongState
from filing.model.form import RecordForm
from filing.web.i18n import gettext, language
from filing.web.session import person
from filing.web.submission.opened import Opened, Services, open_submission
from filing.web.submission.report import ReportView, Told, read_report
from filing.web.submission.showing import show

#: Lines of one page, characters of one line.
PAGE, LONGEST = 400, 2_000
#: Lines that are compared; in a longer difference only its first lines are.
_COMPARED = 3_000
_BASE64 = re.compile(r"[A-Za-z0-9+/]{300,}={0,2}")
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_VIEWS = ("received", "corrected", "difference")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``mark`` is "+" or "-" in a difference, else ""."""

    number: int
    text: str
    cut: int
    told: tuple[Told, ...] = ()
    mark: str = ""


class Source:
    """The views of a submission's metadata document."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, submission_id: str) -> Response:
        """As received, with the draft, or what differs between the two."""
        opened = open_submission(self._services, person(), submission_id)
        view = request.args.get("view", "")
        if view not in _VIEWS:
            view = "corrected" if opened.draft.changes else "received"
        first = _first(request.args.get("from", ""))
        received = self._document(opened, corrected=False)
        if view == "difference":
            lines = difference(received, self._document(opened, corrected=True))
            total = len(lines)
            page = lines[first - 1 : first - 1 + PAGE]
        else:
            text = received if view == "received" else self._document(opened, corrected=True)
            page, total = self._page(opened, view, text, first)
        return show(
            self._services,
            opened,
            "web/submission-xml.html",
            tab="xml",
            view=view,
            lines=page,
            first=first,
            last=first - 1 + len(page),
            total=total,
            step=PAGE,
        )

    def _page(
        self, opened: Opened, view: str, document: bytes, first: int
    ) -> tuple[list[Line], int]:
        report = opened.report if view == "corrected" else self._first_report(opened)
        form = self._services.forms.form(document)
        told: dict[int, list[Told]] = {}
        for one in () if report is None else report.told:
            told.setdefault(line_of(one, form), []).append(one)
        every = decoded(document).split("\n") if document else []
        part = islice(enumerate(every, start=1), first - 1, first - 1 + PAGE)
        return [_line(number, text, tuple(told.get(number, ()))) for number, text in part], len(
            every
        )

    def _first_report(self, opened: Opened) -> ReportView | None:
        """The report that was given on what was received."""
        if not opened.draft.changes:
            return opened.report
        try:
            return read_report(self._services.shelf.report(opened.person, opened.id), language())
        except (NotFound, WrongState):
            return opened.report

    def _document(self, opened: Opened, *, corrected: bool) -> bytes:
        try:
            return self._services.corrections.document(opened.person, opened.id, corrected)
        except (NotFound, WrongState):
            return b""  # filed: it is kept with its record


def line_of(told: Told, form: RecordForm | None) -> int:
    """The line of a document a finding is about; 0 when it is about none.

    By its place, for the document at hand may have fewer lines than the one received.
    """
    node = None if form is None else form.find(told.xpath, told.field if told.xpath else "")
    while form is not None and node is not None and not node.line:
        node = form.places.get(node.key.rpartition("/")[0])
    return told.line if node is None else node.line


def decoded(document: bytes) -> str:
    """The document as text, in the encoding it declares; what does not decode is marked."""
    declared = _DECLARED.match(document[:256].removeprefix(b"\xef\xbb\xbf"))
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    encoding = "gb18030" if name in ("gbk", "gb2312", "gb18030") else "utf-8"
    text = document.decode(encoding, "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def difference(before: bytes, after: bytes) -> list[Line]:
    """The lines that differ, with three around them. Numbers are those of ``after``."""
    old, new = decoded(before).split("\n"), decoded(after).split("\n")
    same = next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    skipped = max(same - 3, 0)
    old, new = old[skipped : skipped + _COMPARED], new[skipped : skipped + _COMPARED]
    found: list[Line] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                numbered = enumerate(new[new_from:new_to], start=skipped + new_from + 1)
                found += [_line(number, text) for number, text in numbered]
                continue
            removed = enumerate(old[old_from:old_to], start=skipped + old_from + 1)
            found += [_line(number, text, mark="-") for number, text in removed]
            added = enumerate(new[new_from:new_to], start=skipped + new_from + 1)
            found += [_line(number, text, mark="+") for number, text in added]
    return found


def _line(number: int, text: str, told: tuple[Told, ...] = (), mark: str = "") -> Line:
    short = _BASE64.sub(lambda hit: gettext("〈Base64，%(n)s 个字符，略〉", n=len(hit[0])), text)
    return Line(number, short[:LONGEST], max(len(short) - LONGEST, 0), told, mark)


def _first(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    # Pages begin where the one before ended, wherever a link leads to.
    return max(number - 1, 0) // PAGE * PAGE + 1
