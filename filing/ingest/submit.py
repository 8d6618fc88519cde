"""File a delivery: from its bytes in staging to a receipt, or to a report.

The same delivery twice opens one submission: what was answered before is
answered again, byte for byte; what is still under way is waited for. A
delivery that must wait for somebody (rejected, or to be examined later) is
kept on disk before anything about it is recorded.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

from filing.errors import KeyReused, OutsideUnavailable
from filing.ingest.examine import Examination, Examine
from filing.ingest.judged import Judged
from filing.ingest.kept import REPORT, facts_of
from filing.ingest.receive import Staged
from filing.ingest.rejection import rejection_of
from filing.model.agency import Agency, Channel
from filing.model.desk import Rejection
from filing.model.events import Event, Kind
from filing.model.package import Content
from filing.model.submission import State, Step, Submission, take
from filing.ports import Claim, Clock, Ledger
from filing.rules.facts import Registration

#: How long a repeated delivery waits for the first one before it is told to ask again.
PATIENCE_SECONDS = 45.0
_PAUSE_SECONDS = 0.02


class Keeping(Protocol):
    """Where submissions wait that outlive their request."""

    def keep(
        self, submission_id: str, contents: Sequence[Content], facts: Mapping[str, str]
    ) -> None:
        """Keep files until dropped; durable when this returns."""

    def drop(self, submission_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a delivery: see filing.services.Answer."""

    submission: Submission
    body: bytes
    repeated: bool = False


#: Hands an accepted delivery to the ceremony; the receipt comes through the future.
#: None instead of a receipt: one of its codes was filed by somebody else meanwhile.
HandIn = Callable[[Judged], Future[tuple[Submission, bytes] | None]]


