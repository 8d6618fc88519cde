"""The files of a delivery: what they are, what is wrong with them, and other ones instead.

Whatever comes from a package is hostile: a file is handed out for saving only, or, when
its bytes prove to be a picture or a PDF, shown in a frame that may do nothing. Its name
is text, never an address.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO
from urllib.parse import quote

from flask import Response, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest, ChangedMeanwhile, NotFound
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.package import Content, Form
from filing.model.preview import Look
from filing.web.pages import finish
from filing.web.session import person
from filing.web.submission import wording
from filing.web.submission.file_rows import FileRow, file_rows
from filing.web.submission.opened import Opened, Services, open_submission
from filing.web.submission.showing import conflict, show, version_of

_BLOCK = 256 << 10
#: Nothing in a file may run, load, be framed elsewhere or reach this site.
_HARMLESS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_SANDBOXED = f"sandbox; {_HARMLESS}"
_ANY = "application/octet-stream"
_LONGEST_NAME = 1000
#: Files a list looks into, and how large they may be.
_LOOKED, _LOOKED_BYTES = 20, 4 << 20
#: Files on one page of the list.
_LISTED = 100


class Files:
    """The views of a submission's files."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, submission_id: str) -> Response:
        """The list."""
        opened = open_submission(self._services, person(), submission_id)
        every, first = file_rows(opened), _first()
        if len(every) > _LISTED:  # nobody looks for the wrong ones on fifty pages
            every.sort(key=lambda one: not any(told.refuses for told in one.told))
        rows = every[first : first + _LISTED]
        return show(
            self._services,
            opened,
            "web/submission-files.html",
            tab="files",
            files=rows,
            first=first,
            step=_LISTED,
            total=len(every),
            looks={one.member: self._look(opened, one) for one in _looked_into(rows)},
            lock=self._lock(opened),
            beside=opened.submission.form != Form.EEP,
            most_bytes=self._services.most_file_bytes,
        )

    def preview(self, submission_id: str) -> Response:
        """One file, as far as it can be shown."""
        opened = open_submission(self._services, person(), submission_id)
        member = _member()
        row = next((one for one in file_rows(opened) if one.member == member and one.content), None)
        if row is None:
            raise NotFound("there is no such file", "没有这个文件")
        return show(
            self._services,
            opened,
            "web/submission-preview.html",
            tab="files",
            file=row,
            look=self._look(opened, row),
        )

    def download(self, submission_id: str) -> Response:
        """The file's bytes, for saving."""
        return self._bytes(submission_id, _member(), _ANY)

    def frame(self, submission_id: str) -> Response:
        """A picture or a PDF, to be shown in the page of its preview."""
        member = _member()
        opener, _ = self._services.corrections.file(person(), submission_id, member, True)
        with opener as stream:
            kind = self._services.previews.media_type(stream.read(64))
        if not kind:
            raise NotFound("this file is not shown, only handed out", "此文件不能预览，请下载")
        answer = self._bytes(submission_id, member, kind)
        if kind == "application/pdf":
            # A sandbox would keep the browser's own viewer from starting.
            answer.headers["Content-Security-Policy"] = _HARMLESS
        return answer

    def take_in(self, submission_id: str) -> AnyResponse:
        """Put a file in the place of another, or a new one beside the others."""
        upload = request.files.get("upload")
        if upload is None or not upload.filename:
            raise BadRequest("choose a file first", "请先选择文件")
        version = version_of(request.form)
        opened = open_submission(self._services, person(), submission_id)
        change = _change(request.form.get("member", ""), upload, file_rows(opened))
        try:
            self._services.corrections.change_file(
                person(),
                submission_id,
                version,
                change,
                upload.stream,  # type: ignore[arg-type]  # a spooled file reads like any
            )
        except ChangedMeanwhile:
            return conflict(self._services, submission_id, file=str(upload.filename))
        return redirect(url_for(".files", submission_id=submission_id), 303)

    def remove(self, submission_id: str) -> AnyResponse:
        """Leave a file out."""
        version = version_of(request.form)
        opened = open_submission(self._services, person(), submission_id)
        member = request.form.get("member", "")
        row = next((one for one in file_rows(opened) if one.member == member and one.content), None)
        if row is None or row.content is None:
            raise BadRequest("there is no such file", "没有这个文件")
        change = Change(ChangeKind.REMOVE_FILE, member=member, old=_fact(row.content))
        try:
            self._services.corrections.change(person(), submission_id, version, (change,))
        except ChangedMeanwhile:
            return conflict(self._services, submission_id, member=member)
        return redirect(url_for(".files", submission_id=submission_id), 303)

    def _lock(self, opened: Opened) -> str:
        if not opened.editable:
            return "closed"
        slug = self._services.corrections.may_change(opened.person, opened.id, "file")
        return wording.lock(slug, self._services.rules)

    def _look(self, opened: Opened, row: FileRow) -> Look:
        opener, size = self._services.corrections.file(opened.person, opened.id, row.member, True)
        with opener as stream:
            return self._services.previews.look(stream, size)

    def _bytes(self, submission_id: str, member: str, kind: str) -> Response:
        opener, size = self._services.corrections.file(person(), submission_id, member, True)
        return hand_out(opener, size, kind, save_as=member if kind == _ANY else "")


