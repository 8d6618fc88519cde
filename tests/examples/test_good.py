import io
import itertools
import re
import subprocess
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest
from lxml import etree

from examples.documents import AGENCIES, STRICT_AGENCIES, official
from examples.eep import NAMESPACE, package
from examples.good import EEP_NAME, RECORD_NAME, good
from examples.signing import SUITES, signer
from filing.model.identifiers import ArchivalCode
from filing.model.package import Form

ROOT = Path(__file__).parents[2]
EEP = {"e": NAMESPACE}
SIZES = (8_192, 40_960)


def schema(name):
    return etree.XMLSchema(etree.parse(ROOT / "schemas" / "packages" / name))


def xml_of(sample):
    if sample.form is Form.EEP:
        return sample.body
    if sample.form is Form.RECORD_PARTS:
        return sample.parts[0].body
    with zipfile.ZipFile(io.BytesIO(sample.body)) as archive:
        return archive.read(EEP_NAME if sample.form is Form.EEP_ZIP else RECORD_NAME)


@pytest.mark.parametrize("form", Form)
def test_every_lawful_sample_follows_its_schema(form):
    eep = form in (Form.EEP, Form.EEP_ZIP)
    grammar = schema("eep-2009.xsd" if eep else "record-2009.xsd")
    for sender in AGENCIES + STRICT_AGENCIES:
        for sample in good(6, form=form, agency=sender, sizes=SIZES):
            grammar.assertValid(etree.fromstring(xml_of(sample)))


@pytest.mark.parametrize("revisions", [1, 3])
@pytest.mark.parametrize("suites", [(), ("sm2-sm3", "rsa-sha256")])
def test_a_revised_package_follows_the_schema(revisions, suites):
    (sample,) = good(1, suites=suites, revisions=revisions)
    root = etree.fromstring(sample.body)
    schema("eep-2009.xsd").assertValid(root)
    assert len(list(root.iter(f"{{{NAMESPACE}}}原封装包"))) == revisions


@pytest.mark.parametrize("form", Form)
def test_the_same_seed_gives_the_same_bytes(form):
    again, other = list(good(3, 7, form)), list(good(3, 8, form))
    assert list(good(3, 7, form)) == again
    assert [one.wire() for one in other] != [one.wire() for one in again]


@pytest.mark.parametrize("suite", SUITES)
def test_the_same_signed_sample_has_the_same_bytes(suite):
    signer.cache_clear()
    (first,) = good(1, suites=(suite,))
    signer.cache_clear()
    assert list(good(1, suites=(suite,))) == [first]


def test_no_two_records_share_a_number():
    samples = [*good(300), *good(300, start=300, form=Form.RECORD_ZIP)]
    for number in ("archival_code", "electronic_code", "name"):
        assert len({getattr(one, number) for one in samples}) == len(samples)


def test_every_archival_code_has_the_form_its_agency_uses():
    for sender, number in itertools.product(AGENCIES, range(20)):
        document = official(number, sender=sender)
        code = ArchivalCode.parse(document.archival_code, sender.rules[0].forms)
        assert (code.fonds, code.year, code.retention, code.unit, code.item) == (
            document.fonds,
            document.year,
            document.retention,
            document.unit,
            document.item,
        )


@pytest.mark.parametrize("form", Form)
def test_the_figures_are_those_of_the_files(form):
    (sample,) = good(1, form=form, annexes=2, sizes=SIZES)
    if form is Form.EEP:
        values = etree.fromstring(sample.body).iterfind(".//e:编码数据", EEP)
        bodies = [b64decode(one.text) for one in values]
    elif form is Form.RECORD_PARTS:
        bodies = [part.body for part in sample.parts[1:]]
    else:
        with zipfile.ZipFile(io.BytesIO(sample.body)) as archive:
            bodies = [archive.read(name) for name in archive.namelist()[1:]]
    stated = sample.registration
    assert (stated.items, stated.files, stated.total_bytes) == (
        1,
        len(bodies),
        sum(map(len, bodies)),
    )


def slice_of(xml, name):
    """The raw bytes of the first element called ``name`` that is not inside another."""
    start, end = f"<{name}".encode(), f"</{name}>".encode()
    return xml[xml.index(start) : xml.rindex(end) + len(end)]


def value_of(xml, name):
    return b64decode(re.search(f"<{name}>(.*?)</{name}>".encode(), xml)[1])


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)


def holds(folder, signed, block, suite):
    """Does openssl find the signature in ``block`` to hold over ``signed``?"""
    paths = {name: folder / name for name in ("signed", "value", "certificate", "key")}
    paths["signed"].write_bytes(signed)
    paths["value"].write_bytes(value_of(block, "签名结果"))
    paths["certificate"].write_bytes(value_of(block, "证书"))
    key = openssl("x509", "-inform", "DER", "-in", paths["certificate"], "-noout", "-pubkey")
    paths["key"].write_text(key.stdout)
    if suite == "sm2-sm3":
        options = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
        ran = openssl(
            "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-in", paths["signed"],
            "-sigfile", paths["value"], *options,
        )  # fmt: skip
    else:
        digest = "-sha512" if suite == "rsa-sha512" else "-sha256"
        ran = openssl(
            "dgst", digest, "-verify", paths["key"], "-signature", paths["value"], paths["signed"]
        )
    return ran.returncode == 0


@pytest.mark.parametrize("suite", SUITES)
def test_openssl_agrees_with_signature_and_lock(suite, tmp_path):
    sender = AGENCIES[0]
    xml = package(official(3), (signer(suite, sender.name),), revisions=1)
    signed, block = (
        slice_of(xml, "被签名对象"),
        slice_of(xml[xml.rindex(b"<" + "电子签名>".encode()) :], "电子签名"),
    )
    assert holds(tmp_path, signed, block, suite)
    assert not holds(tmp_path, signed + b" ", block, suite)
    lock = slice_of(xml, "锁定签名")
    assert holds(tmp_path, block, lock, suite)


def test_a_sample_certificate_of_sm2_is_read_and_self_signed(tmp_path):
    path = tmp_path / "certificate.der"
    path.write_bytes(signer("sm2-sm3", "样例单位").certificate)
    shown = openssl("x509", "-inform", "DER", "-in", path, "-noout", "-text").stdout
    assert "SM2-with-SM3" in shown
    pem = tmp_path / "certificate.pem"
    pem.write_text(openssl("x509", "-inform", "DER", "-in", path).stdout)
    verified = openssl("verify", "-vfyopt", "distid:1234567812345678", "-CAfile", pem, pem)
    assert verified.returncode == 0, verified.stderr


def test_real_files_may_take_the_place_of_made_ones(corpus):
    real = {path.read_bytes() for path in corpus.glob("*/*.*")}
    assert {file.body for file in official(4, corpus=corpus).files} <= real


@pytest.fixture
def corpus():
    import os

    folder = Path(os.environ.get("FILING_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "ofd").is_dir() or not (folder / "pdf").is_dir():
        pytest.skip(f"no corpus of real files at {folder} (FILING_CORPUS)")
    return folder
