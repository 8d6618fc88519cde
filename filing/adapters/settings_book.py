"""Agencies, settings and rules carried into the store: lines appended, never changed.

So that a database rebuilt from the store knows who may file what, and by which rules records
were judged. A row that changes stands again as a new line; the last one counts. Tokens,
certificates' keys, accounts and passwords are not carried: nothing that opens anything
lies in the store.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from filing.adapters.appending import append, make_folder
from filing.adapters.db import rows
from filing.adapters.db.administration_rows import rule_set, setting_version
from filing.adapters.db.engine import Database
from filing.adapters.durable import sync_each, writing
from filing.evidence.members import moment_text

_LONGEST = 16 << 20
FILE = "settings.jsonl"


class SettingsBook:
    """The file ``settings.jsonl`` in a folder. One process writes; twice does no harm."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._known: set[str] = set()
        self._read_to = -1
        self._carried: object = None

    def lines(self) -> Iterator[Mapping[str, object]]:
        """Every line that can be read. Raises OSError."""
        for text in self._texts():
            try:
                found = json.loads(text)
            except ValueError:
                continue  # a crash cut it off; it was written again behind
            if isinstance(found, dict) and "table" in found:
                yield found

    def carry(self, database: Database) -> int:
        """Append what the book lacks; how many lines. Raises OSError, OutsideUnavailable."""
        size = self._path.stat().st_size if self._path.exists() else 0
        mark = _mark(database)
        if size != self._read_to:
            self._known = set(self._texts())
        elif mark == self._carried:
            return 0
        fresh = [one for one in _rows(database) if one not in self._known]
        if fresh:
            with writing("the settings' copy"):
                make_folder(self._folder)
                append(self._path, "".join(f"{one}\n" for one in fresh).encode())
            sync_each((self._path, self._folder, self._folder.parent))
            self._known.update(fresh)
        self._read_to = self._path.stat().st_size if self._path.exists() else 0
        self._carried = mark
        return len(fresh)

    def _texts(self) -> Iterator[str]:
        if not self._path.exists():
            return
        with self._path.open("rb") as stream:
            while line := stream.readline(_LONGEST):
                if line.endswith(b"\n"):
                    yield line[:-1].decode("utf-8", "replace")


def _mark(database: Database) -> object:
    """Changes with whatever ``_rows`` gives: a changed agency is a new version of a setting."""
    agency, version = rows.agency.c, setting_version.c
    query = select(
        select(func.max(version.number)).scalar_subquery(),
        select(func.count(agency.id)).scalar_subquery(),
        select(func.max(agency.created_at)).scalar_subquery(),
        select(func.count(rule_set.c.digest)).scalar_subquery(),
    )
    with database.reading() as connection:
        return tuple(connection.execute(query).one())


def _rows(database: Database) -> Iterator[str]:
    queries = {
        "agency": select(rows.agency).order_by(rows.agency.c.id),
        "setting-version": select(setting_version).order_by(setting_version.c.number),
        "rule-set": select(rule_set).order_by(rule_set.c.first_used_at, rule_set.c.digest),
    }
    for name, query in queries.items():
        with database.reading() as connection:
            found = connection.execute(query).mappings().all()
        for row in found:
            values = {
                key: moment_text(one) if isinstance(one, datetime) else one
                for key, one in row.items()
            }
            line = {"table": name, **values}
            yield json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
