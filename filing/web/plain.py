"""What no text holds is refused before a page sees it: U+0000, in an address or in a form.

No keyboard sends it, no document can contain it (XML 1.0, section 2.2) and no database
takes it. Every other character is text, and shown as text.

The interface for systems answers for itself.
"""

from collections.abc import Iterator

from flask import Flask, request

from filing.errors import BadRequest, NotFound

_NONE = "\0"


def install(app: Flask, without: frozenset[str] = frozenset({"api"})) -> None:
    """Look at every request of a page; after it is known where its form came from.

    without   blueprints that answer for themselves
    """

    def refuse() -> None:
        if request.blueprint is None or request.blueprint in without:
            return
        if _NONE in request.path:
            raise NotFound("there is no such page", "没有这个页面")
        if any(_NONE in one for one in _given()):
            raise BadRequest(
                "the form holds a character that no text holds (U+0000)",
                "所填内容含有文本中不允许出现的字符（U+0000）",
            )

    app.before_request(refuse)


def _given() -> Iterator[str]:
    """Every name and value of the address and of the form."""
    for part in (request.args, request.form):
        for name, value in part.items(multi=True):
            yield from (name, value)
    for upload in request.files.values():
        yield upload.filename or ""
