"""Rows of the database put right from the store: record, submission, receipt, leaf, event, tile.

What is written is what the store's copy of the log says, held first to the leaf: the statement
hashes to it, or the event's text does. A tile is made anew from what lies below it and must
give the root that was signed last. Rows that are too many are not removed here: a person must.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from filing.custody.copy_ports import Place
from filing.custody.copying import Clock
from filing.custody.ports import Tables
from filing.custody.rebuilt_rows import Row, row_of
from filing.errors import FilingError, OutsideUnavailable
from filing.evidence.logbook import Copied
from filing.model.copies import Repair, RepairState
from filing.model.custody import MAIN, Finding, Look

_TILE, _LEAF, _MISSING = "CX-1-14", frozenset({"CX-1-10", "CX-1-12", "CX-1-13"}), "CX-2-16"
_OF_RECORD = frozenset({"CX-1-8", "CX-2-13", "CX-2-14", "CX-2-15"})
#: Faults of rows; everything else is of a copy's bytes.
TABLE_CODES = _OF_RECORD | _LEAF | {_TILE, _MISSING}
_PLACE = re.compile(r"(?P<kind>leaf|record|tile) (?P<which>.+)")


class LogCopies(Protocol):
    """The store's copy of the log, looked up."""

    def entry(self, position: int) -> Copied | None: ...
    def of_record(self, record_id: str) -> Copied | None:
        """Looked for from the beginning where the tables do not say its position."""

    def statement(self, record_id: str) -> bytes: ...


class Mending(Protocol):
    """The tables, put right; each method is one transaction with its event."""

    def rows(self, row: Row, repair: Repair, finding: Finding | None) -> Repair:
        """Write the rows of one entry that differ, close ``finding``.

        Returns the repair with what was found and what stands; NOT_NEEDED when nothing
        differed.
        """

    def tile(self, path: str, repair: Repair, finding: Finding) -> Repair:
        """Make a tile anew. Raises NotGenuine if the tree does not give the signed root."""

    def close(self, look: Look) -> None:
        """Close findings of a record that a look did not see again."""


@dataclass(frozen=True, slots=True)
class RowsRepairing:
    """Repairs of rows. ``main`` is looked at again afterwards, with the rows as they are then."""

    log: LogCopies
    mending: Mending
    tables: Tables
    main: Callable[[], Place]
    clock: Clock

    def repair(self, one: Finding, who: str) -> Repair:
        """Put right what a finding is about; the repair's state says what came of it."""
        at = self.clock.now()
        # A repair of rows names no location it took a copy from but the main store's log.
        repair = Repair(self.clock.new_id(), MAIN, "", MAIN, RepairState.DONE, who, at, at)
        place = _PLACE.match(one.fault.place)
        try:
            if one.fault.code == _TILE and place and place["kind"] == "tile":
                return self.mending.tile(place["which"], repair, one)
            entry = self._entry(one)
            if entry is None:
                return replace(repair, record_id=one.subject[:36], state=RepairState.NO_COPY)
            row = row_of(entry, self.log.statement)
        except OutsideUnavailable:
            return replace(repair, record_id=one.subject[:36], state=RepairState.NOT_TOLD)
        except (FilingError, ValueError):
            return replace(repair, record_id=one.subject[:36], state=RepairState.NO_COPY)
        repair = replace(repair, record_id=entry.record_id)
        of_whole = one.fault.code == _MISSING or one.fault.code in _LEAF
        done = self.mending.rows(row, repair, one if of_whole else None)
        if entry.record_id:
            self._look(entry.record_id)
        return done

    def _entry(self, one: Finding) -> Copied | None:
        place = _PLACE.match(one.fault.place)
        if one.fault.code in _LEAF:
            position = place["which"] if place and place["kind"] == "leaf" else ""
            return self.log.entry(int(position)) if position.isdigit() else None
        if one.fault.code == _MISSING:
            return self.log.of_record(place["which"]) if place else None
        if one.fault.code not in _OF_RECORD:
            return None
        found = self.tables.of([one.subject])
        entry = self.log.entry(found[0].position) if found else None
        if entry is None or entry.record_id != one.subject:
            return self.log.of_record(one.subject)
        return entry

    def _look(self, record_id: str) -> None:
        found = self.tables.of([record_id])
        if found:
            held = self.main().held(found[0], fresh=True)
            if held.look.complete:
                self.mending.close(held.look)
