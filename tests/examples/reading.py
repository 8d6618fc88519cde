"""Read and judge a sample in memory, the way a server would: the harness of these tests."""

import hashlib
from datetime import UTC, datetime

from examples.bad import MARKER
from examples.documents import agency
from examples.sample import Sample
from filing.adapters.formats.examine import inspect
from filing.adapters.packages.delivery import read_package, read_parts
from filing.ingest.examine import archival_code_of, electronic_code_of
from filing.ingest.signatures import verify_signatures
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.inspection import Scan
from filing.model.limits import Limits
from filing.model.package import Content, Package
from filing.rules.detection import detect
from filing.rules.facts import Facts, Holding
from filing.rules.report import Report
from filing.rules.rule_set import RuleSet

TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def content(member: str, body: bytes) -> Content:
    return Content(member, len(body), (Digest("sha256", hashlib.sha256(body).digest()),), body)


class Memory:
    """A sink that keeps everything in memory."""

    def open(self, member):
        return _Writer(member)


class _Writer:
    def __init__(self, member):
        self.member, self.body = member, bytearray()

    def write(self, data):
        self.body += data

    def close(self):
        return content(self.member, bytes(self.body))


def read(sample: Sample) -> Package:
    if sample.parts:
        first, *files = (content(part.file_name, part.body) for part in sample.parts)
        return read_parts(first, tuple(files), Limits())
    return read_package(content("body", sample.body), sample.media_type, Limits(), Memory())


def scan(one: Content) -> Scan:
    """A scanner that knows one virus: the marker."""
    with one.open() as stream:
        infected = MARKER in stream.read()
    return Scan(Outcome.FAILED, "sample marker") if infected else Scan(Outcome.PASSED)


def judge(sample: Sample, rules: RuleSet) -> Report:
    """The report on ``sample`` after its ``before`` were accepted."""
    package = read(sample)
    held = [read(one) for one in sample.before]
    signed = package.metadata is not None and package.signatures
    facts = Facts(
        package=package,
        sender=agency(sample.agency_id),
        channel=sample.channel,
        filing=True,
        registration=sample.registration,
        holding=Holding(
            "held" if archival_code_of(package) in map(archival_code_of, held) else "",
            "held" if electronic_code_of(package) in map(electronic_code_of, held) else "",
        ),
        today=TODAY.date(),
        inspections={one.member: inspect(one) for one in package.contents()},
        scans={one.member: scan(one) for one in package.contents()},
        scanner=Outcome.PASSED,
        signatures=verify_signatures(package, package.metadata, TODAY, ()) if signed else (),
    )
    return detect(facts, rules)


def refused(report: Report) -> dict[str, list]:
    """Code -> the findings for which the catalogue refuses the package."""
    catalogue = report.rules.catalogue
    found = {
        one.code: [each for each in one.findings if catalogue.refuses(each)]
        for one in report.checks
    }
    return {code: findings for code, findings in found.items() if findings}
