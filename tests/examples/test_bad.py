import io
import re
import tomllib
import warnings
import zipfile
from base64 import b64decode
from pathlib import Path

import pytest
from lxml import etree

from examples.bad import CANNOT_FAIL, FAULTS, MARKER, bad, sample
from examples.documents import AGENCIES, STRICT_AGENCIES, agency
from examples.eep import NAMESPACE
from examples.good import RECORD_NAME
from examples.record import NAMESPACE as RECORD
from filing.model.agency import Channel
from filing.model.package import Form

CHECKS = Path(__file__).parents[2] / "schemas" / "checks"
SAMPLES = {one.name: one for one in bad()}
#: Their XML is not XML at all, or declares a document type: an ordinary parser may refuse.
NOT_XML = ("GD-3-1", "ZX-4-6")


def catalogue():
    checks = {}
    for path in sorted(CHECKS.glob("*.toml")):
        for check in tomllib.loads(path.read_text(encoding="utf-8")).get("check", ()):
            checks[check["code"]] = set(check["reasons"])
    return checks


def test_every_code_has_a_bad_sample_or_cannot_fail():
    shown = {fault.code for fault in FAULTS}
    assert not shown & set(CANNOT_FAIL)
    assert shown | set(CANNOT_FAIL) == set(catalogue())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code}_{fault.slug}")
def test_every_fault_gives_a_reason_the_catalogue_knows(fault):
    known = catalogue()
    assert fault.reason in known[fault.code]
    assert set(fault.also) <= set(known)


def test_every_sample_has_a_name_and_a_record_of_its_own():
    assert len(SAMPLES) == len(FAULTS)
    codes = [one.electronic_code for one in SAMPLES.values()]
    assert len(set(codes)) == len(codes)


def test_every_sender_is_a_sample_agency():
    known = {one.id for one in AGENCIES + STRICT_AGENCIES}
    assert {one.agency_id for one in SAMPLES.values()} <= known


def test_the_same_seed_gives_the_same_bad_samples():
    for fault in FAULTS[::7]:
        assert sample(fault) == SAMPLES[f"{fault.code}_{fault.slug}"]


@pytest.mark.parametrize("name", [name for name, one in SAMPLES.items() if one.form is Form.EEP])
def test_an_xml_sample_parses_unless_that_is_its_fault(name):
    one = SAMPLES[name]
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False)
    if one.code == "GD-3-1":
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(one.body, parser)
    elif one.reason == "bad-id" or one.code not in NOT_XML:
        etree.fromstring(one.body, parser)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in SAMPLES.items()
        if one.media_type == "application/zip" and one.code not in ("ZX-3-1", "ZX-4-5")
    ],
)
def test_a_zip_sample_unpacks_unless_that_is_its_fault(name):
    one = SAMPLES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(io.BytesIO(one.body)) as archive:
            if one.reason == "size-lies":
                return
            assert archive.testzip() is None


def files_in(one):
    """(name, stated size, bytes) of every file of a sample, inline or beside its metadata."""
    if one.form is Form.RECORD_ZIP:
        with zipfile.ZipFile(io.BytesIO(one.body)) as archive:
            root = etree.fromstring(archive.read(RECORD_NAME))
            for file in root.iter(f"{{{RECORD}}}文件"):
                name, size = (file.findtext(f"{{{RECORD}}}计算机文件{it}") for it in ("名", "大小"))
                yield name, int(size), archive.read(name)
        return
    xml = one.body
    for code in etree.fromstring(xml).iter(f"{{{NAMESPACE}}}编码"):
        found = {etree.QName(one).localname: one.text or "" for one in code.iter()}
        yield found["计算机文件名"], int(found["计算机文件大小"]), b64decode(found["编码数据"])


@pytest.mark.parametrize("code", ["GD-2-7", "GD-3-3", "GD-3-4", "GD-3-8", "GD-4-2", "ZX-4-8"])
def test_a_fault_in_a_file_leaves_its_stated_size_right(code):
    for one in SAMPLES.values():
        if one.code == code and one.reason != "not-base64":
            for _, stated, body in files_in(one):
                assert stated == len(body)


def test_a_wrong_size_is_wrong_for_one_file_only():
    one = SAMPLES["GD-1-10_size_not_that_of_the_file"]
    wrong = [name for name, stated, body in files_in(one) if stated != len(body)]
    assert wrong == ["正本.ofd"]


def test_the_marker_stands_in_one_file_only():
    one = SAMPLES["GD-4-2_marker_in_an_annex"]
    assert [name for name, _, body in files_in(one) if MARKER in body] == ["附件1.pdf"]


def test_a_repeated_number_comes_with_the_record_that_holds_it():
    held = SAMPLES["GD-1-8_archival_code_already_filed"]
    (before,) = held.before
    assert before.archival_code == held.archival_code
    assert before.electronic_code != held.electronic_code
    held = SAMPLES["GD-1-8_electronic_code_already_filed"]
    (before,) = held.before
    assert before.electronic_code == held.electronic_code
    assert before.archival_code != held.archival_code


def test_the_weak_channel_is_weaker_than_its_agency_allows():
    one = SAMPLES["GD-4-7_plain_http_where_mtls_is_agreed"]
    assert one.channel is Channel.PLAIN
    assert agency(one.agency_id).channel is Channel.MTLS


def test_the_annex_bomb_is_small_until_unpacked():
    one = SAMPLES["ZX-4-2_annex_that_swells_a_thousandfold"]
    with zipfile.ZipFile(io.BytesIO(one.body)) as archive:
        worst = max(archive.infolist(), key=lambda info: info.file_size)
        assert worst.file_size > 200 * worst.compress_size
    assert len(one.body) < 100_000


def test_only_signature_faults_are_signed():
    for one in SAMPLES.values():
        if "<电子签名>".encode() in one.body:
            assert one.code == "GD-1-1" or "lock" in one.name


def test_the_weak_signatures_are_right_in_themselves():
    """A weak algorithm must be refused for its weakness, not because the value is wrong."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    for name, algorithm in (("sha1", hashes.SHA1()), ("md5", hashes.MD5())):
        xml = SAMPLES[f"GD-1-1_signed_with_{name}"].body
        start, end = xml.index("<被签名对象".encode()), xml.index("</被签名对象>".encode())
        signed = xml[start : end + len("</被签名对象>".encode())]
        value = b64decode(re.search("<签名结果>(.*?)<".encode(), xml)[1])
        certificate = b64decode(re.search("<证书>(.*?)<".encode(), xml)[1])
        key = x509.load_der_x509_certificate(certificate).public_key()
        key.verify(value, signed, padding.PKCS1v15(), algorithm)
