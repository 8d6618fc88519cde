"""A damaged copy restored from one proven good, the damaged bytes kept in quarantine.

    1 see     damage, by two independent looks at the copy; that anything is missing is an
              audit's to say
    2 prove   another copy, by two looks: every file as sealed, the statement the log's entry
    3 intend  the row of the repair, with what was found, and its event
    4 bring   the good copy beside, every byte digested on its way
    5 replace what stands is set aside, the good copy takes its place
    6 verify  the copy read again past the page cache
    7 say     findings closed, what stands now, and its event

From step 3 on a crash is answered by ``finish``: what was begun to be replaced is finished,
what was not may be undone. Without a good copy nothing is touched.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from filing.custody.absence import is_absent
from filing.custody.copy_ports import (
    CopyBook,
    Held,
    Place,
    Take,
    is_hurt,
    is_proven,
    of_bytes,
)
from filing.custody.copying import Clock, wanted_of
from filing.custody.expected import Expected
from filing.custody.ports import StillOurs, Tables
from filing.errors import ChangedMeanwhile, Misconfigured, NotFound, OutsideUnavailable
from filing.evidence.members import moment_text
from filing.model.copies import Repair, RepairState

_MOST = 200


@dataclass(frozen=True, slots=True)
class Repairing:
    """Repairs of records, at any location.

    places   by name, in the order in which a good copy is looked for
    take     see copy_ports.Take
    after    told the name of each step when it is done; for drills
    """

    places: Callable[[], Mapping[str, Place]]
    tables: Tables
    book: CopyBook
    clock: Clock
    take: Take
    after: Callable[[str], None] = lambda step: None

    def repair(self, location: str, record_id: str, who: str) -> Repair:
        """Repair one record's copy. Raises NotFound, OutsideUnavailable, ChangedMeanwhile."""
        give_back = self.take(location, record_id)
        if give_back is None:
            raise ChangedMeanwhile(
                f"another process repairs record {record_id}", "该档案正由其他进程修复"
            )
        try:
            return self._repair(location, record_id, who)
        finally:
            give_back()

    def finish(self, still_ours: StillOurs = lambda: True) -> int:
        """Finish or undo what a crash left; how many came to an end."""
        ended, before = 0, ""
        while some := self.book.repairs(RepairState.BEGUN, "", before, _MOST):
            before = some[-1].id
            for one in some:
                if not still_ours():
                    return ended
                with suppress(OutsideUnavailable, Misconfigured, NotFound, ChangedMeanwhile):
                    ended += self._finished(one)
        return ended

    def _finished(self, one: Repair) -> bool:
        """Whether it came to an end here."""
        give_back = self.take(one.location, one.record_id)
        if give_back is None:
            return False
        try:
            # As it stands now: whoever had it may have finished a moment ago.
            now = self.book.repair(one.id)
            going = now.state is RepairState.BEGUN
            return going and self._go_on(now).state is not RepairState.BEGUN
        finally:
            give_back()

    def _repair(self, location: str, record_id: str, who: str) -> Repair:
        one, place = self._expected(record_id), self._place(location)
        for left in self.book.repairs(RepairState.BEGUN, record_id, "", _MOST):
            if left.location == location:
                return self._go_on(left)
        begun_at = self.clock.now()
        found = self._seen_hurt(location, place, one)
        repair = Repair(
            self.clock.new_id(), location, record_id, "", RepairState.BEGUN, who, begun_at
        )
        if isinstance(found, RepairState):
            return replace(repair, state=found, ended_at=begun_at)
        source, good = self._proven(one, location)
        repair = replace(repair, before=_before(found, good), source=source)
        if good is None:
            repair = replace(repair, state=RepairState.NO_COPY, ended_at=begun_at)
            self.book.begin_repair(repair)
            return repair
        self.book.begin_repair(repair)
        self.after("intend")
        return self._carry_out(repair, one, good)

    def _expected(self, record_id: str) -> Expected:
        found = self.tables.of([record_id])
        if not found:
            raise NotFound(f"there is no record {record_id} in the log", f"没有档案 {record_id}")
        return found[0]

    def _place(self, location: str) -> Place:
        try:
            return self.places()[location]
        except KeyError:
            raise NotFound(f"there is no location {location}", f"没有存储位置 {location}") from None

    def _seen_hurt(self, location: str, place: Place, one: Expected) -> Held | RepairState:
        """What two looks agree is damaged, or why there is nothing to repair."""
        place.available()
        first, second = place.held(one, fresh=False), place.held(one, fresh=True)
        place.available()
        if is_proven(one, second):
            return RepairState.NOT_NEEDED
        if not is_hurt(first) or not is_hurt(second):
            return RepairState.NOT_TOLD
        if any(is_absent(each) for each in second.look.faults):
            # It may be on its way: an audit says that it is gone, after a real pause.
            told = self.book.is_confirmed(location, one.record_id)
            return second if told else RepairState.NOT_TOLD
        return second

    def _proven(self, one: Expected, but: str) -> tuple[str, Held | None]:
        """A location whose copy two looks prove good, and what it holds."""
        places = self.places()
        for name in places:
            if name == but:
                continue
            with suppress(OutsideUnavailable, Misconfigured):
                place = places[name]
                place.available()
                first = place.held(one, fresh=False)
                if is_proven(one, first):
                    second = place.held(one, fresh=True)
                    if is_proven(one, second) and second.files == first.files:
                        return name, second
        return "", None

    def _go_on(self, repair: Repair) -> Repair:
        one, place = self._expected(repair.record_id), self._place(repair.location)
        place.available()
        held = place.held(one, fresh=True)
        if is_proven(one, held):
            # Replaced before the crash, or never hurt: nothing prepared may stay beside.
            place.undo(repair.id)
            return self._said(repair, held)
        source, good = self._proven(one, repair.location)
        if good is not None:
            if source != repair.source:
                repair = self.book.note_repair(repair, replace(repair, source=source))
            return self._carry_out(repair, one, good)
        if place.undo(repair.id):
            return self.book.end_repair(repair, RepairState.UNDONE, None, self.clock.now())
        return repair  # half replaced, and nothing to finish it from: it waits, and is shown

    def _carry_out(self, repair: Repair, one: Expected, good: Held) -> Repair:
        place, source = self._place(repair.location), self._place(repair.source)
        wanted, note = wanted_of(repair.record_id, good), _note(repair)
        for token in tokens(repair):
            place.replace(token, wanted, source, note)
            self.after("replace")
            held = place.held(one, fresh=True)
            place.available()
            if is_proven(one, held):
                return self._said(repair, held)
        raise OutsideUnavailable(
            f"record {repair.record_id} was written to {repair.location} and is not what was"
            f" written: {', '.join(fault.code for fault in of_bytes(held.look.faults))}",
            f"修复后再次读取仍不一致，请检查存储位置 {repair.location}",
        )

    def _said(self, repair: Repair, held: Held) -> Repair:
        self.after("verify")
        hurt = {str(one["place"]) for one in repair.before}
        after = tuple(
            {"place": path, "bytes": size, "sha256": digest}
            for path, (size, digest) in sorted(held.files.items())
            if path in hurt or "" in hurt
        )
        known = replace(repair, after=after)
        return self.book.end_repair(known, RepairState.DONE, held.look, self.clock.now())


