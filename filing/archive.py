"""What agencies and the public may ask for, put together.

Keeps the promises of filing.services.Services. Decides nothing itself: each
method asks the use case whose business it is. What an operator may ask for is
in filing.operations.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import BinaryIO, cast

from filing.errors import NotFound
from filing.holdings.reading import Reading
from filing.ingest.examine import Examine
from filing.ingest.receive import Arriving, Staged, Staging, receiving
from filing.ingest.submit import Submit
from filing.ingest.withdraw import withdraw
from filing.model.agency import Agency, Channel
from filing.model.digest import Digest
from filing.model.submission import State, Submission
from filing.ports import Clock, Ledger
from filing.premises import Premises
from filing.rules.facts import Registration
from filing.services import Answer, Delivery, EventView, RecordView, ServiceView


class Archive:
    """One archive in one process.

    view                what is said of it to everybody
    async_above_bytes   a larger delivery is examined later
    known_by            the agency a credential is of: "token" or "certificate", its bytes
    report_of           the report on a submission; b"" while it was not examined
    asked               what the rules ask of an agency (filing.rules.asked)
    rules               see filing.services.Services
    dispatch            takes a submission kept for later (by id)
    certificates        its own, PEM, by suite
    """

    def __init__(
        self,
        *,
        view: ServiceView,
        async_above_bytes: int,
        staging: Staging,
        known_by: Callable[[str, bytes], Agency | None],
        ledger: Ledger,
        examine: Examine,
        submit: Submit,
        reading: Reading,
        report_of: Callable[[Submission], bytes],
        clock: Clock,
        catalogue: Callable[[], Iterator[Mapping[str, object]]],
        asked: Callable[[Agency], Mapping[str, object]],
        rules: Callable[[str], bytes],
        premises: Premises,
        dispatch: Callable[[str], None],
        certificates: Callable[[], Mapping[str, bytes]],
    ) -> None:
        self._view = view
        self._async_above_bytes = async_above_bytes
        self._staging = staging
        self._known_by = known_by
        self._ledger = ledger
        self._examine = examine
        self._submit = submit
        self._reading = reading
        self._report_of = report_of
        self._clock = clock
        self._catalogue = catalogue
        self._asked = asked
        self._rules = rules
        self._premises = premises
        self._dispatch = dispatch
        self._certificates = certificates

    # Who is calling.

    def agency_by_token(self, token: str) -> Agency | None:
        """See filing.services.Services."""
        return self._known_by("token", token.encode())

    def agency_by_certificate(self, der: bytes) -> Agency | None:
        """See filing.services.Services."""
        return self._known_by("certificate", der)

    # Deliveries.

    @contextmanager
    def incoming(self, media_type: str, announced_bytes: int | None) -> Iterator[Arriving]:
        """See filing.services.Services."""
        self._premises.admit(announced_bytes or 0)
        name = f"delivery-{self._clock.new_id()}"
        with receiving(
            self._staging, name, media_type, announced_bytes, self._view.max_body_bytes
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
        later = respond_async or staged.size_bytes > self._async_above_bytes
        filed = self._submit(agency, staged, channel, registration, idempotency_key, later)
        if filed.submission.state is State.RECEIVED:
            # A repeated one too: whoever was to take it up may not have heard of it.
            self._dispatch(filed.submission.id)
        return Answer(filed.submission, filed.body, filed.repeated)

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
        rules = dict(self._asked(agency))
        return replace(
            self._view,
            rule_set=cast(Mapping[str, str], rules.pop("rule_set")),  # as filing.rules.asked says
            fonds=fonds,
            certificates={suite: pem.decode() for suite, pem in self._certificates().items()},
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
        report = self._report_of(self.submission(agency, submission_id))
        if not report:
            raise NotFound("it has not been examined yet", "尚未检测，没有报告")
        return report

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
        return withdraw(self.submission(agency, submission_id), reason, self._ledger, self._clock)

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

    # The log, the catalogue and the state, for everybody.

    def checkpoint(self) -> bytes:
        """See filing.services.Services."""
        head = self._ledger.head()
        if not head.note:
            raise NotFound("the log is still empty", "日志尚为空")
        return head.note.encode()

    def log_keys(self) -> bytes:
        """See filing.services.Services."""
        return self._reading.log_keys(self._certificates())

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

    def ready(self) -> Mapping[str, str]:
        """See filing.services.Services."""
        return self._premises.ready()
