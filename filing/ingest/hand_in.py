"""Hand a correction in: the delivery with its draft is examined and, if accepted, filed.

The same ceremony as for any delivery, and the same crash safety: until the claim the
submission stands rejected with its draft; from then on everything needed to finish is on
disk. The claim is recorded only while the draft that was judged still stands, so no
change slips in unseen. Still refused, it stands rejected with a new report, and the draft
stays, so that nothing typed is lost.

Sending back (退回) is the other end: the agency must send anew.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from filing.errors import BadRequest, KeptLost, WrongState
from filing.evidence.corrections import Correction
from filing.ingest.amending import Applied
from filing.ingest.correct import changed_meanwhile, not_to_be_corrected
from filing.ingest.draft import Drafts
from filing.ingest.examine import Examination, Examine
from filing.ingest.handing import Attempt, File, Handed, Handing, Ready
from filing.ingest.judged import Judged, Mended
from filing.ingest.kept import REPORT, file_place, first_report, report_place
from filing.ingest.opening import Case, Desk
from filing.ingest.receive import PARTS
from filing.ingest.rejection import rejection_of
from filing.ingest.with_draft import judged
from filing.model.correction import Draft
from filing.model.events import Event, Kind
from filing.model.package import Content, Package
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.submission import State, Step, Submission, take
from filing.ports import Claim

MAX_REASON = 1000
MAX_TEXT = 10_000
#: Fields named in the event of a correction; the statement has them all.
MAX_FIELDS = 50


@dataclass(frozen=True)
class HandInCorrection:
    """The use case.

    examine   looks into every file anew
    file      hands an accepted delivery to the ceremony
    unit      the archive's name, as a revision layer states it
    """

    desk: Desk
    drafts: Drafts
    examine: Examine
    file: File
    unit: str
    _busy: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, person: Person, submission_id: str, version: int, reason: str) -> Handed:
        """See filing.services.desk.Corrections.hand_in."""
        return self.begin(person, submission_id, version, reason).done()

    def begin(self, person: Person, submission_id: str, version: int, reason: str) -> Handing:
        """Judge it and make it ready to be filed; nobody else hands it in until it is done.

        Raises as filing.services.desk.Corrections.hand_in.
        """
        reason = must_say(reason)
        found = self.desk.found(person, submission_id, Permission.CORRECT)
        held = ExitStack()
        try:
            held.enter_context(self.alone(submission_id))
            return Handing(
                lambda: self._once(person, found, version, reason, held),
                self.file,
                self.clear,
                held,
            )
        except BaseException:
            held.close()
            raise

    def send_back(self, person: Person, submission_id: str, reason: str, text: str) -> Submission:
        """See filing.services.desk.Corrections.send_back."""
        reason, text = must_say(reason), text.strip()[:MAX_TEXT]
        before = self.desk.found(person, submission_id, Permission.RETURN)
        after = take(before, Step.RETURN)
        event = self._event(person, before, Kind.RETURNED, {"reason": reason, "text": text})
        saved = self.desk.ledger.save(before, after, event)
        self.desk.close(submission_id)
        return saved

    def _once(
        self, person: Person, found: Submission, version: int, reason: str, held: ExitStack
    ) -> Attempt:
        """One attempt; None when its codes, or the draft, were another's meanwhile."""
        before = self.standing(found)
        draft = self._unchanged(found.id, version)
        return self.judged(person, before, draft, draft, reason, held, self.examine)

    def judged(
        self,
        person: Person,
        before: Submission,
        stands: Draft,
        draft: Draft,
        reason: str,
        held: ExitStack,
        examine: Examine,
    ) -> Attempt:
        """Judge ``before`` with ``draft`` and make it ready, or refuse it; None as ``_once``.

        stands   the draft that is kept: the same, or one that takes no part
        """
        case = self.desk.case(before)
        applied, verdict, said = judged(examine, case, draft, self.desk, reason)
        event = self._corrected(person, before, said, reason)
        if not verdict.accepted:
            if draft is not stands:
                draft = self.drafts.save(stands, draft)
            return self._refuse(person, before, draft, verdict, event)
        tray = self.desk.staging.begin(f"correction-{self.desk.clock.new_id()}")
        held.callback(tray.discard)
        kept = self._written(case, applied, tray)
        submission = take(take(before, Step.CORRECT), Step.EXAMINE)
        accepted = replace(
            take(submission, Step.ACCEPT),
            record_id=self.desk.clock.new_id(),
            form=verdict.package.form,
        )
        refused = first_report(before, self.desk.keeping)
        if not refused:
            raise KeptLost(
                f"the report that refused {before.id} is gone from what was kept of it",
                f"归档提交 {before.id} 退回时的检测报告已不在暂存区",
            )
        mended = Mended(
            by=person.who,
            draft=stands.version,
            event=event,
            corrections=said,
            received=case.opened.package,
            delivered=_delivered(case) if said else None,
            refused=refused,
        )
        made = Judged(
            before,
            accepted,
            case.sender,
            kept,
            verdict.report,
            verdict.undetermined,
            verdict.rules,
            mended,
        )
        return Ready(made, draft, case)

    def _written(self, case: Case, applied: Applied | None, tray: object) -> Package:
        if applied is None:
            return case.opened.package
        return self.desk.amending.write(
            case.opened,
            applied,
            self.unit,
            self.desk.clock.now(),
            tray,  # type: ignore[arg-type]  # what ``begin`` gave
        )

    def _refuse(
        self, person: Person, before: Submission, draft: Draft, found: Examination, event: Event
    ) -> Handed | None:
        """Record that it is still refused, with the new report. None as ``_once``."""
        examined = take(take(before, Step.CORRECT), Step.EXAMINE)
        rejected = replace(take(examined, Step.REJECT), form=found.package.form)
        place = report_place(before, before.version + 1)
        report = Content(REPORT, len(found.report), (), found.report)
        try:
            self.desk.keeping.keep(place, (report,), {})
        except WrongState:
            # Of an attempt that was never recorded: nothing rests on it.
            self.desk.keeping.drop(place)
            self.desk.keeping.keep(place, (report,), {})
        told = self._event(person, before, Kind.REJECTED, {"failed": list(found.failed)})
        claim = Claim(
            before,
            rejected,
            None,
            "",
            told,
            rejection_of(found.package, found.refusing),
            also=(event,),
            draft=draft.version,
        )
        saved = self.desk.ledger.claim([claim]).get(before.id)
        return None if saved is None else Handed(saved, found.report)

    def clear(self, ready: Ready) -> None:
        """It is in the store now: what was kept of it goes. Recovery does what is left."""
        keeping, before = self.desk.keeping, ready.case.submission
        self.desk.close(before.id)
        for one in ready.draft.changes:
            if one.change.new is not None and one.change.new.digests:
                keeping.drop(file_place(before.id, one.change.new.digests[0]))
        for version in range(1, before.version + 2):
            keeping.drop(report_place(before, version))
        for name in (f"{before.id}-report", before.id):
            keeping.drop(name)

    def standing(self, before: Submission) -> Submission:
        """The submission as it stands; it must stand rejected. Raises WrongState."""
        found = self.desk.ledger.submission(before.id) or before
        if found.state is not State.REJECTED:
            raise not_to_be_corrected(found)
        return found

    def _unchanged(self, submission_id: str, version: int) -> Draft:
        """Raises ChangedMeanwhile."""
        draft = self.drafts.draft(submission_id)
        if draft.version != version:
            raise changed_meanwhile(draft)
        return draft

    def _corrected(
        self, person: Person, before: Submission, said: tuple[Correction, ...], reason: str
    ) -> Event:
        fields = sorted({one.field for one in said if one.field})
        detail = {
            "changes": len(said),
            "fields": fields[:MAX_FIELDS],
            "files": sum(1 for one in said if one.member),
            "reason": reason,
        }
        return self._event(person, before, Kind.CORRECTED, detail)

    def _event(
        self, person: Person, of: Submission, kind: Kind, detail: Mapping[str, object]
    ) -> Event:
        now = self.desk.clock.now()
        return Event(of.agency_id, of.id, kind, now, person.who, detail)

    @contextmanager
    def alone(self, submission_id: str) -> Iterator[None]:
        """One at a time per submission in this process; the database keeps others apart."""
        with self._guard:
            lock = self._busy.setdefault(submission_id, threading.Lock())
        with lock:
            try:
                yield
            finally:
                with self._guard:
                    self._busy.pop(submission_id, None)


def _delivered(case: Case) -> Content | None:
    """The delivery itself, where the object holds but what was unpacked from it."""
    package, body = case.opened.package, case.given.staged.body
    if body is None or case.given.staged.media_type == PARTS:
        return None
    return body if package.form.value.endswith("zip") else None


def must_say(reason: str) -> str:
    """The reason as it is kept. Raises BadRequest where there is none."""
    reason = reason.strip()
    if not reason:
        raise BadRequest("a reason is needed", "须说明理由")
    return reason[:MAX_REASON]
