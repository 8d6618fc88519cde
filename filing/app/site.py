"""One archive in one process: its adapters and use cases, put together.

Builds what files deliveries; the other parts are built from it by the modules beside.
"""

import logging
import shutil
import socket
import time
from collections.abc import Callable
from datetime import datetime

from filing.adapters import keys
from filing.adapters.clock import SystemClock
from filing.adapters.custody.learning import hold, learn
from filing.adapters.custody.witness import Witness
from filing.adapters.db.administration import SqlSettings
from filing.adapters.db.drafts import SqlDrafts
from filing.adapters.db.engine import Database
from filing.adapters.db.leases import SqlLeases
from filing.adapters.db.ledger import SqlLedger
from filing.adapters.db.register import SqlRegister
from filing.adapters.dispatch import celery
from filing.adapters.dispatch.committer import Committer
from filing.adapters.dispatch.duties import Duties
from filing.adapters.dispatch.threads import Threads
from filing.adapters.durable import Barrier
from filing.adapters.formats import inspect
from filing.adapters.ocfl.records import RecordStore
from filing.adapters.ocfl.store import Store
from filing.adapters.packages.delivery import read_package, read_parts
from filing.adapters.packages.inline import open_inline
from filing.adapters.scanner import Clamd, NoScanner
from filing.adapters.staging import Staging
from filing.administration.in_force import Believed, RulesInForce
from filing.app.described import checks, service_view
from filing.app.home import check_home, check_schema, signers_of
from filing.archive import Archive
from filing.config import Settings
from filing.evidence.signatures import Signer
from filing.holdings.reading import Reading
from filing.holdings.reports import ReportOf
from filing.ingest.accept import Ceremony
from filing.ingest.examine import Examine, Verdict
from filing.ingest.later import Later
from filing.ingest.receive import Staged
from filing.ingest.recover import Recovered, recover
from filing.ingest.signatures import verify_signatures
from filing.ingest.submit import Submit
from filing.model.agency import Agency
from filing.model.finding import Outcome
from filing.model.limits import Limits
from filing.model.package import Package
from filing.operations import Operating
from filing.ports import Scanner
from filing.premises import Premises
from filing.rules.detection import detect
from filing.rules.facts import Facts, SignatureFact
from filing.rules.rule_set import load_rule_set

#: Submissions kept for later that one start takes up; the rest waits for the next.
_TAKEN_UP = 100_000


