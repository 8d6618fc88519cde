"""What is gathered for the checks when the scanner fails: said of every file, asked but once."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from filing.ingest.examine import Examine, Verdict
from filing.model.agency import Channel
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.inspection import Inspection, Scan
from filing.model.package import Content, Form, Package
from filing.rules.facts import Facts, Registration
from filing.rules.rule_set import RulesUsed

FILES = tuple(Content(f"{number}.pdf", 1, (), b"x") for number in range(5))
PACKAGE = Package(Form.RECORD_ZIP, Digest("sha256", bytes(32)), 5, None, FILES)


@dataclass
class Scanner:
    """Answers until ``until`` files were scanned; then it is silent."""

    until: int
    asked: list[str] = field(default_factory=list)

    def _answers(self):
        return sum(1 for one in self.asked if one != "ping") <= self.until

    def ping(self):
        self.asked.append("ping")
        return Outcome.PASSED if self._answers() and self.until else Outcome.UNDETERMINED

    def scan(self, content):
        self.asked.append(content.member)
        if self._answers():
            return Scan(Outcome.PASSED)
        return Scan(Outcome.UNDETERMINED, "clamd: TimeoutError")


class Clock:
    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC)

    def today(self):
        return date(2026, 1, 1)


def gathered(scanner):
    """The facts that reach the checks."""
    seen: list[Facts] = []

    def judge(facts):
        seen.append(facts)
        return Verdict(True, b"", (), (), rules=RulesUsed("", ""))

    examine = Examine(
        read=lambda staged: PACKAGE,
        inspector=lambda content: Inspection(None, Outcome.PASSED),
        scanner=scanner,
        verify=lambda package, sender, now: (),
        judge=judge,
        clock=Clock(),
        ledger=None,
    )
    examine.judge_package(PACKAGE, None, Channel.OFFLINE, Registration(), filing=False)
    (facts,) = seen
    return facts


def test_every_file_is_scanned_while_the_scanner_answers():
    scanner = Scanner(until=9)
    facts = gathered(scanner)
    assert [one.outcome for one in facts.scans.values()] == [Outcome.PASSED] * 5
    assert facts.scanner is Outcome.PASSED
    assert scanner.asked == ["ping", *(one.member for one in FILES)]


def test_a_scanner_that_does_not_answer_is_not_waited_for_with_every_file():
    scanner = Scanner(until=0)
    facts = gathered(scanner)
    assert scanner.asked == ["ping"]
    assert facts.scanner is Outcome.UNDETERMINED
    assert not any(one.outcome is not Outcome.UNDETERMINED for one in facts.scans.values())


def test_a_scanner_that_dies_midway_leaves_the_rest_unscanned_and_says_so_of_each():
    scanner = Scanner(until=2)
    facts = gathered(scanner)
    assert scanner.asked == ["ping", "0.pdf", "1.pdf", "2.pdf", "ping"]
    assert facts.scanner is Outcome.UNDETERMINED
    told = [(one.outcome, bool(one.detail)) for one in facts.scans.values()]
    assert told == [(Outcome.PASSED, False)] * 2 + [(Outcome.UNDETERMINED, True)] * 3
