"""Examine a delivery: read the package, gather the facts, run every check.

One road for all: a submission, a trial and the offline check differ in the
facts (who sends, over what, whether the holding could be asked), not in the
engine, so the same package gets the same report.

Decides nothing about the submission; see filing.ingest.submit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from filing.ingest.receive import Staged
from filing.model.agency import Agency, Channel
from filing.model.finding import Finding, Outcome
from filing.model.inspection import Scan
from filing.model.package import Package
from filing.ports import Clock, Inspector, Ledger, Scanner
from filing.rules.facts import Corrected, Facts, Holding, Registration, SignatureFact
from filing.rules.rule_set import RulesUsed

ReadPackage = Callable[[Staged], Package]
VerifySignatures = Callable[[Package, Agency | None, datetime], tuple[SignatureFact, ...]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine said of the facts.

    report         canonical bytes
    failed         codes that failed, in the order of the catalogue
    undetermined   codes nobody could tell about
    refusing       the findings that keep it from being accepted
    rules          which rules judged
    """

    accepted: bool
    report: bytes
    failed: tuple[str, ...]
    undetermined: tuple[str, ...]
    refusing: tuple[Finding, ...] = ()
    rules: RulesUsed = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Examination:
    """A verdict with the package it is on."""

    package: Package
    accepted: bool
    report: bytes
    failed: tuple[str, ...]
    undetermined: tuple[str, ...]
    refusing: tuple[Finding, ...] = ()
    rules: RulesUsed = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Examine:
    """The use case; app.py supplies the outside things.

    judge    runs every check and words the report (filing.rules.detection)
    ledger   None offline: the holding then cannot be asked
    """

    read: ReadPackage
    inspector: Inspector
    scanner: Scanner
    verify: VerifySignatures
    judge: Callable[[Facts], Verdict]
    clock: Clock
    ledger: Ledger | None

    def __call__(
        self,
        staged: Staged,
        sender: Agency | None,
        channel: Channel,
        registration: Registration,
        *,
        filing: bool,
    ) -> Examination:
        """Read and check one delivery.

        Raises OutsideUnavailable when the holding cannot be asked.
        """
        return self.judge_package(self.read(staged), sender, channel, registration, filing=filing)

    def judge_package(
        self,
        package: Package,
        sender: Agency | None,
        channel: Channel,
        registration: Registration,
        *,
        filing: bool,
        received: Package | None = None,
        corrected: Corrected | None = None,
    ) -> Examination:
        """Check a package that was read.

        received    of a corrected one, the package as received: its signatures are judged
                    over its own bytes, which no correction touches
        corrected   what was corrected of it

        Raises as calling does.
        """
        inspections = {one.member: self.inspector(one) for one in package.contents()}
        scans, scanner = self._scanned(package)
        facts = Facts(
            package=package,
            sender=sender,
            channel=channel,
            filing=filing,
            registration=registration,
            holding=self._holding(package, sender),
            today=self.clock.today(),
            inspections=inspections,
            scans=scans,
            scanner=scanner,
            signatures=self.verify(received or package, sender, self.clock.now()),
            corrected=corrected,
        )
        verdict = self.judge(facts)
        return Examination(
            package,
            verdict.accepted,
            verdict.report,
            verdict.failed,
            verdict.undetermined,
            verdict.refusing,
            rules=verdict.rules,
        )

    def _scanned(self, package: Package) -> tuple[dict[str, Scan], Outcome]:
        """The scanner's word on every file, and whether there is one that answers.

        One that has fallen silent is not waited for with every file that is left.
        """
        scans: dict[str, Scan] = {}
        answers, last = self.scanner.ping(), Scan(Outcome.UNDETERMINED)
        for content in package.contents():
            if answers is Outcome.PASSED:
                last = self.scanner.scan(content)
                if last.outcome is Outcome.UNDETERMINED:
                    answers = self.scanner.ping()
            scans[content.member] = last
        return scans, answers

    def _holding(self, package: Package, sender: Agency | None) -> Holding | None:
        if self.ledger is None or sender is None:
            return None
        return self.ledger.holding(
            sender.id, fonds_of(package), archival_code_of(package), electronic_code_of(package)
        )


def archival_code_of(package: Package) -> str:
    """The 档号 as the metadata gives it; "" if it gives none."""
    return package.value("档号")


def electronic_code_of(package: Package) -> str:
    """The 电子文件号; "" if there is none."""
    return package.value("电子文件号")


def fonds_of(package: Package) -> str:
    """The 全宗号: as given, else what stands before the first hyphen of the 档号."""
    return package.value("档号/全宗号") or archival_code_of(package).partition("-")[0]
