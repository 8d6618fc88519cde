"""What every page of a submission shows, and how a form says which draft it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from flask import Response

from filing.errors import BadRequest
from filing.model.events import MEANINGS, Kind
from filing.web.event_details import details
from filing.web.i18n import language
from filing.web.pages import render
from filing.web.session import person
from filing.web.submission import wording
from filing.web.submission.fields import Block, Row, anchor
from filing.web.submission.opened import Opened, Services, open_submission


def show(
    services: Services,
    opened: Opened,
    template: str,
    status: int = 200,
    *,
    tab: str = "",
    **context: object,
) -> Response:
    """A page of a submission. ``tab`` is the one of its parts that is shown."""
    agencies = {opened.entry.agency_id: opened.entry.agency_name}
    return render(
        template,
        status,
        opened=opened,
        report=opened.report,
        draft=opened.draft,
        tab=tab,
        name_of=partial(services.name, agencies=agencies),
        wording=wording,
        rules=services.rules,
        is_block=_is_block,
        is_row=_is_row,
        short=anchor,
        **WORDS,
        **dict(context),
    )


def conflict(
    services: Services,
    submission_id: str,
    more: frozenset[str] = frozenset(),
    clashes: Sequence[object] = (),
    places: frozenset[str] = frozenset(),
    **meant: str,
) -> Response:
    """Somebody else was faster: who changed what, and how to go on; nothing was overwritten.

    clashes   fields typed in, beside what stands there now
    places    far places the form had
    meant     what else was asked for: "reason" of handing in, "file" that was sent,
              "member" to be left out, "back" for a change to be taken back
    """
    opened = open_submission(services, person(), submission_id, more, places, examine=False)
    return show(
        services,
        opened,
        "web/submission-conflict.html",
        409,
        clashes=clashes,
        more=sorted(more),
        meant=meant,
    )


def version_of(form: Mapping[str, str]) -> int:
    """The draft's version a form was made with. Raises BadRequest."""
    text = form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("the form does not say which draft it is about", "表单缺少草稿版本号")
    return int(text)


def meaning(kind: str) -> str:
    """What an event of this kind says, in the page's language."""
    try:
        said = MEANINGS[Kind(kind)]
    except (KeyError, ValueError):
        return kind
    return said.en if language() == "en" else said.zh


def at(text: str) -> datetime | None:
    """A moment as signed documents write it; None when it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def told(value: object) -> str:
    """One side of a correction: a text, or a file by name, size and digest."""
    if isinstance(value, Mapping):
        return " ".join(told(one) for one in value.values())
    if isinstance(value, list | tuple):
        return " ".join(told(one) for one in value)
    return str(value)


#: What templates of kept things ask for.
WORDS = {"meaning": meaning, "at": at, "told": told, "details": details}


def _is_block(part: object) -> bool:
    return isinstance(part, Block)


def _is_row(part: object) -> bool:
    return isinstance(part, Row)
