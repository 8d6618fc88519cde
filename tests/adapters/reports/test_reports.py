"""Reports on audits: what they say, that a spreadsheet runs nothing, that anybody verifies them."""

import csv
import io
import json
import subprocess
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filing.adapters.reports import machine, page, pdf, signed, table
from filing.adapters.reports.words import share
from filing.app.custody_pages import open_reports
from filing.errors import BadRequest, OutsideUnavailable
from filing.evidence import certificates, signatures, suites
from filing.model.audit_report import AuditReport, CodeCount
from filing.model.custody import (
    Answer,
    Audit,
    Fault,
    Finding,
    FindingState,
    Sample,
    Scope,
)
from filing.services.custody import REPORT_FORMATS
from tests.custody.holding import a_holding, flip

AT = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
AUDIT = Audit("a-1", "main", Scope(), "system", AT, 9, 9)


def finding(number: int, found: str = "f" * 64) -> Finding:
    fault = Fault("CX-2-11", Answer.DAMAGED, "v1/content/正文.pdf", "e" * 64, found, "E092")
    return Finding(
        f"f-{number}", "main", f"r-{number}", fault, FindingState.CONFIRMED, AT, AT, "a-1", "a-1"
    )


def a_report(findings, count: int = 1, **other) -> AuditReport:
    counts = (CodeCount("CX-2-11", "CQ-2-5", "不一致", "differs", "damaged", count),)
    return AuditReport(
        "示例省档案馆", "archive.example", AUDIT, AT, "甲 person:1", "系统 system", None, (),
        counts, "2026.1", "d" * 64, 3, 9, "origin\n9\nroot\n\n— sig\n", lambda code: "不一致",
        findings, **other,
    )  # fmt: skip