class Site:
    """One archive in this process, with what has to be closed at its end.

    after   told the name of each step of the ceremony when it is done; for drills

    Raises Misconfigured where the home holds no archive, and leaves nothing there.
    """

    def __init__(
        self, settings: Settings, after: Callable[[str], None] = lambda step: None
    ) -> None:
        check_home(settings)
        self.settings = settings
        self.clock = SystemClock()
        self.database = Database(settings.url)
        self.barrier = Barrier(settings.staging)
        self.staging = Staging(
            settings.staging, keys.digest_algorithms(settings), barrier=self.barrier
        )
        self.store = Store(settings.store, settings.staging / "objects", self.barrier)
        self.records = RecordStore(self.store, settings.name, f"urn:filing:{settings.origin}")
        self.witness = Witness(settings.home / "witness")
        self.ledger = SqlLedger(self.database, self.staging.owner, self.witness)
        self.rules = load_rule_set()
        self.settings_kept = SqlSettings(self.database, self.clock.now)
        self.believed = Believed(self.settings_kept.mark)
        self.rules_in_force = RulesInForce(self.rules, self.settings_kept, self.believed)
        self.signers: tuple[Signer, ...] = ()
        self.left_over: tuple[str, ...] = ()
        self.copied = 0
        self.duties = Duties(
            SqlLeases(self.database, self.clock.now),
            lambda: f"{socket.gethostname()[:24]}:{self.staging.owner()}",
            celery.sender(settings.broker_url) if settings.broker_url else None,
        )
        self._after = after
        self.archive = self._archive()

    def _archive(self) -> Archive:
        settings = self.settings
        self.ceremony = Ceremony(
            signers=(),
            origin=settings.origin,
            store=self.records,
            ledger=self.ledger,
            clock=self.clock,
            after=self._after,
        )
        self.committer = Committer(self.ceremony, settings.batch_records)
        self.scanner: Scanner = Clamd(settings.clamd) if settings.clamd else NoScanner()
        self.examine = Examine(
            read=_reader(Limits(max_total_bytes=settings.max_body_bytes)),
            inspector=inspect,
            scanner=self.scanner,
            verify=_verify,
            judge=self._judge,
            clock=self.clock,
            ledger=self.ledger,
        )
        self.report_of = ReportOf(self.staging, self.records)
        register = SqlRegister(self.database, self.clock.now)
        submit = Submit(
            examine=self.examine,
            hand_in=self.committer.hand_in,
            ledger=self.ledger,
            keeping=self.staging,
            report_of=self.report_of,
            clock=self.clock,
            wait=time.sleep,
        )
        self.later = Later(
            ledger=self.ledger,
            keeping=self.staging,
            staging=self.staging,
            submit=submit,
            agency=register.agency,
            clock=self.clock,
        )
        self.threads = Threads(self._take_up)
        self.operations = self._operating(register)
        return Archive(
            view=service_view(settings, self.rules),
            async_above_bytes=settings.async_above_bytes,
            staging=self.staging,
            known_by=register.known_by,
            ledger=self.ledger,
            examine=self.examine,
            submit=submit,
            reading=Reading(self.ledger, self.records, settings.origin, open_inline),
            report_of=self.report_of,
            clock=self.clock,
            catalogue=lambda: checks(self.rules),
            asked=self.rules_in_force.asked,
            rules=self.rules_in_force.text,
            premises=self._premises(),
            dispatch=self.threads.put,
            certificates=lambda: keys.certificates_pem(settings),
        )

    def _operating(self, register: SqlRegister) -> Operating:
        return Operating(
            register=register,
            staging=self.staging,
            examine=self.examine,
            clock=self.clock,
            recover=self.recover,
            certificates=lambda: keys.certificates_pem(self.settings),
            max_body_bytes=self.settings.max_body_bytes,
        )

    def _premises(self) -> Premises:
        return Premises(
            keep_free_bytes=self.settings.free_bytes,
            free_bytes=lambda: shutil.disk_usage(self.settings.staging).free,
            doubtful=lambda: self.barrier.doubtful,
            left_over=lambda: len(self.left_over),
            database=self.ledger.head,
            scanner=self._scanner_said,
            ending=lambda: len(self.operations.ending()),
        )

    def open(self) -> None:
        """Make ready to file: keys, schema, store; finish what a crash left.

        Raises Misconfigured, OutsideUnavailable.
        """
        self.check()
        self.store.initialise()
        self.recover()
        for one in self.ledger.waiting(_TAKEN_UP):
            self.threads.put(one.id)

    def check(self) -> None:
        """See that schema and keys are as this release needs them. Raises as ``open``."""
        self.settings.check_files()
        check_schema(self.settings, self.database)
        given = self.settings
        self.ceremony.signers = signers_of(given, self.witness, self.ledger)
        self.copied = learn(self.witness, given.store, given.keys, given.origin)

    def recover(self) -> Recovered:
        """See filing.services.Operations."""
        self.signing()
        hold(self.ledger.head().size, self.copied)
        drafted = SqlDrafts(self.database).holds
        done = recover(self.ceremony, self.records, self.staging, self.ledger, drafted)
        self.left_over = done.doubtful
        if done.finished or done.cleared or done.doubtful:
            logging.getLogger("filing.recover").warning(
                "event=recovered finished=%d cleared=%d doubtful=%s",
                done.finished,
                done.cleared,
                ",".join(done.doubtful) or "none",
            )
        return done

    def close(self) -> None:
        """Commit what is waiting and give everything back."""
        self.duties.stop()
        self.threads.stop()
        self.committer.stop()
        self.store.close()
        self.staging.close()
        self.witness.close()
        self.database.close()

    def signing(self) -> tuple[Signer, ...]:
        """The keys in force. Raises Misconfigured."""
        if not self.ceremony.signers:
            self.ceremony.signers = signers_of(self.settings, self.witness, self.ledger)
        return self.ceremony.signers

    def _take_up(self, submission_id: str) -> None:
        self.later.take_up(submission_id)

    def _judge(self, facts: Facts) -> Verdict:
        rules = self.rules_in_force(facts.sender, facts.package)
        report = detect(facts, rules)
        outcomes = {one.code: one.outcome for one in report.checks}
        return Verdict(
            accepted=report.accepted,
            report=report.canonical(),
            failed=tuple(code for code, one in outcomes.items() if one is Outcome.FAILED),
            undetermined=tuple(
                code for code, one in outcomes.items() if one is Outcome.UNDETERMINED
            ),
            refusing=tuple(one for one in report.findings() if rules.catalogue.refuses(one))
            if not report.accepted
            else (),
            rules=rules.used,
        )

    def _scanner_said(self) -> str:
        if isinstance(self.scanner, NoScanner):
            return "not configured"
        return "ok" if self.scanner.ping() is Outcome.PASSED else "does not answer"


def _reader(limits: Limits) -> Callable[[Staged], Package]:
    def read(staged: Staged) -> Package:
        if staged.body is None:
            return read_parts(staged.metadata, staged.files, limits)
        return read_package(staged.body, staged.media_type, limits, staged.tray)

    return read


def _verify(package: Package, sender: Agency | None, now: datetime) -> tuple[SignatureFact, ...]:
    if package.metadata is None or not package.signatures:
        return ()
    trusted = () if sender is None else sender.trusted_signers
    return verify_signatures(package, package.metadata, now, trusted)
