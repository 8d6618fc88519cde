"""A refused delivery, opened for correction: read once, and kept open for a while.

Somebody who corrects asks for the same delivery again and again; what was read of it
does not change. A few are held; the one unused for longest is let go, and its staging
cleared with it.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from filing.errors import KeptLost, NotFound
from filing.ingest.amending import Amending, Applied, Opened
from filing.ingest.kept import Delivered, Keeping, Kept, file_place, restage
from filing.ingest.receive import Staging
from filing.model.agency import Agency
from filing.model.correction import Change, Draft
from filing.model.digest import Digest
from filing.model.package import Content
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.submission import State, Submission
from filing.ports import Clock, Ledger

#: Deliveries held open in one process, and bytes of their documents together, content left
#: out: what is known of a document takes many times its length.
MOST_OPEN = 16
MOST_HELD = 8 << 20


class Register(Protocol):
    """Who sends."""

    def agency(self, agency_id: str) -> Agency | None: ...


@dataclass(frozen=True, slots=True)
class Case:
    """A delivery open for correction, with who sent it and how."""

    submission: Submission
    sender: Agency
    given: Delivered
    opened: Opened


@dataclass(frozen=True, slots=True)
class Last:
    """The changes last applied to a delivery, and what came of it."""

    opened: Opened
    asked: tuple[Change, ...]
    applied: Applied

    def answers(self, opened: Opened, changes: tuple[Change, ...]) -> bool:
        """Whether applying ``changes`` would give the same again.

        Where it would land and what it puts there decides; of what it says stood there,
        only whether it did. Changes of files are not remembered: their bytes may go.
        """
        if opened is not self.opened or len(changes) != len(self.asked):
            return False
        done = self.applied.changes
        return len(done) == len(changes) and all(
            (one.kind, one.xpath, one.after) == (asked.kind, asked.xpath, asked.after)
            and one.before in (None, effect.before)
            and not one.member
            for one, asked, effect in zip(changes, self.asked, done, strict=True)
        )


class Desk:
    """Finds, opens and applies; what examining, handing in and reading a draft share."""

    def __init__(
        self,
        ledger: Ledger,
        register: Register,
        keeping: Keeping,
        staging: Staging,
        amending: Amending,
        clock: Clock,
    ) -> None:
        self.ledger, self.keeping, self.staging = ledger, keeping, staging
        self.amending, self.clock = amending, clock
        self._register = register
        self._open: OrderedDict[str, tuple[Delivered, Opened]] = OrderedDict()
        self._last: dict[str, Last] = {}
        self._lock = threading.Lock()

    def found(self, person: Person, submission_id: str, permission: Permission) -> Submission:
        """A submission this person may see. Raises NotAllowed, NotFound."""
        person.need(permission)
        found = self.ledger.submission(submission_id)
        if found is None or not person.sees(found.agency_id):
            raise NotFound(
                f"there is no submission {submission_id}", f"没有归档提交 {submission_id}"
            )
        return found

    def case(self, submission: Submission) -> Case:
        """Open its delivery. Raises NotFound where it is not kept any more, KeptLost where
        what is kept is not whole, also if it is open here since it was."""
        sender = self._register.agency(submission.agency_id)
        if sender is None:
            raise NotFound(
                f"there is no agency {submission.agency_id}",
                f"没有立档单位 {submission.agency_id}",
            )
        with self._lock:
            known = self._open.get(submission.id)
            if known is not None:
                self._open.move_to_end(submission.id)
        if known is not None:
            self._see_it_is_kept(submission)
        else:
            known = self._read(submission)
            with self._lock:
                self._open[submission.id] = known
                while len(self._open) > 1 and self._too_much():
                    self._last.pop(self._open.popitem(last=False)[0], None)
        return Case(submission, sender, *known)

    def close(self, submission_id: str) -> None:
        """Let a delivery go: nobody will correct it any more."""
        with self._lock:
            self._open.pop(submission_id, None)
            self._last.pop(submission_id, None)

    def applied(self, case: Case, changes: tuple[Change, ...]) -> Applied:
        """The delivery with changes. Raises BadRequest, WrongState.

        A change is tried, folded into a draft and handed in: the last answer is kept.
        """
        of = case.submission.id
        with self._lock:
            last = self._last.get(of)
        if last is not None and last.answers(case.opened, changes):
            return last.applied
        found = self.amending.apply(case.opened, changes, self.files(of, changes))
        with self._lock:
            if of in self._open:
                self._last[of] = Last(case.opened, changes, found)
        return found

    def files(self, submission_id: str, changes: tuple[Change, ...]) -> Mapping[Digest, Content]:
        """The files the changes bring in, by their sha256. Raises NotFound, KeptLost."""
        found = {}
        for one in changes:
            if one.new is not None and one.new.digests:
                digest = one.new.digests[0]
                (content,) = self.keeping.load(file_place(submission_id, digest)).contents
                found[digest] = content
        return found

    def _kept(self, submission: Submission) -> Kept:
        """What was kept of it. Raises NotFound where somebody was faster and it is done with,
        KeptLost where it is still to be corrected."""
        try:
            return self.keeping.load(submission.id)
        except NotFound as error:
            now = self.ledger.submission(submission.id)
            if now is None or now.state is not State.REJECTED:
                raise
            raise KeptLost(str(error), error.zh) from error

    def _too_much(self) -> bool:
        held = sum(opened.held_bytes for _, opened in self._open.values())
        return len(self._open) > MOST_OPEN or held > MOST_HELD

    def _see_it_is_kept(self, submission: Submission) -> None:
        """What is open here may be lost; or somebody was faster, which others find out."""
        try:
            self._kept(submission)
        except KeptLost:
            self.close(submission.id)
            raise
        except NotFound:
            return

    def _read(self, submission: Submission) -> tuple[Delivered, Opened]:
        kept = self._kept(submission)
        tray = self.staging.begin(f"open-{self.clock.new_id()}")
        try:
            given = restage(submission, kept, tray)
            return given, self.amending.open(given.staged, owned=True)
        except BaseException:
            tray.discard()
            raise


def changes_of(draft: Draft) -> tuple[Change, ...]:
    """The changes alone, in order."""
    return tuple(one.change for one in draft.changes)