class Submit:
    """The use case. ``wait`` pauses between two looks (seconds)."""

    def __init__(
        self,
        examine: Examine,
        hand_in: HandIn,
        ledger: Ledger,
        keeping: Keeping,
        report_of: Callable[[Submission], bytes],
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        self._examine = examine
        self._hand_in = hand_in
        self._ledger = ledger
        self._keeping = keeping
        self._report_of = report_of
        self._clock = clock
        self._wait = wait
        self._under_way: dict[tuple[str, str], threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(
        self,
        agency: Agency,
        staged: Staged,
        channel: Channel,
        registration: Registration,
        idempotency_key: str,
        later: bool,
    ) -> Filed:
        """File one delivery.

        later   only keep it now and examine it afterwards

        Raises KeyReused, OutsideUnavailable, StorageFull.
        """
        key = delivery_key(idempotency_key, staged)
        if answered := self._answered(agency, key, staged):
            return answered
        with self._alone(agency.id, key) as first:
            if not first and (answered := self._answered(agency, key, staged)):
                return answered
            opened = self._open(agency, key, staged)
            if later:
                return self._keep_for_later(opened, staged, channel, registration)
            return self._file(agency, opened, staged, channel, registration)

    def resume(
        self,
        agency: Agency,
        before: Submission,
        staged: Staged,
        channel: Channel,
        registration: Registration,
    ) -> Filed:
        """Examine and decide a submission that was only kept so far."""
        return self._file(agency, before, staged, channel, registration, before)

    def _open(self, agency: Agency, key: str, staged: Staged) -> Submission:
        return Submission(
            id=self._clock.new_id(),
            agency_id=agency.id,
            delivery_key=key,
            package_digest=str(staged.digest),
            form="",
            size_bytes=staged.size_bytes,
            received_at=self._clock.now(),
        )

    def _file(
        self,
        agency: Agency,
        opened: Submission,
        staged: Staged,
        channel: Channel,
        registration: Registration,
        before: Submission | None = None,
    ) -> Filed:
        # Twice at most: the first look may miss a code that is being filed this moment.
        for _ in range(2):
            found = self._examine(staged, agency, channel, registration, filing=True)
            examined = replace(take(opened, Step.EXAMINE), form=found.package.form)
            if not found.accepted:
                # Perhaps only because this very delivery was filed while we looked.
                overtaken = self._overtaken(opened, staged, before)
                facts = facts_of(staged, channel, registration, report=True)
                return overtaken or self._reject(examined, staged, facts, found, before)
            accepted = replace(take(examined, Step.ACCEPT), record_id=self._clock.new_id())
            judged = Judged(
                before,
                accepted,
                agency,
                found.package,
                found.report,
                found.undetermined,
                found.rules,
            )
            done = self._hand_in(judged).result()
            if done is not None:
                if before is not None:
                    self._keeping.drop(before.id)
                return Filed(*done)
            if overtaken := self._overtaken(opened, staged, before):
                return overtaken
        raise OutsideUnavailable(
            "somebody else is filing the same codes this moment; send it again",
            "另有同号文件正在归档，请稍后重发",
        )

    def _reject(
        self,
        examined: Submission,
        staged: Staged,
        facts: Mapping[str, str],
        found: Examination,
        before: Submission | None,
    ) -> Filed:
        rejected = take(examined, Step.REJECT)
        # A submission kept before stands under its id already, its report does not.
        place = rejected.id if before is None else f"{rejected.id}-report"
        contents = staged.contents() if before is None else ()
        self._keeping.keep(place, (*contents, _report(found.report)), facts)
        said = rejection_of(found.package, found.refusing)
        saved = self._record(before, rejected, Kind.REJECTED, {"failed": list(found.failed)}, said)
        if saved is None:
            return self._give_up(rejected, staged, before, place)
        return Filed(saved, found.report)

    def _keep_for_later(
        self, opened: Submission, staged: Staged, channel: Channel, registration: Registration
    ) -> Filed:
        facts = facts_of(staged, channel, registration, report=False)
        self._keeping.keep(opened.id, staged.contents(), facts)
        saved = self._record(None, opened, Kind.RECEIVED, {})
        if saved is None:
            return self._give_up(opened, staged, None, opened.id)
        return Filed(saved, b"")

    def _record(
        self,
        before: Submission | None,
        after: Submission,
        kind: Kind,
        detail: Mapping[str, object],
        rejection: Rejection | None = None,
    ) -> Submission | None:
        event = Event(
            agency_id=after.agency_id,
            submission_id=after.id,
            kind=kind,
            at=self._clock.now(),
            who=f"agency:{after.agency_id}",
            detail=detail,
        )
        claim = Claim(before, after, None, "", event, rejection)
        return self._ledger.claim([claim]).get(after.id)

    def _give_up(
        self, lost: Submission, staged: Staged, before: Submission | None, place: str
    ) -> Filed:
        """Answer for a delivery that somebody else recorded between our two looks.

        place   where we kept what is not needed now
        """
        overtaken = self._overtaken(lost, staged, before)
        # Another process that rejected the kept delivery counts on the report that stands there.
        if before is None or not overtaken or overtaken.submission.state is not State.REJECTED:
            self._keeping.drop(place)
        if overtaken is None:
            raise OutsideUnavailable(
                "the delivery was not recorded; send it again", "此件未能登记，请重新发送"
            )
        return overtaken

    def _overtaken(
        self, opened: Submission, staged: Staged, before: Submission | None
    ) -> Filed | None:
        """What somebody else made of this very delivery since we first looked."""
        if before is None:
            found = self._ledger.find(opened.agency_id, opened.delivery_key, opened.package_digest)
        else:
            found = self._ledger.submission(before.id)
            if found is not None and found.version == before.version:
                return None
        return None if found is None else self._answer(found, staged)

    def _answered(self, agency: Agency, key: str, staged: Staged) -> Filed | None:
        found = self._ledger.find(agency.id, key, str(staged.digest))
        return None if found is None else self._answer(found, staged)

    def _answer(self, found: Submission, staged: Staged) -> Filed:
        if found.package_digest != str(staged.digest):
            raise KeyReused(
                f"this key stands for {found.package_digest}, now came {staged.digest}",
                f"该幂等键已用于 {found.package_digest}，本次内容为 {staged.digest}",
            )
        waited = 0.0
        while found.state in (State.ACCEPTED, State.SEALED, State.STORED, State.LOGGED):
            if waited >= PATIENCE_SECONDS:
                raise OutsideUnavailable(
                    f"submission {found.id} is still being filed; ask again",
                    "该件仍在归档过程中，请稍后再查",
                )
            self._wait(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS
            found = self._ledger.submission(found.id) or found
        return Filed(found, self._body(found), repeated=True)

    def _body(self, found: Submission) -> bytes:
        if found.state is State.RECEIPTED:
            return self._ledger.receipt(found.id) or b""
        return b"" if found.state is State.RECEIVED else self._report_of(found)

    def _alone(self, agency_id: str, key: str) -> "_Turn":
        return _Turn(self._under_way, self._lock, (agency_id, key))


class _Turn:
    """One delivery at a time under one key in this process; says whether it was first."""

    def __init__(
        self,
        under_way: dict[tuple[str, str], threading.Event],
        lock: threading.Lock,
        key: tuple[str, str],
    ) -> None:
        self._under_way, self._lock, self._key = under_way, lock, key
        self._ended = threading.Event()

    def __enter__(self) -> bool:
        first = True
        while True:
            with self._lock:
                other = self._under_way.setdefault(self._key, self._ended)
            if other is self._ended:
                return first
            first = False
            other.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            del self._under_way[self._key]
        self._ended.set()


def delivery_key(idempotency_key: str, staged: Staged) -> str:
    """What makes it one delivery: the sender's key, else the package itself."""
    return f"key:{idempotency_key}" if idempotency_key else f"digest:{staged.digest.hex}"


def _report(report: bytes) -> Content:
    return Content(REPORT, len(report), (), report)