def tokens(repair: Repair) -> tuple[str, str]:
    """What each attempt of a repair sets aside is known by."""
    return repair.id, f"{repair.id}-again"


def _before(found: Held, good: Held | None) -> tuple[Mapping[str, object], ...]:
    """What was found, fault by fault, with the bytes that stood there and those that should."""
    told = []
    for one in of_bytes(found.look.faults):
        size, digest = found.files.get(one.place, (0, ""))
        wanted = ("" if good is None else good.files.get(one.place, (0, ""))[1]) or one.expected
        told.append(
            {
                "code": one.code,
                "place": one.place,
                "bytes": size,
                "sha256": digest,
                "expected": wanted,
            }
        )
    return tuple(told)


def _note(repair: Repair) -> bytes:
    """What lies beside the bytes that were set aside: who, when, why."""
    text: dict[str, object] = {
        "repair": repair.id,
        "location": repair.location,
        "record": repair.record_id,
        "source": repair.source,
        "who": repair.who,
        "at": moment_text(repair.begun_at),
        "found": [dict(one) for one in repair.before],
    }
    return json.dumps(text, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def set_aside_note(location: str, record_id: str, at: datetime) -> bytes:
    """The note beside a copy that nobody had noted and that is hurt."""
    text = {
        "location": location,
        "record": record_id,
        "who": "system",
        "at": moment_text(at),
        "found": "a copy nobody had noted, not good",
    }
    return json.dumps(text, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
