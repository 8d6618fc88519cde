"""Correct a refused delivery: gather changes in a draft, see what they would do.

The delivery as received is never touched. What may be changed, and by whom, is a table
(filing.rules.correction); above it stands that what the sender's signature covers stays
what it was. Whoever comes second with a change is told, and nothing is overwritten.

Files nothing; see filing.ingest.hand_in.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import BinaryIO

from filing.errors import BadRequest, ChangedMeanwhile, NotFound, TooLarge, WrongState
from filing.ingest.amending import Applied, follow
from filing.ingest.draft import MAX_CHANGES, Drafts, appended, taken_in, without
from filing.ingest.examine import Examination, Examine
from filing.ingest.guarded import is_structural, must_name_allowed, must_touch_allowed, plain
from filing.ingest.kept import file_place
from filing.ingest.opening import Case, Desk, changes_of
from filing.ingest.receive import Tray
from filing.ingest.with_draft import judged, must_keep_signed
from filing.model.correction import Change, ChangeKind, Draft, FileFact
from filing.model.package import Content
from filing.model.people import Person
from filing.model.roles import Permission
from filing.model.submission import State, Submission
from filing.rules.correction import FILE, CorrectionRules, is_signed

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Correct:
    """The use case.

    examine     looks only into what it has not seen before
    max_bytes   of one file brought in
    """

    desk: Desk
    drafts: Drafts
    examine_draft: Examine
    rules: CorrectionRules
    max_bytes: int

    def submission(self, person: Person, submission_id: str) -> Submission:
        """See filing.services.desk.Corrections."""
        return self.desk.found(person, submission_id, Permission.SEE_SUBMISSIONS)

    def draft(self, person: Person, submission_id: str) -> Draft:
        """See filing.services.desk.Corrections."""
        return self.drafts.draft(self.submission(person, submission_id).id)

    def may_change(self, person: Person, submission_id: str, field: str) -> str:
        """See filing.services.desk.Corrections."""
        return self.closed(person, submission_id, frozenset({field})).get(field, "")

    def closed(
        self, person: Person, submission_id: str, fields: frozenset[str]
    ) -> Mapping[str, str]:
        """See filing.services.desk.Corrections."""
        case = self.desk.case(self.submission(person, submission_id))
        found = {one: self._why_not(person, case, one) for one in fields}
        return {one: why for one, why in found.items() if why}

    def _why_not(self, person: Person, case: Case, field: str) -> str:
        if not case.opened.correctable:
            return "unreadable"
        if not person.may(Permission.CORRECT):
            return "not-your-role"
        if field == FILE and is_signed(case.opened.package):
            return "signed-content"
        return self.rules.may_change(person.roles, field, case.opened.package.value(field))

    # changing

    def change(
        self, person: Person, submission_id: str, version: int, changes: tuple[Change, ...]
    ) -> Draft:
        """See filing.services.desk.Corrections."""
        case, draft = self._begun(person, submission_id, version)
        return self.drafts.save(draft, self.changed(person, case, draft, changes, ""))

    def changed(
        self, person: Person, case: Case, draft: Draft, changes: tuple[Change, ...], act: str
    ) -> Draft:
        """The draft with changes as they took effect; nothing is kept.

        act   the act on many that makes them; "" by hand

        Raises BadRequest, NotAllowed.
        """
        _must_be_whole(changes)
        return self._with(person, case, draft, tuple(map(plain, changes)), act)

    def change_file(
        self,
        person: Person,
        submission_id: str,
        version: int,
        change: Change,
        stream: BinaryIO,
    ) -> Draft:
        """See filing.services.desk.Corrections."""
        if change.kind not in {ChangeKind.REPLACE_FILE, ChangeKind.ADD_FILE}:
            raise BadRequest("no file is brought in by this", "该更正不涉及新文件")
        case, draft = self._begun(person, submission_id, version)
        tray = self.desk.staging.begin(f"draft-{self.desk.clock.new_id()}")
        try:
            content = self._arrived(tray, stream)
            name = change.new.name if change.new else change.member
            wanted = replace(
                change,
                xpath="",
                field="",
                before=None,
                after=None,
                old=None,
                new=FileFact(name, content.size_bytes, content.digests),
            )
            along = self._tried(person, case, draft, wanted, content)
            # Only now: nothing is kept of a file that would be refused.
            place = file_place(case.submission.id, content.digests[0])
            self.desk.keeping.keep(place, (content,), {})
            return self.drafts.save(draft, self._with(person, case, draft, (wanted, *along), ""))
        finally:
            tray.discard()

    def _tried(
        self, person: Person, case: Case, draft: Draft, wanted: Change, content: Content
    ) -> tuple[Change, ...]:
        """What the metadata is to say along with a file. Raises where it may not come in."""
        before = changes_of(draft)
        files = {**self.desk.files(case.submission.id, before), content.digests[0]: content}
        # What goes with the file is said by the metadata as the changes before left it.
        applied = self.desk.amending.apply(case.opened, (*before, wanted), files)
        self._must_may(person, case, before, applied)
        must_keep_signed(case.opened.package, applied.package)
        return tuple(follow(applied.package, applied.changes[-1]))

    def take_back(
        self, person: Person, submission_id: str, version: int, number: int | None
    ) -> Draft:
        """See filing.services.desk.Corrections. Raises BadRequest where others rest on it."""
        case, draft = self._begun(person, submission_id, version)
        after = without(draft, number, person.who, self.desk.clock.now())
        try:
            self.desk.applied(case, changes_of(after))
        except BadRequest as error:
            raise BadRequest(
                f"later changes rest on it, take those back first: {error}",
                "后面的更正以它为前提，请先撤销后面的更正",
            ) from error
        return self.drafts.save(draft, after)

    def _begun(self, person: Person, submission_id: str, version: int) -> tuple[Case, Draft]:
        """What is to be changed. Raises ChangedMeanwhile, NotFound, WrongState."""
        found = self.desk.found(person, submission_id, Permission.CORRECT)
        if found.state is not State.REJECTED:
            raise not_to_be_corrected(found)
        draft = self.drafts.draft(submission_id)
        if draft.version != version:
            raise changed_meanwhile(draft)
        return self.desk.case(found), draft

    def _with(
        self, person: Person, case: Case, draft: Draft, wanted: tuple[Change, ...], act: str
    ) -> Draft:
        before = changes_of(draft)
        applied = self.desk.applied(case, (*before, *wanted))
        fresh = applied.changes[len(before) :]
        self._must_may(person, case, before, applied)
        must_keep_signed(case.opened.package, applied.package)
        at = self.desk.clock.now()
        after = taken_in(draft, fresh, person.who, at, act)
        if not self._says_the_same(case, after, applied):
            after = appended(draft, fresh, person.who, at, act)
        return after

    def _says_the_same(self, case: Case, after: Draft, applied: Applied) -> bool:
        try:
            folded = self.desk.applied(case, changes_of(after))
        except BadRequest:
            return False
        return folded.document() == applied.document()

    def _must_may(
        self, person: Person, case: Case, before: tuple[Change, ...], applied: Applied
    ) -> None:
        """Raises NotAllowed where a change behind ``before`` is not for this person to make."""
        fresh = applied.changes[len(before) :]
        for one in fresh:
            must_name_allowed(self.rules, person.roles, one)
        if any(map(is_structural, fresh)):
            was = self.desk.applied(case, before).package if before else case.opened.package
            must_touch_allowed(self.rules, person.roles, was, applied.package)

    def _arrived(self, tray: Tray, stream: BinaryIO) -> Content:
        """The file, digested and on disk. Raises BadRequest, TooLarge, StorageFull."""
        spool, size = tray.open("file"), 0
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > self.max_bytes:
                raise TooLarge(
                    f"more than {self.max_bytes} bytes", f"文件超过上限 {self.max_bytes} 字节"
                )
            spool.write(block)
        content = spool.close()
        if not content.size_bytes:
            raise BadRequest("the file is empty", "文件是空的")
        return content

    # seeing

    def examine(
        self, person: Person, submission_id: str, trial: tuple[Change, ...] = ()
    ) -> Examination:
        """See filing.services.desk.Corrections. ``trial``: changes that are not kept.

        Raises BadRequest where the trial cannot be applied, NotAllowed where it may not be.
        """
        case = self.desk.case(self.submission(person, submission_id))
        draft = self.drafts.draft(submission_id)
        if trial:
            wanted = tuple(map(plain, trial))
            before = changes_of(draft)
            self._must_may(person, case, before, self.desk.applied(case, (*before, *wanted)))
            draft = appended(draft, wanted, person.who, self.desk.clock.now(), "")
        return judged(self.examine_draft, case, draft, self.desk, "")[1]

    def document(self, person: Person, submission_id: str, corrected: bool) -> bytes:
        """See filing.services.desk.Corrections."""
        case = self.desk.case(self.submission(person, submission_id))
        changes = changes_of(self.drafts.draft(submission_id)) if corrected else ()
        if case.opened.correctable:
            return self.desk.applied(case, changes).document()
        if case.opened.package.metadata is None:
            raise NotFound("there is no metadata document", "没有元数据文件")
        with case.opened.package.metadata.open() as stream:
            return stream.read(self.max_bytes if self.max_bytes < 16 << 20 else 16 << 20)

    def file(
        self, person: Person, submission_id: str, member: str, corrected: bool
    ) -> tuple[AbstractContextManager[BinaryIO], int]:
        """See filing.services.desk.Corrections."""
        case = self.desk.case(self.submission(person, submission_id))
        package = case.opened.package
        if corrected and case.opened.correctable:
            package = self.desk.applied(case, changes_of(self.drafts.draft(submission_id))).package
        for one in package.contents():
            if one.member == member:
                return _Held(case, one.open), one.size_bytes
        raise NotFound(f"there is no file {member!r}", f"没有文件“{member}”")


def _must_be_whole(changes: tuple[Change, ...]) -> None:
    """Raises BadRequest."""
    if not changes or any(one.new is not None for one in changes):
        raise BadRequest("no change, or a file without its bytes", "没有更正，或缺少文件内容")
    if len(changes) > MAX_CHANGES:
        raise BadRequest(f"more than {MAX_CHANGES} changes", f"更正超过 {MAX_CHANGES} 处")


class _Held:
    """A file whose staging is not let go while it is read."""

    def __init__(self, case: Case, opening: Callable[[], BinaryIO]) -> None:
        self._case, self._opening = case, opening
        self._stream: BinaryIO | None = None

    def __enter__(self) -> BinaryIO:
        self._stream = self._opening()
        return self._stream

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()


def changed_meanwhile(found: Draft) -> ChangedMeanwhile:
    """What is said to whoever comes second."""
    at = f"{found.at:%Y-%m-%d %H:%M:%S} UTC" if found.at else "?"
    return ChangedMeanwhile(
        f"{found.by or 'somebody'} changed it at {at} (version {found.version}); look again",
        f"{found.by or '他人'} 已于 {at} 改动（第 {found.version} 版），请刷新后再改",
    )


def not_to_be_corrected(found: Submission) -> WrongState:
    """Only what stands rejected is corrected."""
    return WrongState(
        f"submission {found.id} is {found.state}: it cannot be corrected",
        "该件已不在“未通过”状态，不能更正",
    )
