"""The programs of the guide for agencies do what it says, as far as they need no server."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from examples.documents import AGENCIES
from filing.adapters.formats.examine import inspect
from filing.adapters.packages.delivery import read_parts
from filing.model.agency import Channel
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.identifiers import ArchivalCode
from filing.model.limits import Limits
from filing.model.package import Content
from filing.rules.detection import detect
from filing.rules.facts import Facts, Holding, Registration
from filing.rules.rule_set import load_rule_set

ROOT = Path(__file__).parents[2]
RECORD = "{urn:filing:record:2009}"
BLOCK = re.compile(r"^```(?:python|java)\n(?:#|//) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs() -> dict[str, str]:
    text = (ROOT / "docs/integration.md").read_text(encoding="utf-8")
    return dict(BLOCK.findall(text))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which package.py of the guide has run."""
    folder = tmp_path_factory.mktemp("agency")
    (folder / "package.py").write_text(programs()["package.py"], encoding="utf-8")
    subprocess.run([sys.executable, "-W", "error", "package.py"], cwd=folder, check=True)
    return folder


def test_the_guide_has_its_three_programs():
    assert sorted(programs()) == ["Submit.java", "package.py", "submit.py"]


def test_the_metadata_follows_the_published_schema(package):
    schema = etree.XMLSchema(etree.parse(ROOT / "schemas/packages/record-2009.xsd"))
    assert schema.validate(etree.parse(package / "metadata.xml")), schema.error_log


def test_the_metadata_tells_the_truth_about_the_file(package):
    metadata = etree.parse(package / "metadata.xml")
    content = (package / "notice.pdf").read_bytes()
    assert metadata.findtext(f".//{RECORD}计算机文件大小") == str(len(content))
    assert metadata.findtext(f".//{RECORD}数字摘要") == hashlib.sha256(content).hexdigest()


def test_the_file_opens_without_complaint(package):
    with pikepdf.open(package / "notice.pdf", attempt_recovery=False) as document:
        assert len(document.pages) == 1
        assert document.check_pdf_syntax() == []


def test_the_archival_code_is_one_and_agrees_with_its_parts(package):
    code = etree.parse(package / "metadata.xml").find(f".//{RECORD}档号")
    parsed = ArchivalCode.parse(code.text.strip())
    assert parsed.fonds == code.findtext(f"{RECORD}全宗号")
    assert str(parsed.year) == code.findtext(f"{RECORD}年度")
    assert str(parsed.item) == code.findtext(f"{RECORD}室编件号")


def test_the_archive_accepts_the_package(package):
    content = _content(package / "notice.pdf")
    read = read_parts(_content(package / "metadata.xml"), (content,), Limits())
    facts = Facts(
        package=read,
        sender=AGENCIES[0],
        channel=Channel.LOOPBACK,
        filing=True,
        registration=Registration(items=1, files=1, total_bytes=content.size_bytes),
        holding=Holding(),
        signatures=(),
        inspections={one.member: inspect(one) for one in read.contents()},
        scans={},
        scanner=False,
        today=date(2026, 11, 22),
    )
    report = detect(facts, load_rule_set())
    assert [one.code for one in report.checks if one.outcome is Outcome.FAILED] == []
    assert report.accepted


def _content(file: Path) -> Content:
    body = file.read_bytes()
    digest = Digest("sha256", hashlib.sha256(body).digest())
    return Content(file.name, len(body), (digest,), body)


def test_the_zip_holds_the_same_package(package):
    with zipfile.ZipFile(package / "package.zip") as held:
        assert held.namelist() == ["metadata.xml", "notice.pdf"]
        assert held.read("metadata.xml") == (package / "metadata.xml").read_bytes()


@pytest.mark.skipif(not shutil.which("javac"), reason="no Java compiler is installed")
def test_the_java_program_compiles(tmp_path):
    (tmp_path / "Submit.java").write_text(programs()["Submit.java"], encoding="utf-8")
    told = subprocess.run(
        ["javac", "-encoding", "UTF-8", "-Xlint:all", "-Werror", "Submit.java"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