def test_what_cannot_be_seen_is_named_on_the_page():
    assert "fixed[U+202E]" in page.short(a_report(lambda: iter([finding(1, "fixed\u202e")])))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A whole report on an audit that found damage, written by the archive itself."""
    home = tmp_path_factory.mktemp("reports")
    with a_holding(home / "home", count=2) as holding:
        flip(holding.file(holding.ids[0], "eep.xml"), 999)
        audit = holding.audit()
        folder = home / "report"
        folder.mkdir()
        reports = open_reports(holding.site.settings)
        try:
            reports.write(None, audit.id, REPORT_FORMATS, folder)
            with pytest.raises(BadRequest, match="no 'doc'"):
                reports.write(None, audit.id, ["doc"], folder)
        finally:
            reports.reporting.showing.shelves._database.close()
        yield folder, audit, holding.ids[0]


def of(folder, suffix: str):
    return next(folder.glob(f"audit-*.{suffix}"))


def test_it_is_verified_with_openssl_alone_by_the_recipe_it_brings(written):
    folder, _, _ = written
    run = ["bash", "-euo", "pipefail", "VERIFY.txt"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Verified OK" in done.stdout
    path = of(folder, "csv")
    before = path.read_bytes()
    path.write_bytes(before.replace(b"damaged", b"Damaged", 1))
    try:
        done = subprocess.run(run, cwd=folder, capture_output=True, timeout=120)
        assert done.returncode != 0
    finally:
        path.write_bytes(before)


def test_all_forms_say_what_was_found(written):
    folder, audit, hurt = written
    said = json.loads(of(folder, "json").read_text("utf-8"))
    assert said["audit"]["answer"] == "damaged"
    assert said["audit"]["result"] == audit.chain.hex()
    assert [one["subject"] for one in said["findings"]] == [hurt]
    items = {one["code"]: one["answer"] for one in said["items"]}
    assert (items["CQ-2-5"], items["CQ-1-3"], items["CQ-3-1"]) == (
        "damaged", "intact", "not-looked-at",
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(of(folder, "csv").read_bytes().decode("utf-8-sig"))))
    assert (rows[1][3], rows[1][8]) == ("CX-2-11", hurt)
    text = of(folder, "html").read_text("utf-8")
    assert "完整性检查报告" in text
    assert hurt in text


def test_the_pdf_carries_its_fonts_and_says_what_profile_it_is(written):
    with pikepdf.open(of(written[0], "pdf")) as found:
        fonts = [
            font
            for one in found.pages
            for font in one.Resources.Font.values()
            if font.Subtype == "/Type0"
        ]
        described = [one.DescendantFonts[0].FontDescriptor for one in fonts]
        assert described
        assert all("/FontFile2" in one or "/FontFile3" in one for one in described)
        assert any("CJK" in str(one.FontName) for one in described)
        with found.open_metadata() as about:
            assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("2", "B")


def test_a_page_that_asks_for_anything_else_is_not_fetched(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "secret.png")
    source = f'<img src="file://{tmp_path}/secret.png"><p>完整</p>'
    pdf.make(source, tmp_path / "made.pdf")
    with pikepdf.open(tmp_path / "made.pdf") as found:
        assert not list(found.pages[0].get_images())


def test_a_pdf_that_cannot_be_made_is_said_not_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.sys, "executable", "/nowhere/python")
    with pytest.raises(OutsideUnavailable, match="not made"):
        pdf.make("<p>a</p>", tmp_path / "made.pdf")


@given(st.text(), st.sampled_from(["=", "+", "-", "@", "\t=", " =", "\r", "＝", "\u200b="]))
def test_no_cell_begins_as_a_formula(rest, start):
    shown = table.safe(start + rest)
    assert shown.startswith(("'", "\\x"))


def test_a_line_end_in_a_value_stays_in_its_cell(tmp_path):
    table.write(a_report(lambda: iter([finding(1, 'a\r\n=cmd|"x"!A1\n"')])), tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert rows[1][11] == 'a\\x0d\n=cmd|"x"!A1\n"'


@pytest.mark.parametrize("write", [table.write, machine.write, page.write])
def test_memory_does_not_grow_with_the_findings(write, tmp_path):
    def most(count: int) -> int:
        report = a_report(lambda: (finding(n) for n in range(count)), count)
        tracemalloc.start()
        write(report, tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(10)  # templates are compiled once
    assert most(5000) < most(500) + (256 << 10)


def test_a_pdf_lists_some_and_says_how_many_it_leaves_out():
    count = page.MOST_IN_PDF + 7
    text = page.short(a_report(lambda: (finding(n) for n in range(count)), count))
    assert text.count("<code>r-") == page.MOST_IN_PDF
    assert "另有 7 项未列出" in text


def test_values_are_never_markup():
    text = page.short(a_report(lambda: iter([finding(1, "<script>alert(1)</script>")])))
    assert "<script" not in text


@pytest.mark.parametrize(
    ("audit", "excluded", "words"),
    [
        (replace(AUDIT, scope=Scope(sample=Sample(2, "s"))), 0.00997, "0.997%"),
        (replace(AUDIT, scope=Scope(sample=Sample(2, "s"))), 0.0, "Every record was drawn"),
        (replace(AUDIT, scope=Scope(sample=Sample(2, "s"))), None, "不能据此排除"),
        (replace(AUDIT, unknown=1), None, "既不是完好，也不是损坏"),
        (AUDIT, None, "检查未结束"),
    ],
)
def test_what_cannot_be_said_is_said_not_to_be(audit, excluded, words):
    report = replace(a_report(lambda: iter([])), audit=audit, excluded_share=excluded)
    assert words in page.short(report)


def test_a_share_is_rounded_up_never_down():
    assert share(0.00997001) == "0.998%"
    assert share(0.01) == "1.000%"


@pytest.mark.parametrize("suite", suites.OURS)
def test_each_suite_of_ours_is_signed_and_its_recipe_holds(suite, tmp_path):
    private = suites.generate(suite)
    until = AT.replace(year=2036)
    chain = [certificates.self_signed(suite, private, "示例省档案馆", "", 7, AT, until)]
    own = signatures.signer(f"archive-{suite}", private, chain)
    (tmp_path / "a.txt").write_text("内容")
    names = signed.sign(tmp_path, ["a.txt"], [own])
    assert set(names) == {one.name for one in tmp_path.iterdir()}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", signed.RECIPE],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
