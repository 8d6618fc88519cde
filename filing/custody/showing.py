"""Custody as it is shown: the first page, findings by what they are about, a record's history.

Reads only; every read is bounded, however large the holding. Permissions as in
filing.custody.keeping. What may be done about a finding is decided elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from filing.custody.auditing import Clock
from filing.custody.draw import throws
from filing.custody.expected import Trust
from filing.custody.keeping import Keeping
from filing.custody.ports import Tables, Witness
from filing.custody.proving import Prover
from filing.custody.schedule import CHINA
from filing.errors import Misconfigured, NotFound, OutsideUnavailable
from filing.evidence.logged_event import LoggedEvent
from filing.model.custody import Audit, Finding, Scope
from filing.model.custody_views import (
    CopyState,
    DayRead,
    Happened,
    Hindrance,
    Known,
    Overview,
    Proven,
    RecordHistory,
    Wanted,
    WeekFound,
)
from filing.model.identifiers import ArchivalCode
from filing.model.people import Person
from filing.model.promise import Day
from filing.model.roles import Permission

DAYS, WEEKS = 30, 12
_ACTS, _AUDITS, _FINDINGS = 200, 200, 200


class Shelves(Protocol):
    """What is read, beyond what auditing itself asks for."""

    def found(self, wanted: Wanted, before: str, limit: int) -> Sequence[Finding]: ...
    def tally(self, audit_id: str) -> Sequence[tuple[str, str, int]]:
        """What one audit saw: (code, answer, how many)."""

    def found_between(self, first: datetime, end: datetime) -> tuple[int, int]:
        """Findings first seen in a span of time: damage, doubts."""

    def open_findings(self) -> tuple[int, int]:
        """Open damage and open doubts, each counted up to MOST_COUNTED."""

    def days(self, location: str) -> Sequence[tuple[Day, int]]: ...
    def record(self, record_id: str) -> Known | None: ...
    def statement(self, submission_id: str) -> bytes:
        """The sealed statement's bytes, b"" where they are gone."""

    def delivered(self, submission_id: str) -> Sequence[Happened]: ...
    def entries_about(
        self, subjects: Sequence[str], limit: int
    ) -> Sequence[tuple[int, bytes, LoggedEvent | None]]:
        """Entries of the log about these subjects: position, bytes, what they say."""

    def copies(self, record_id: str) -> Sequence[CopyState]: ...
    def audits(self, before: str, limit: int) -> Sequence[Audit]: ...


