"""Records of every form are opened again, and what no longer holds is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from examples.good import good
from examples.signing import SUITES
from filing.adapters.custody import opening
from filing.adapters.custody.looking import Place, look
from filing.adapters.custody.opening import Opening
from filing.adapters.custody.reading import Quick
from filing.adapters.packages.eep import EepReader
from filing.adapters.packages.reader import Parcel
from filing.custody.agency_signatures import broken
from filing.evidence.hashing import digest_bytes
from filing.model.custody import Answer, Scope
from filing.model.finding import Outcome
from filing.model.finding import Place as At
from filing.model.inspection import Inspection
from filing.model.limits import Limits
from filing.model.package import Content, Form, PackageSignature
from tests.crash.yard import SENDER
from tests.custody.holding import NEVER, Holding, a_holding
from tests.ingest.made import judged

FORMS = (Form.EEP, Form.EEP_ZIP, Form.RECORD_ZIP)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Records of three forms, the first two signed by their agency."""
    with a_holding(tmp_path_factory.mktemp("opened") / "home", count=2) as holding:
        ready = []
        for at, form in enumerate(FORMS):
            suites = () if form is Form.RECORD_ZIP else tuple(SUITES)[:1]
            (sample,) = good(1, form=form, agency=SENDER, start=200 + at, suites=suites)
            ready.append(holding.site.ceremony.prepare(judged(holding.site, sample)))
        holding.site.ceremony.commit(ready)
        holding.ids += [one.record.id for one in ready]
        yield holding


def looked(holding: Holding, record_id: str):
    place = Place(f"{holding.site.settings.store}/", holding.parts.trust(), Opening(), NEVER)
    return look(place, holding.parts.tables.of([record_id])[0], Quick())[0]


def test_records_of_every_form_are_in_order_when_opened(opened):
    audit = opened.audit(Scope())
    assert (audit.answer, audit.looked) == (Answer.INTACT, 5), opened.open()


def test_content_that_no_longer_opens_is_said_of_its_format(opened, monkeypatch):
    monkeypatch.setattr(
        opening, "inspect", lambda content: Inspection(None, Outcome.FAILED, "no such format")
    )
    found = looked(opened, opened.ids[-1])
    assert {one.code for one in found.faults} == {"CX-3-3"}


def test_metadata_that_no_reader_reads_is_said(opened, monkeypatch):
    monkeypatch.setattr(opening, "READERS", ())
    assert [one.code for one in looked(opened, opened.ids[0]).faults] == ["CX-3-1"]


def test_rules_that_became_stricter_are_not_asked(opened, monkeypatch):
    other = replace(opening._rules(), digest="sha256:other")
    monkeypatch.setattr(opening, "_rules", lambda: other)
    assert looked(opened, opened.ids[2]).faults == ()


def test_an_agencys_signature_that_does_not_hold_is_said(opened, monkeypatch):
    monkeypatch.setattr(
        opening, "broken", lambda signatures, document: iter([signatures[0].identifier])
    )
    assert [one.code for one in looked(opened, opened.ids[2]).faults] == ["CX-1-20"]


def test_an_agencys_signature_over_other_bytes_is_broken(opened):
    holding, record_id = opened, opened.ids[2]
    path = holding.file(record_id, "eep.xml")
    body = path.read_bytes()
    content = Content("eep.xml", len(body), digest_bytes(body), body)
    parcel = Parcel(Form.EEP, digest_bytes(body)[0], len(body), content)
    read = EepReader().read(parcel, Limits(), opening._Aside())
    assert read.signatures
    assert list(broken(read.signatures, content)) == []
    start = read.signatures[0].region[0]
    hurt = body[: start + 30] + bytes([body[start + 30] ^ 1]) + body[start + 31 :]
    assert list(broken(read.signatures, replace(content, body=hurt))) != []


@pytest.mark.parametrize("most, folders", [(1 << 20, 0), (64, 1)])
def test_content_is_put_aside_only_where_it_is_large_and_nothing_is_left(
    opened, monkeypatch, tmp_path, most, folders
):
    made, place = [], opening.tempfile.TemporaryDirectory
    monkeypatch.setattr(opening, "_IN_MEMORY", most)
    monkeypatch.setattr(
        opening.tempfile,
        "TemporaryDirectory",
        lambda prefix: made.append(prefix) or place(prefix=prefix, dir=tmp_path),
    )
    assert looked(opened, opened.ids[0]).faults == ()
    assert len(made) == folders
    assert list(tmp_path.iterdir()) == []


def test_a_digest_shorter_than_the_curve_is_not_called_broken():
    """As it was accepted (FIPS 186-5, section 6.1.1), so it is looked at again."""
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "office")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    body, region = b"<p>signed</p>", (3, 9)
    value = key.sign(body[slice(*region)], ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(value)
    plain = r.to_bytes(48, "big") + s.to_bytes(48, "big")
    document = Content("eep.xml", len(body), digest_bytes(body), body)
    one = PackageSignature(
        "1", False, "", "", "", "", value, (certificate,), "1.2.840.10045.4.3.2", region, At()
    )
    assert list(broken((one, replace(one, value=plain)), document)) == []
    hurt = replace(document, body=body.replace(b"signed", b"singed"))
    assert list(broken((one,), hurt)) == ["1"]
