"""What judging one record costs: reading it, every rule, and writing the report.

The record is an EEP whose content files are as small as they can be, so what is
measured is its metadata. Looking into the files is measured apart (formats).
"""

import hashlib
import io
import re
from dataclasses import replace
from datetime import date

from benchmarks.formats import median_ms
from examples.documents import AGENCIES
from examples.good import good
from filing.adapters.formats import inspect
from filing.adapters.packages.delivery import read_package
from filing.model.agency import Channel
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.inspection import Scan
from filing.model.limits import Limits
from filing.model.package import Content, Package
from filing.rules.detection import detect
from filing.rules.facts import Facts, Holding, Registration
from filing.rules.rule_set import load_rule_set

_TIMES = 200


class _Memory:
    """A staged file of the benchmark: bytes and their digest."""

    def __init__(self, member: str) -> None:
        self._member, self._body, self._whole = member, io.BytesIO(), hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        self._body.write(chunk)
        self._whole.update(chunk)

    def close(self) -> Content:
        body = self._body.getvalue()
        digest = Digest("sha256", self._whole.digest())
        return Content(self._member, len(body), (digest,), body)


class _Sink:
    def open(self, member: str, /) -> _Memory:
        return _Memory(member)


def _read(body: bytes) -> Package:
    digest = Digest("sha256", hashlib.sha256(body).digest())
    content = Content("eep.xml", len(body), (digest,), body)
    return read_package(content, "application/xml", Limits(), _Sink())


def _facts(package: Package, registration: Registration) -> Facts:
    return Facts(
        package=package,
        sender=AGENCIES[0],
        channel=Channel.LOOPBACK,
        filing=True,
        registration=registration,
        holding=Holding(),
        today=date(2026, 12, 31),
        inspections={one.member: inspect(one) for one in package.contents()},
        scans={one.member: Scan(Outcome.PASSED) for one in package.contents()},
        scanner=Outcome.PASSED,
    )


def main() -> None:
    """Print one line per part, and the decision, which must be acceptance."""
    (sample,) = good(1, annexes=0)
    rules = load_rule_set()
    package = _read(sample.body)
    facts = _facts(package, sample.registration)
    metadata = len(re.sub(rb"(<[^<>]*\xe6\x95\xb0\xe6\x8d\xae[^<>]*>)[A-Za-z0-9+/=\s]{200,}",
                          rb"\1", sample.body))  # fmt: skip
    report = detect(facts, rules)
    parts = {
        "read it (split, XML, XSD)": lambda: _read(sample.body),
        "every rule": lambda: detect(facts, rules),
        "write the report": report.canonical,
        "all three": lambda: detect(replace(facts, package=_read(sample.body)), rules).canonical(),
    }
    print(f"one EEP of {len(sample.body)} bytes, {metadata} of them metadata: {report.decision}")
    for name, work in parts.items():
        print(f"  {name:26} {median_ms(work, _TIMES):8.3f} ms")
    print()
