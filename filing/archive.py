"""The archive: every use case behind the faces, put together.

Keeps the promises of filing.services.Services and Operations. Decides nothing
itself: each method asks the use case whose business it is.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from filing.administration.changing import refuse
from filing.administration.profile_faults import faults_of_new
from filing.errors import (
    BadRequest,
    FilingError,
    KeptLost,
    NotFound,
    OutsideUnavailable,
    StorageFull,
    StoreDoubtful,
)
from filing.evidence.statement import REPORT as STORED_REPORT
from filing.holdings.reading import Reading
from filing.ingest.examine import Examine
from filing.ingest.kept import Keeping, newest_report, restage
from filing.ingest.receive import PARTS, Arriving, Staged, receiving
from filing.ingest.receive import Staging as Receiving
from filing.ingest.recover import Recovered
from filing.ingest.submit import Submit
from filing.model.agency import Agency, Channel
from filing.model.digest import Digest
from filing.model.events import Event, Kind
from filing.model.submission import State, Step, Submission, take
from filing.ports import Clock, Ledger
from filing.rules.facts import Registration
from filing.services import (
    AgencyView,
    Answer,
    CredentialView,
    Delivery,
    EventView,
    RecordView,
    ServiceView,
)

_BLOCK = 1 << 20
_TOKEN_BYTES = 32


class Register(Protocol):
    """Agencies and credentials, each call one transaction."""

    def add(self, agency: Agency) -> None: ...
    def agency(self, agency_id: str) -> Agency | None: ...
    def agencies(self) -> tuple[Agency, ...]: ...
    def add_credential(self, agency_id: str, kind: str, secret: bytes, label: str) -> str: ...
    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]: ...
    def revoke(self, fingerprint: str) -> CredentialView: ...
    def known_by(self, kind: str, secret: bytes) -> Agency | None: ...


@dataclass(frozen=True)
class Premises:
    """What the machine offers the archive, beyond the use cases.

    free_bytes     room left where deliveries are staged
    doubtful       whether a barrier failed
    left_over      records that recovery could neither finish nor clear
    dispatch       takes a submission kept for later (by id)
    scanner        "ok", "not configured" or why there is none
    recover, certificates   see filing.services.Operations
    """

    free_bytes: Callable[[], int]
    doubtful: Callable[[], bool]
    left_over: Callable[[], int]
    recover: Callable[[], Recovered]
    certificates: Callable[[], Mapping[str, bytes]]
    dispatch: Callable[[str], None]
    scanner: Callable[[], str]


@dataclass(frozen=True)
class Bounds:
    """Limits of one delivery, in bytes."""

    max_body_bytes: int
    async_above_bytes: int
    keep_free_bytes: int


class Archive:
    """One archive in one process."""

    def __init__(
        self,
        *,
        view: ServiceView,
        bounds: Bounds,
        staging: Receiving,
        keeping: Keeping,
        register: Register,
        ledger: Ledger,
        examine: Examine,
        submit: Submit,
        reading: Reading,
        clock: Clock,
        catalogue: Callable[[], Iterator[Mapping[str, object]]],
        asked: Callable[[Agency], Mapping[str, object]],
        rules: Callable[[str], bytes],
        premises: Premises,
    ) -> None:
        self._view = view
        self._bounds = bounds
        self._staging = staging
        self._keeping = keeping
        self._register = register
        self._ledger = ledger
        self._examine = examine
        self._submit = submit
        self._reading = reading
        self._clock = clock
        self._catalogue = catalogue
        self._asked = asked
        self._rules = rules
        self._premises = premises

    # Who is calling.

    def agency_by_token(self, token: str) -> Agency | None:
        """See filing.services.Services."""
        return self._register.known_by("token", token.encode())

    def agency_by_certificate(self, der: bytes) -> Agency | None:
        """See filing.services.Services."""
        return self._register.known_by("certificate", der)

    # Deliveries.

    @contextmanager
    def incoming(self, media_type: str, announced_bytes: int | None) -> Iterator[Arriving]:
        """See filing.services.Services."""
        if self._premises.doubtful():
            raise StoreDoubtful(
                "the store is being looked at; nothing is accepted", "存储待检查，暂停接收"
            )
        if self._premises.free_bytes() < self._bounds.keep_free_bytes + (announced_bytes or 0):
            raise StorageFull("there is no room for this delivery", "存储空间不足，暂停接收")
        name = f"delivery-{self._clock.new_id()}"
        with receiving(
            self._staging, name, media_type, announced_bytes, self._bounds.max_body_bytes
        ) as arriving:
            yield arriving

    def submit(
        self,
        agency: Agency,
        delivery: Delivery,
        channel: Channel,
        registration: Registration,
        idempotency_key: str,
        respond_async: bool,
    ) -> Answer:
        """See filing.services.Services."""
        staged = cast(Staged, delivery)  # what ``incoming`` handed out
        later = respond_async or staged.size_bytes > self._bounds.async_above_bytes
        filed = self._submit(agency, staged, channel, registration, idempotency_key, later)
        if filed.submission.state is State.RECEIVED:
            # A repeated one too: whoever was to take it up may not have heard of it.
            self._premises.dispatch(filed.submission.id)
        return Answer(filed.submission, filed.body, filed.repeated)

    def take_up(self, submission_id: str) -> None:
        """Examine and decide a submission that was kept for later; done already is no error."""
        before = self._ledger.submission(submission_id)
        if before is not None and before.state is State.SEALED:
            raise OutsideUnavailable(
                f"submission {submission_id} is still being filed", "该件仍在归档过程中"
            )
        if before is not None and before.state is State.RECEIPTED:
            # Filed after all, by an attempt that could not tell; its delivery is in the store.
            self._keeping.drop(submission_id)
        if before is None or before.state is not State.RECEIVED:
            return
        agency = self._register.agency(before.agency_id)
        if agency is None:
            raise NotFound(
                f"there is no agency {before.agency_id}", f"没有立档单位 {before.agency_id}"
            )
        kept = self._keeping.load(submission_id)
        tray = self._staging.begin(f"resume-{self._clock.new_id()}")
        try:
            given = restage(before, kept, tray)
            self._submit.resume(agency, before, given.staged, given.channel, given.registration)
        except FileNotFoundError as error:
            now = self._ledger.submission(submission_id)
            if now is not None and now.state is State.RECEIVED:
                raise  # nobody else decided it: something else is gone
            # Another process took it up too, was first, and has dropped what was kept.
            raise OutsideUnavailable(
                f"what was kept of {submission_id} went while it was examined",
                "检测期间暂存内容已被移走",
            ) from error
        finally:
            tray.discard()

    def validate(self, agency: Agency, delivery: Delivery, registration: Registration) -> bytes:
        """See filing.services.Services."""
        staged = cast(Staged, delivery)  # what ``incoming`` handed out
        return self._examine(staged, agency, Channel.OFFLINE, registration, filing=False).report

    # Reading.

    def service(self, agency: Agency) -> ServiceView:
        """See filing.services.Services."""
        fonds = tuple(
            {
                "fonds": one.fonds,
                "forms": list(one.forms),
                "categories": list(one.categories),
                "retentions": list(one.retentions),
                "first_year": one.first_year,
            }
            for one in agency.rules
        )
        certificates = {suite: pem.decode() for suite, pem in self._premises.certificates().items()}
        view = self._view
        rules = dict(self._asked(agency))
        return ServiceView(
            name=view.name,
            origin=view.origin,
            forms=view.forms,
            media_types=view.media_types,
            max_body_bytes=view.max_body_bytes,
            limits=view.limits,
            schemas=view.schemas,
            rule_set=cast(Mapping[str, str], rules.pop("rule_set")),  # as filing.rules.asked says
            suites=view.suites,
            digest_algorithms=view.digest_algorithms,
            fonds=fonds,
            certificates=certificates,
            rules=rules,
        )

    def submission(self, agency: Agency, submission_id: str) -> Submission:
        """See filing.services.Services."""
        found = self._ledger.submission(submission_id)
        if found is None or found.agency_id != agency.id:
            raise NotFound(
                f"there is no submission {submission_id}", f"没有归档提交 {submission_id}"
            )
        return found

    def report(self, agency: Agency, submission_id: str) -> bytes:
        """See filing.services.Services."""
        report = self.report_of(self.submission(agency, submission_id))
        if not report:
            raise NotFound("it has not been examined yet", "尚未检测，没有报告")
        return report

    def report_of(self, found: Submission) -> bytes:
        """The report's bytes as kept; b"" while there is none."""
        return report_of(found, self._keeping, self._reading)

    def receipt(self, agency: Agency, submission_id: str) -> bytes:
        """See filing.services.Services."""
        found = self._ledger.receipt(self.submission(agency, submission_id).id)
        if found is None:
            raise NotFound("it has no receipt", "尚无回执")
        return found

    def corrections(self, agency: Agency, submission_id: str) -> bytes:
        """See filing.services.Services."""
        return self._reading.corrections(self.receipt(agency, submission_id))

    def submissions(
        self, agency: Agency, state: State | None, after: str, limit: int
    ) -> tuple[Submission, ...]:
        """See filing.services.Services."""
        return self._ledger.submissions(agency.id, state, after, limit)

    def events(self, agency: Agency, after: int, limit: int) -> tuple[EventView, ...]:
        """See filing.services.Services."""
        return tuple(
            EventView(number, one.submission_id, one.kind, one.at, one.who, one.detail)
            for number, one in self._ledger.events(agency.id, after, limit)
        )

    def withdraw(self, agency: Agency, submission_id: str, reason: str) -> Submission:
        """See filing.services.Services."""
        if not reason.strip():
            raise BadRequest("a withdrawal needs a reason", "撤回须说明理由")
        before = self.submission(agency, submission_id)
        after = take(before, Step.WITHDRAW)
        event = Event(
            agency_id=agency.id,
            submission_id=before.id,
            kind=Kind.WITHDRAWN,
            at=self._clock.now(),
            who=f"agency:{agency.id}",
            detail={"reason": reason[:1000]},
        )
        return self._ledger.save(before, after, event)

    def record(self, agency: Agency, record_id: str) -> RecordView:
        """See filing.services.Services."""
        found, said = self._reading.record(agency, record_id)
        if found.stored_at is None or found.leaf_index is None:
            raise NotFound(f"there is no record {record_id}", f"没有档案 {record_id}")
        return RecordView(
            id=found.id,
            submission_id=found.submission_id,
            fonds=found.fonds,
            archival_code=found.archival_code,
            electronic_code=found.electronic_code,
            title=found.title,
            year=found.year,
            retention=found.retention,
            stored_at=found.stored_at,
            leaf_index=found.leaf_index,
            package_digest=found.package_digest,
            components=tuple(
                {
                    "path": one.path,
                    "size_bytes": one.size_bytes,
                    "digests": {digest.algorithm: digest.hex for digest in one.digests},
                }
                for one in (*said.metadata, *said.components)
            ),
        )

    def proof(self, agency: Agency, record_id: str) -> bytes:
        """See filing.services.Services."""
        return self._reading.proof(agency, record_id)

    def content(
        self, agency: Agency, record_id: str, path: str
    ) -> tuple[AbstractContextManager[BinaryIO], int, Digest]:
        """See filing.services.Services."""
        return self._reading.content(agency, record_id, path)

    # The log and the catalogue, for everybody.

    def checkpoint(self) -> bytes:
        """See filing.services.Services."""
        head = self._ledger.head()
        if not head.note:
            raise NotFound("the log is still empty", "日志尚为空")
        return head.note.encode()

    def log_keys(self) -> bytes:
        """See filing.services.Services."""
        return self._reading.log_keys(self._premises.certificates())

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See filing.services.Services. Raises NotFound."""
        found = self._ledger.tile(level, index)
        if len(found) < width * 32:
            raise NotFound("the log has no such tile yet", "日志尚无此瓦片")
        return found[: width * 32]

    def consistency(self, first: int, second: int) -> bytes:
        """See filing.services.Services."""
        return self._reading.consistency(first, second)

    def catalogue(self) -> Iterator[Mapping[str, object]]:
        """See filing.services.Services."""
        return self._catalogue()

    def rules(self, digest: str) -> bytes:
        """See filing.services.Services."""
        return self._rules(digest)

    # Operators.

    def ready(self) -> Mapping[str, str]:
        """See filing.services.Services."""
        said = {
            "database": _said(lambda: str(self._ledger.head().size)),
            "store": "doubtful" if self._premises.doubtful() else "ok",
            "space": "ok",
            "scanner": self._premises.scanner(),
        }
        if left := self._premises.left_over():
            said["store"] = f"{left} records in doubt"
        if self._premises.free_bytes() < self._bounds.keep_free_bytes:
            said["space"] = "full"
        return said

    def recover(self) -> Mapping[str, int]:
        """See filing.services.Operations."""
        done = self._premises.recover()
        return {"finished": done.finished, "cleared": done.cleared, "doubtful": len(done.doubtful)}

    def add_agency(self, agency: Agency) -> None:
        """See filing.services.Operations."""
        refuse(faults_of_new(agency))
        self._register.add(agency)

    def add_token(self, agency_id: str, label: str) -> str:
        """See filing.services.Operations."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._register.add_credential(agency_id, "token", token.encode(), label)
        return token

    def add_certificate(self, agency_id: str, der: bytes, label: str) -> str:
        """See filing.services.Operations."""
        return self._register.add_credential(agency_id, "certificate", der, label)

    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]:
        """See filing.services.Operations."""
        if self._register.agency(agency_id) is None:
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        return self._register.credentials(agency_id)

    def revoke(self, fingerprint: str) -> CredentialView:
        """See filing.services.Operations."""
        return self._register.revoke(fingerprint)

    def agencies(self) -> tuple[AgencyView, ...]:
        """See filing.services.Operations."""
        return tuple(
            AgencyView(
                one.id,
                one.name,
                tuple(rule.fonds for rule in one.rules),
                one.signature,
                one.channel.value,
            )
            for one in self._register.agencies()
        )

    def check(
        self,
        agency_id: str,
        media_type: str,
        files: tuple[tuple[str, str], ...],
        registration: Registration,
    ) -> bytes:
        """See filing.services.Operations."""
        sender = None
        if agency_id and (sender := self._register.agency(agency_id)) is None:
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        name = f"check-{self._clock.new_id()}"
        with receiving(
            self._staging, name, media_type, None, self._bounds.max_body_bytes
        ) as arriving:
            for part, path in files:
                if media_type == PARTS:
                    arriving.begin_part(part, Path(path).name)
                with Path(path).open("rb") as stream:
                    while block := stream.read(_BLOCK):
                        arriving.write(block)
            found = self._examine(
                arriving.finish({}), sender, Channel.OFFLINE, registration, filing=False
            )
        return found.report

    def trusted_keys(self) -> Mapping[str, bytes]:
        """See filing.services.Operations."""
        return self._premises.certificates()


def report_of(found: Submission, keeping: Keeping, reading: Reading) -> bytes:
    """A submission's report: with the record once it is one, else with what was kept.

    b"" while it was not examined. Raises KeptLost when it was, and its report is gone.
    """
    if found.record_id:
        return reading.store.read(found.record_id, STORED_REPORT)
    report = newest_report(found, keeping)
    if not report and found.form:
        raise KeptLost(
            f"the report on submission {found.id} is gone from what was kept of it",
            f"归档提交 {found.id} 的检测报告已不在暂存区",
        )
    return report


def _said(ask: Callable[[], str]) -> str:
    try:
        ask()
    except OutsideUnavailable as error:
        return str(error)
    except FilingError as error:
        return error.code
    return "ok"
