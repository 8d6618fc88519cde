"""Deliveries decided on, as they came: staged anew, to be looked at once more.

A refused one is read from what was kept of it; a filed one is copied out of its object.
A ZIP is packed again from its members, so only its own bytes are others than they were.

Changes nothing of what is kept; what is staged goes when the block ends.
"""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

from filing.adapters.db import submissions
from filing.adapters.db.engine import Database
from filing.adapters.ocfl.records import RecordStore
from filing.adapters.spool import Spool, Tray
from filing.adapters.staging import Staging
from filing.errors import NotFound
from filing.ingest.kept import REPORT
from filing.ingest.objects import PACKAGE
from filing.ingest.receive import METADATA, PARTS, XML, ZIP, Staged
from filing.model.digest import Digest
from filing.model.package import Content, Form
from filing.model.submission import State, Submission

_BLOCK = 1 << 20
_METADATA = f"{METADATA}.xml"
_ZIPPED = frozenset({Form.EEP_ZIP, Form.RECORD_ZIP})


class PastDeliveries:
    """Keeps the promises of filing.administration.ports.Past."""

    def __init__(
        self,
        database: Database,
        staging: Staging,
        records: RecordStore,
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._staging = staging
        self._records = records
        self._new_id = new_id

    def recent(self, agency_id: str, state: State, limit: int) -> Sequence[Submission]:
        """See the port. Follows an index on agency, state and id, or on state and id."""
        with self._database.reading() as connection:
            return submissions.newest(connection, agency_id, state, limit)

    @contextmanager
    def opened(self, submission: Submission) -> Iterator[Staged]:
        """See the port."""
        tray = self._staging.begin(f"rehearsal-{self._new_id()}")
        try:
            if submission.record_id:
                yield self._filed(submission, tray)
            else:
                yield self._kept(submission, tray)
        finally:
            tray.discard()

    def _kept(self, submission: Submission, tray: Tray) -> Staged:
        kept = self._staging.load(submission.id)
        contents = tuple(one for one in kept.contents if one.member != REPORT)
        if not contents:
            raise NotFound("nothing is kept of this delivery", "没有保存此件的内容")
        return _staged(submission, kept.facts["media_type"], contents, tray)

    def _filed(self, submission: Submission, tray: Tray) -> Staged:
        paths = [
            one for one in self._records.paths(submission.record_id) if one.startswith(PACKAGE)
        ]
        if submission.form in _ZIPPED:
            return _staged(submission, ZIP, (self._packed(submission, paths, tray),), tray)
        copied = tuple(self._copied(submission, path, tray) for path in sorted(paths, key=_order))
        return _staged(submission, XML if submission.form == Form.EEP else PARTS, copied, tray)

    def _copied(self, submission: Submission, path: str, tray: Tray) -> Content:
        spool = tray.open(path.removeprefix(PACKAGE))
        with self._records.open(submission.record_id, path) as stream:
            while block := stream.read(_BLOCK):
                spool.write(block)
        return spool.close()

    def _packed(self, submission: Submission, paths: Sequence[str], tray: Tray) -> Content:
        spool = tray.open("package")
        with zipfile.ZipFile(cast(BinaryIO, _Onward(spool)), "w") as archive:
            for path in paths:
                member = zipfile.ZipInfo(path.removeprefix(PACKAGE))
                with self._records.open(submission.record_id, path) as stream:
                    member.file_size = stream.seek(0, io.SEEK_END)
                    stream.seek(0)
                    with archive.open(member, "w") as into:
                        shutil.copyfileobj(stream, into, _BLOCK)
        return spool.close()


class _Onward:
    """A spool as zipfile writes to what cannot be sought: nothing is held in memory."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def write(self, block: bytes) -> int:
        self._spool.write(block)
        return len(block)

    def flush(self) -> None:
        return


def _order(path: str) -> tuple[bool, str]:
    """The metadata part first, as it came."""
    return path != f"{PACKAGE}{_METADATA}", path


def _staged(
    submission: Submission, media_type: str, contents: tuple[Content, ...], tray: Tray
) -> Staged:
    body, metadata, files = None, None, contents
    if media_type != PARTS:
        body, files = contents[0], ()
    elif contents[0].member == _METADATA:
        metadata, files = contents[0], contents[1:]
    return Staged(
        digest=Digest.parse(submission.package_digest),
        size_bytes=submission.size_bytes,
        media_type=media_type,
        body=body,
        metadata=metadata,
        files=files,
        tray=tray,
    )
