"""Every bad sample over the real interface: refused for its fault, at its place, and for no other.

And whatever was answered has the published shape.
"""

import contextlib
import json
import re
import socketserver
import struct
import threading

import pytest
from jsonschema import Draft202012Validator

from examples.bad import CANNOT_FAIL, FAULTS, MARKER, sample
from examples.good import good
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Form
from filing.rules.rule_set import load_rule_set
from tests.conformance.served import ROOT, a_served_archive

RULES = load_rule_set()


def schema(name):
    return Draft202012Validator(json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8")))


REPORT, RECEIPT = schema("report.schema.json"), schema("receipt.schema.json")


class _Clamd(socketserver.StreamRequestHandler):
    """A scanner that knows one virus: the samples' marker. Source: clamd(8), INSTREAM."""

    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        body = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            body += self.rfile.read(length)
        self.wfile.write(b"stream: Sample.Marker FOUND\0" if MARKER in body else b"stream: OK\0")


class _Scanner(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 32


@contextlib.contextmanager
def a_scanner(path):
    with _Scanner(str(path), _Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield str(path)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    home = tmp_path_factory.mktemp("archive")
    with a_scanner(home / "clamd") as clamd, a_served_archive(home, clamd=clamd) as served:
        yield served


def outcome_of(finding):
    """Whether a finding of a report refuses, by the catalogue the report names."""
    place = finding["place"]
    return Place(place["path"], place["line"], place["xpath"], place["field"])


def refusals(report):
    """Code -> findings for which the catalogue refuses the package."""
    found = {}
    for check in report["checks"]:
        for one in check["findings"]:
            as_found = Finding(
                check["code"],
                Outcome(one["outcome"]),
                outcome_of(one),
                one["reason"],
                one["expected"],
                one["found"],
            )
            if RULES.catalogue.refuses(as_found):
                found.setdefault(check["code"], []).append(one)
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code}_{fault.slug}")
def test_a_bad_package_is_refused_for_its_fault_and_no_other(archive, fault):
    one = sample(fault)
    for before in one.before:
        answer = archive.post(before)
        assert answer.status_code == 201, answer.text
    answer = archive.post(one)
    assert answer.status_code == 422, answer.text
    report = answer.json()["report"]
    REPORT.validate(report)
    assert report["decision"] == "rejected"
    found = refusals(report)
    assert one.code in found, found
    assert set(found) <= one.codes, {code: found[code] for code in set(found) - one.codes}
    named = [each for each in found[one.code] if each["reason"] == one.reason]
    assert named, [each["reason"] for each in found[one.code]]
    places = [part for each in named for part in map(str, each["place"].values())]
    assert any(one.place in part for part in places), places
    failed = {each["code"] for each in report["checks"] if each["outcome"] == "failed"}
    assert failed <= one.codes


@pytest.mark.parametrize("form", Form)
def test_a_lawful_package_is_answered_with_a_receipt_of_the_published_shape(archive, form):
    (one,) = good(1, form=form, start=100 * len(form), annexes=1)
    report = archive.post(one, "validations").json()
    REPORT.validate(report)
    assert report["decision"] == "accepted"
    # With a scanner, nothing is left for a person to look at.
    assert {each["outcome"] for each in report["checks"]} == {"passed", "not-applicable"}
    answer = archive.post(one)
    assert answer.status_code == 201, answer.text
    RECEIPT.validate(answer.json())
    kept = archive.get(f"submissions/{answer.json()['receipt']['submission']}/report")
    REPORT.validate(kept.json())


def test_catalogue_samples_and_document_name_the_same_checks():
    known = set(RULES.catalogue.checks)
    document = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    assert {fault.code for fault in FAULTS} | set(CANNOT_FAIL) == known
    assert set(re.findall(r"\b(?:GD|ZX)-\d-\d{1,2}\b", document)) == known


def test_what_cannot_fail_never_does(archive):
    """The report of a lawful package says so, with the reason."""
    (one,) = good(1, start=900)
    checks = {each["code"]: each for each in archive.post(one, "validations").json()["checks"]}
    for code in set(CANNOT_FAIL) - {"GD-4-1"}:
        assert checks[code]["outcome"] == "not-applicable"
        assert checks[code]["reason"]["message"]["zh"]