def _looked_into(rows: list[FileRow]) -> list[FileRow]:
    """Those a list looks into; of the others it says what the sender says."""
    small = [one for one in rows if one.content and one.content.size_bytes <= _LOOKED_BYTES]
    return small[:_LOOKED]


def hand_out(
    opener: AbstractContextManager[BinaryIO], size_bytes: int, kind: str, save_as: str = ""
) -> Response:
    """Bytes from a package, with every header that keeps them from acting.

    save_as   the member's name: the browser saves them under its last part; "" to show them
    """

    def pieces() -> Iterator[bytes]:
        with opener as stream:
            while piece := stream.read(_BLOCK):
                yield piece

    answer = Response(pieces(), 200, mimetype=kind)
    answer.headers["Content-Length"] = str(size_bytes)
    name = f"attachment; filename*=UTF-8''{_file_name(save_as)}" if save_as else "inline"
    answer.headers["Content-Disposition"] = name
    answer.headers["Content-Security-Policy"] = _SANDBOXED
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    return finish(answer)


def _first() -> int:
    """Where the list begins, as the address says."""
    text = request.args.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _change(member: str, upload: FileStorage, rows: list[FileRow]) -> Change:
    """Which change an upload is: in the place of a file that is there, else a new one."""
    row = next((one for one in rows if one.member == member), None)
    if member and row is None:
        raise BadRequest("there is no such file", "没有这个文件")
    sent = str(upload.filename).replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
    name = FileFact(_name(row, sent), 0, ())
    if row is not None and row.content is not None:
        return Change(ChangeKind.REPLACE_FILE, member=member, old=_fact(row.content), new=name)
    return Change(ChangeKind.ADD_FILE, member=member or sent, new=name)


def _name(row: FileRow | None, sent: str) -> str:
    """What the file is to be called: as before, unless it is of another kind."""
    before = "" if row is None else row.name
    same = before.rpartition(".")[2].lower() == sent.rpartition(".")[2].lower()
    return before if before and same else sent


def _fact(content: Content) -> FileFact:
    return FileFact(content.member, content.size_bytes, content.digests)


def _member() -> str:
    return request.args.get("member", "")[:_LONGEST_NAME]


def _file_name(member: str) -> str:
    """The last part of a member's name, as a header may carry it."""
    plain = member.replace("\\", "/").rpartition("/")[2] or "file"
    return quote(
        "".join(one for one in plain if one.isprintable())[:200], safe="", errors="replace"
    )
