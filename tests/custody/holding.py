"""An archive with some records, for what is planted in it to be found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Connection, text

from filing.adapters.ocfl.layout import object_path
from filing.app import Site
from filing.app.custody import CustodyParts
from filing.custody import absence
from filing.custody.opened import Recent
from filing.model.custody import OPEN_STATES, Audit, Depth, Scope
from filing.model.identifiers import object_id
from tests.crash.yard import Yard, a_yard, samples
from tests.ingest.made import judged

ALL = Scope(depth=Depth.BYTES)
#: No opening is as recent as this: everything is opened.
NEVER = Recent(datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass
class Holding:
    """A site, its custody, and the ids of its records in the order of the log."""

    yard: Yard
    site: Site
    parts: CustodyParts
    ids: list[str]

    def folder(self, record_id: str) -> Path:
        return self.site.settings.store / object_path(object_id(record_id))

    def file(self, record_id: str, name: str) -> Path:
        return next(self.folder(record_id).rglob(name))

    def audit(self, scope: Scope = ALL) -> Audit:
        keeping = self.parts.keeping
        return keeping.run(None, keeping.begin(None, scope).id, lambda audit: None)

    def open(self) -> set[tuple[str, str]]:
        """(subject, code) of everything that is neither put right nor accepted."""
        found = self.parts.book.findings(list(OPEN_STATES), "", "", 500)
        return {(one.subject, one.fault.code) for one in found}

    @contextmanager
    def tampering(self) -> Iterator[Connection]:
        """A connection nothing holds back: no foreign keys are looked after."""
        engine = sqlalchemy.create_engine(self.site.settings.url)
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SET session_replication_role = replica"))
                yield connection
        finally:
            engine.dispose()

    def file_some(self, count: int, start: int) -> list[str]:
        ready = [
            self.site.ceremony.prepare(judged(self.site, one)) for one in samples(count, start)
        ]
        self.site.ceremony.commit(ready)
        return [one.record.id for one in ready]


@contextmanager
def a_holding(home: Path, url: str = "", count: int = 6, **changes: object) -> Iterator[Holding]:
    """A new archive with so many records, filed in two batches.

    What is missing is looked for again at once: its test waits, no other has to.
    """
    yard = a_yard(home, url, **changes)
    site = Site(yard.settings)
    patched = pytest.MonkeyPatch()
    patched.setattr(absence, "PAUSE_SECONDS", 0)
    try:
        site.open()
        parts = CustodyParts(site)
        holding = Holding(yard, site, parts, [])
        holding.ids = [
            *holding.file_some(count // 2, 0),
            *holding.file_some(count - count // 2, 1000),
        ]
        yield holding
    finally:
        patched.undo()
        site.close()


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file over, in place."""
    handle = os.open(path, os.O_RDWR)
    try:
        before = os.pread(handle, 1, bit // 8)
        os.pwrite(handle, bytes([before[0] ^ 1 << bit % 8]), bit // 8)
    finally:
        os.close(handle)