@dataclass(frozen=True, slots=True)
class Showing:
    """Keeps the promises of filing.services.custody.Shown."""

    keeping: Callable[[str], Keeping]
    shelves: Shelves
    tables: Tables
    trust: Callable[[], Trust]
    witness: Witness
    clock: Clock

    def overview(self, by: Person | None, location: str) -> Overview:
        """See Shown."""
        coverage = self.keeping(location).coverage(by, location)
        damage, doubts = self.shelves.open_findings()
        today = self.clock.now().astimezone(CHINA).date()
        return Overview(
            coverage=coverage,
            today=today,
            read=tuple(self._read(location, today)),
            found=tuple(self._weeks(today)),
            open_damage=damage,
            open_doubts=doubts,
            hindrance=self._hindrance(),
        )

    def _hindrance(self) -> Hindrance | None:
        """Without knowing whom to trust nothing is judged, and audits wait."""
        try:
            self.trust()
        except (OutsideUnavailable, Misconfigured) as error:
            return Hindrance(error.zh, str(error))
        return None

    def found(
        self, by: Person | None, wanted: Wanted, before: str, limit: int
    ) -> Sequence[Finding]:
        """See Shown."""
        _may_see(by)
        return self.shelves.found(wanted, before, limit)

    def events_of(self, by: Person | None, subject: str) -> Sequence[Proven]:
        """See Shown."""
        _may_see(by)
        return self._acts((subject,), Prover(self.tables, self.trust, self.witness))

    def record(self, by: Person | None, record_id: str) -> RecordHistory:
        """See Shown."""
        _may_see(by)
        known = self.shelves.record(record_id)
        if known is None:
            raise NotFound(f"there is no record {record_id}", f"没有档案 {record_id}")
        prover = Prover(self.tables, self.trust, self.witness)
        findings = self.shelves.found(Wanted(subject=record_id), "", _FINDINGS)
        subjects = (record_id, *(one.id for one in findings))
        acts = self._acts(subjects, prover)
        body = self.shelves.statement(known.submission_id)
        answer, path = prover.prove(known.position, body)
        return RecordHistory(
            record=known,
            sealed=Proven(
                known.position,
                "record-logged",
                known.stored_at or self.clock.now(),
                "system",
                record_id,
                {},
                answer,
                body,
                path,
            ),
            acts=acts,
            before=tuple(self.shelves.delivered(known.submission_id)),
            covering=prover.covering(known.position),
            newest=prover.head,
            copies=tuple(self.shelves.copies(record_id)),
            audits=tuple(self._looked_at(known)),
            findings=tuple(findings),
            more=len(acts) >= _ACTS,
        )

    def _acts(self, subjects: Sequence[str], prover: Prover) -> tuple[Proven, ...]:
        return tuple(
            _proven(position, body, said, prover)
            for position, body, said in self.shelves.entries_about(subjects, _ACTS)
        )

    def _looked_at(self, known: Known) -> Iterator[Audit]:
        """Of the newest audits, those that have looked at the record.

        What the promise reads day by day is not in any order of the log; the copy itself
        says when it was read.
        """
        for audit in self.shelves.audits("", _AUDITS):
            if not audit.scheduled and known.position < audit.cursor and _within(audit, known):
                yield audit

    def _read(self, location: str, today: date) -> Iterator[DayRead]:
        read = {one.day: size for one, size in self.shelves.days(location)}
        for back in range(DAYS - 1, -1, -1):
            day = today - timedelta(days=back)
            yield DayRead(day, read.get(day, 0))

    def _weeks(self, today: date) -> Iterator[WeekFound]:
        for back in range(WEEKS, 0, -1):
            first = today - timedelta(days=7 * back - 1)
            begin = datetime.combine(first, datetime.min.time(), CHINA)
            yield WeekFound(first, *self.shelves.found_between(begin, begin + timedelta(days=7)))


def _proven(position: int, body: bytes, said: LoggedEvent | None, prover: Prover) -> Proven:
    answer, path = prover.prove(position, body)
    if said is None:  # the bytes are no event: then they are not those of the leaf either
        epoch = datetime.fromtimestamp(0, CHINA)
        return Proven(position, "", epoch, "", "", {}, answer, body, path)
    return Proven(
        position, said.kind, said.at, said.who, said.subject, said.detail, answer, body, path
    )


def _within(audit: Audit, known: Known) -> bool:
    """Whether the record is of the audit's scope."""
    scope = audit.scope
    if scope.sample is not None:
        return _drawn(audit, known.position)
    if scope.records:
        return known.id in scope.records
    return _narrowed(scope, known)


def _narrowed(scope: Scope, known: Known) -> bool:
    day = known.stored_at.astimezone(CHINA).date() if known.stored_at else None
    return (
        scope.fonds in ("", known.fonds)
        and scope.agency_id in ("", known.agency_id)
        and scope.year in (0, known.year)
        and scope.category in ("", _category(known.archival_code))
        and (scope.stored_from is None or (day is not None and day >= scope.stored_from))
        and (scope.stored_to is None or (day is not None and day <= scope.stored_to))
    )


def _category(archival_code: str) -> str:
    try:
        return ArchivalCode.parse(archival_code).category
    except ValueError:
        return ""


#: A draw of more throws is not repeated for a page.
_MOST_THROWS = 20_000


def _drawn(audit: Audit, position: int) -> bool:
    """Whether the lot surely fell on this position; drawn again, as anybody can.

    The lot passes over entries that are no records and throws again; those last throws are
    left out here, so that no look is claimed that was not taken.
    """
    sample = audit.scope.sample
    if sample is None or audit.planned > _MOST_THROWS:
        return False
    for count, drawn in enumerate(throws(sample.seed, audit.log_size)):
        if count >= audit.planned:
            return False
        if drawn == position:
            return True
    return False


def _may_see(by: Person | None) -> None:
    if by is not None:
        by.need(Permission.SEE_CUSTODY)
