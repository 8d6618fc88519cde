"""What may be asked about further copies: locations, repairs, acts for two, drills.

``by`` is who asks, and must have the permission; None is the operator on the machine
itself. Everything an act changes is an event in the log.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from filing.model.copies import (
    Drill,
    Evidence,
    Location,
    Repair,
    RepairState,
    Request,
    RequestKind,
    RequestState,
    Standing,
    Where,
)
from filing.model.people import Person
from filing.services.custody import Custody


class Copies(Protocol):
    """Raises NotAllowed, NotFound, OutsideUnavailable throughout."""

    # locations
    def locations(self, by: Person | None) -> Sequence[Standing]:
        """Every further location and how far it is behind."""

    def add(self, by: Person | None, name: str, where: Where) -> Location:
        """Make a place a location; copying begins. Raises WrongState, BadRequest, Misconfigured."""

    def change(self, by: Person | None, name: str, where: Where) -> Location:
        """The same location, reached another way: its marker must be there."""

    def check(self, by: Person | None, name: str) -> Location:
        """Whether it answers and is the one meant."""

    def catch_up(self, by: Person | None, name: str, told: Callable[[Standing], None]) -> Standing:
        """Copy here and now until nothing waits; log and settings too."""

    def at(self, location: str) -> Custody:
        """Audits, findings and the promise of one location ("main" included)."""

    # repairs
    def repair(self, by: Person | None, location: str, record_id: str) -> Repair:
        """Restore one record's copy; its state says what came of it.

        Raises ChangedMeanwhile while another process repairs it.
        """

    def repair_finding(self, by: Person | None, finding_id: str) -> Repair:
        """As ``repair``, or put rows of the database right, whatever the finding is of."""

    def repair_all(
        self, by: Person | None, location: str, told: Callable[[Repair], None]
    ) -> Sequence[Repair]:
        """Every confirmed finding of records at a location, one record after the other."""

    def repairs(
        self, by: Person | None, state: RepairState | None, record_id: str, before: str, limit: int
    ) -> Sequence[Repair]:
        """The newest first, behind the id ``before``; those without a good copy too."""

    # acts for two
    def ask(self, by: Person | None, kind: RequestKind, subject: str, reason: str) -> Request:
        """Raises BadRequest without a reason, WrongState."""

    def decide(self, by: Person, request_id: str, agreed: bool) -> Request:
        """Agree or not; what is agreed is done. Raises NotAllowed for whoever asked."""

    def requests(
        self, by: Person | None, state: RequestState, before: str, limit: int
    ) -> Sequence[Request]:
        """The newest first."""

    def evidence(self, by: Person | None, one: Request) -> Evidence:
        """What a request is about; for whoever may see requests."""

    # drills
    def drill(self, by: Person | None) -> Drill:
        """Rebuild into a scratch place and compare; here and now."""

    def drills(self, by: Person | None, limit: int) -> Sequence[Drill]:
        """The newest first."""

    def last_good_drill(self, by: Person | None) -> Drill | None:
        """None when there was none yet."""
