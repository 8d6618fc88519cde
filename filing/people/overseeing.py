"""The auditor's look at everybody's acts.

Looking is itself no act: nothing is written, nothing can be changed here.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

from filing.model.events import Event
from filing.model.people import Chosen, Person
from filing.model.roles import Permission

#: The archive's civil time: days begin by it.
_CHINA = timezone(timedelta(hours=8))
MOST = 200


class Journal(Protocol):
    """Events in the database."""

    def page(
        self,
        person_id: str,
        kind: str,
        first: datetime | None,
        end: datetime | None,
        before: int,
        limit: int,
    ) -> tuple[Sequence[tuple[int, Event]], int]:
        """Events below the number ``before``, the newest first, and where to go on (0: nowhere).

        A call looks through a bounded number of events; a page may be short before the end.
        """


class Overseeing:
    """See filing.services.people.People."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __call__(
        self, by: Person, chosen: Chosen, before: int, limit: int
    ) -> tuple[Sequence[tuple[int, Event]], int]:
        """See filing.services.people.People.events."""
        by.need(Permission.SEE_EVENTS)
        first = _begins(chosen.first) if chosen.first else None
        end = _begins(chosen.last + timedelta(days=1)) if chosen.last else None
        return self._journal.page(
            chosen.person_id, chosen.kind, first, end, max(before, 0), min(max(limit, 1), MOST)
        )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, _CHINA).astimezone(UTC)
