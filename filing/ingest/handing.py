"""A correction on its way: judged, then filed, then done.

In three steps, so that whoever hands in many can let several share one ceremony: begin
some, file those, and only then wait for each. Whoever hands in one does it all at once.

Does not judge; see filing.ingest.hand_in.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass

from filing.errors import FilingError, OutsideUnavailable
from filing.ingest.judged import Judged
from filing.ingest.opening import Case
from filing.model.correction import Draft
from filing.model.submission import Submission

File = Callable[[Judged], Future[tuple[Submission, bytes] | None]]


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of it: the receipt, or the report of what still fails."""

    submission: Submission
    body: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """Accepted and to be filed. ``case`` is held, for its files are read until then."""

    judged: Judged
    draft: Draft
    case: Case


Attempt = Ready | Handed | None


class Handing:
    """One correction begun. Whoever begins it calls ``done``, come what may.

    attempt   judges it; None when its codes, or the draft, were another's meanwhile
    filed     told when it has its receipt
    held      what is held until it is done
    """

    def __init__(
        self,
        attempt: Callable[[], Attempt],
        file: File,
        filed: Callable[[Ready], None],
        held: ExitStack,
    ) -> None:
        self._attempt, self._file, self._filed, self._held = attempt, file, filed, held
        self._promise: Future[tuple[Submission, bytes] | None] | None = None
        self._at = attempt()

    def file(self) -> None:
        """Let the ceremony have it; what goes wrong is heard at ``done``."""
        if not isinstance(self._at, Ready) or self._promise is not None:
            return
        try:
            self._promise = self._file(self._at.judged)
        except FilingError as error:
            self._promise = Future()
            self._promise.set_exception(error)
        except FileNotFoundError:
            # What was kept of it goes when somebody has filed it: looked at once more.
            self._promise = Future()
            self._promise.set_result(None)

    def done(self) -> Handed:
        """Wait for what becomes of it. Raises as filing.services.desk.Corrections.hand_in."""
        with self._held:
            # Twice at most: the first look may miss a code that is being filed this moment.
            if (found := self._outcome()) is not None:
                return found
            self._at, self._promise = self._attempt(), None
            if (found := self._outcome()) is not None:
                return found
        raise OutsideUnavailable(
            "somebody else is filing the same codes this moment; hand it in again",
            "另有同号文件正在归档，请稍后再提交",
        )

    def _outcome(self) -> Handed | None:
        if not isinstance(self._at, Ready):
            return self._at
        self.file()
        found = self._promise.result() if self._promise else None
        if found is None:
            return None
        self._filed(self._at)
        return Handed(*found)
