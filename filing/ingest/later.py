"""Take up what was kept to be examined later: the other half of an answer 202.

May be asked any number of times, by any process, for the same submission; what
is decided already is left as it is.

Does not keep a delivery, nor choose which one is next; see filing.ingest.submit
and filing.adapters.dispatch.threads.
"""

from collections.abc import Callable
from dataclasses import dataclass

from filing.errors import NotFound, OutsideUnavailable
from filing.ingest.kept import Keeping, restage
from filing.ingest.receive import Staging
from filing.ingest.submit import Submit
from filing.model.agency import Agency
from filing.model.submission import State, Submission
from filing.ports import Clock, Ledger


@dataclass(frozen=True, slots=True)
class Later:
    """Takes submissions up.

    agency   an agency by its id; None where there is none
    """

    ledger: Ledger
    keeping: Keeping
    staging: Staging
    submit: Submit
    agency: Callable[[str], Agency | None]
    clock: Clock

    def take_up(self, submission_id: str) -> None:
        """Examine and decide a submission that was kept for later; done already is no error.

        Raises OutsideUnavailable when somebody else is at it, KeptLost, NotFound.
        """
        before = self.ledger.submission(submission_id)
        if before is not None and before.state is State.SEALED:
            raise OutsideUnavailable(
                f"submission {submission_id} is still being filed", "该件仍在归档过程中"
            )
        if before is not None and before.state is State.RECEIPTED:
            # Filed after all, by an attempt that could not tell; its delivery is in the store.
            self.keeping.drop(submission_id)
        if before is None or before.state is not State.RECEIVED:
            return
        agency = self.agency(before.agency_id)
        if agency is None:
            raise NotFound(
                f"there is no agency {before.agency_id}", f"没有立档单位 {before.agency_id}"
            )
        self._decide(agency, before)

    def _decide(self, agency: Agency, before: Submission) -> None:
        kept = self.keeping.load(before.id)
        tray = self.staging.begin(f"resume-{self.clock.new_id()}")
        try:
            given = restage(before, kept, tray)
            self.submit.resume(agency, before, given.staged, given.channel, given.registration)
        except FileNotFoundError as error:
            now = self.ledger.submission(before.id)
            if now is not None and now.state is State.RECEIVED:
                raise  # nobody else decided it: something else is gone
            # Another process took it up too, was first, and has dropped what was kept.
            raise OutsideUnavailable(
                f"what was kept of {before.id} went while it was examined",
                "检测期间暂存内容已被移走",
            ) from error
        finally:
            tray.discard()
