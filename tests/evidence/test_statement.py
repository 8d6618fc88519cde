import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import statement
from filing.evidence.statement import Correction
from tests.evidence.given import NOON, a_digest, a_file, a_statement

WRITTEN = statement.write(a_statement())


def a_correction(**changes):
    given_ = {
        "field": "内容描述/题名",
        "before": "关於",
        "after": "关于",
        "reason": "错字",
        "by": "clerk-1",
        "at": NOON,
    }
    return Correction(**given_ | changes)


def test_a_statement_is_readable_canonical_json():
    found = json.loads(WRITTEN)
    assert found["type"] == "filing-statement/1"
    assert found["archival_code"] == "J001-WS·2026·D30-0001"
    assert found["accepted_at"] == "2026-11-22T04:00:00.123456Z"
    assert found["corrections"] == []
    assert found["components"][0] == {
        "path": "正文.ofd",
        "bytes": 7,
        "digests": {
            "sha256": a_digest(b"content").hex,
            "sm3": a_digest(b"content", "sm3").hex,
        },
    }
    assert "正文.ofd".encode() in WRITTEN
    assert b" " not in WRITTEN


texts = st.text(max_size=20)
files = st.lists(
    st.builds(a_file, texts, st.binary(max_size=9), st.just(("sha256",))),
    max_size=4,
    unique_by=lambda one: one.path,
).map(tuple)


@given(files, st.lists(texts, max_size=3), texts, st.datetimes())
def test_what_is_written_reads_back_the_same(components, undetermined, name, at):
    said = a_statement(
        components=components,
        metadata=(),
        undetermined=tuple(undetermined),
        agency_name=name,
        corrections=(a_correction(before=name),),
        accepted_at=at.replace(tzinfo=NOON.tzinfo),
    )
    assert statement.read(statement.write(said)) == said


def test_the_place_of_inline_content_is_sealed():
    inline = replace(a_file("正文.ofd"), inline=(1200, 80_000))
    said = a_statement(components=(inline,), metadata=(a_file("eep.xml"),))
    assert b'"inline":{"length":80000,"offset":1200}' in statement.write(said)
    assert statement.read(statement.write(said)) == said


def test_reports_and_rules_beside_a_record_are_under_seal_by_their_digests():
    one = a_statement()
    assert one.papers() == {"report.json": one.report}
    tuned = replace(one, rule_set=f"1.0-{one.rule_set_digest.hex[:12]}")
    assert tuned.papers()["rules.json"] == one.rule_set_digest
    received = statement.Received((), a_digest(b"refused"))
    corrected = replace(one, corrections=(a_correction(),), received=received)
    assert corrected.papers()["report-rejected.json"] == a_digest(b"refused")


def test_a_time_is_the_same_in_every_zone():
    beijing = NOON.astimezone(timezone(timedelta(hours=8)))
    assert statement.write(a_statement(accepted_at=beijing)) == WRITTEN


@given(st.integers(0, len(WRITTEN) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_says_something_else(at, change):
    """The seal, not the reader, tells a changed digit from the true one."""
    changed = bytearray(WRITTEN)
    changed[at] ^= change
    try:
        found = statement.read(bytes(changed))
    except NotGenuine:
        return
    assert found != a_statement()


def changed(**members):
    return json.dumps(
        json.loads(WRITTEN) | members, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "object is expected"),
        (WRITTEN + b"\n", "canonical"),
        (changed(type="filing-statement/9"), "filing-statement/1"),
        (changed(more=1), "'more' does not belong"),
        (changed(fonds=1), "statement/fonds: a string"),
        (changed(components={}), "a list"),
        (changed(components=[{"path": "a", "bytes": -1, "digests": {}}]), r"\[0\]/bytes"),
        (changed(components=[{"path": "a", "bytes": True, "digests": {}}]), r"\[0\]/bytes"),
        (changed(components=[{"path": "a", "bytes": 1, "digests": {}}]), "digest is expected"),
        (changed(components=[{"path": "a", "bytes": 1}]), "'digests' is missing"),
        (changed(components=[{"path": "a", "bytes": 1, "digests": {"md5": "00"}}]), "not allowed"),
        (changed(report="sha256:" + "AB" * 32), "lower-case"),
        (changed(report="sha256:ab"), "32 bytes"),
        (changed(report="sha256:a"), "lower-case"),
        (changed(accepted_at="2026-11-22T04:00:00Z"), "UTC time"),
        (changed(accepted_at="2026-13-22T04:00:00.000000Z"), "month"),
        (changed(signed_by=[]), "names who signs"),
        (changed(metadata=json.loads(WRITTEN)["components"]), "named twice"),
        (b" " * (statement.MAX_BYTES + 1), "more than"),
    ],
)
def test_other_documents_are_refused(content, why):
    with pytest.raises(NotGenuine, match=why):
        statement.read(content)


def test_a_statement_that_cannot_be_right_is_not_built():
    with pytest.raises(ValueError, match="offset"):
        a_statement(accepted_at=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="twice"):
        a_statement(metadata=(a_file(),))
    with pytest.raises(ValueError, match="names who signs"):
        a_statement(signed_by=())
    with pytest.raises(ValueError, match="offset"):
        statement.write(a_statement(corrections=(a_correction(at=NOON.replace(tzinfo=None)),)))
