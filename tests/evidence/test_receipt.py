import base64
import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import receipt, signatures, statement
from filing.evidence.canonical import canonical
from tests.evidence.given import (
    a_digest,
    a_proof,
    a_receipt,
    a_signer,
    a_statement,
    all_signers,
    trusting,
)

GIVEN = a_receipt()
BUILT = receipt.build(GIVEN, [a_signer()])
TRUSTED = trusting(a_signer())


def test_a_receipt_is_canonical_and_reads_back():
    assert canonical(json.loads(BUILT)) == BUILT
    found, _, signed = receipt.read(BUILT)
    assert found == GIVEN
    assert [one.suite for one in signed] == ["ecdsa-p256-sha256"]


def test_a_receipt_shows_every_step_in_order():
    files = {"eep.xml": (a_digest(b"<xml/>"),)}
    found = receipt.verify(BUILT, TRUSTED, files)
    assert [one.text for one in found.proved] == [
        "the receipt is signed by seal-ecdsa-p256-sha256 (ecdsa-p256-sha256)",
        "the seal statement is complete",
        "the statement is sealed by seal-ecdsa-p256-sha256 (ecdsa-p256-sha256)",
        "the checkpoint of 9 leaves is signed by the log archive.example/filing",
        "the statement is leaf 5 of 9 in the log archive.example/filing",
        "the receipt is about the sealed record",
        "file eep.xml is as sealed",
    ]
    assert found.trusted
    assert found.receipt == GIVEN
    assert found.unchecked == ("正文.ofd", "附件/1.pdf")


def test_a_receipt_checked_by_its_own_keys_is_not_called_trusted():
    assert not receipt.verify(BUILT, None).trusted


def test_every_suite_in_force_signs():
    signers = all_signers()
    said = a_statement(signed_by=signatures.named(signers))
    built = receipt.build(a_receipt(said=said, proof=a_proof(signers=signers)), signers)
    assert receipt.verify(built, trusting(signers[2])).trusted
    assert not receipt.verify(built, None).trusted


def test_openssl_alone_can_check_the_signature(tmp_path):
    document = json.loads(BUILT)
    signed = document["signatures"][0]
    start = len(b'{"receipt":')
    (tmp_path / "said").write_bytes(BUILT[start : BUILT.index(b',"signatures":')])
    (tmp_path / "signature").write_bytes(base64.b64decode(signed["signature"]))
    (tmp_path / "c.der").write_bytes(base64.b64decode(signed["certificates"][0]))
    command = (
        "openssl x509 -inform DER -in c.der -noout -pubkey > key.pem && "
        "openssl dgst -sha256 -verify key.pem -signature signature said"
    )
    found = subprocess.run(command, shell=True, check=True, capture_output=True, cwd=tmp_path)
    assert found.stdout == b"Verified OK\n"


@settings(max_examples=150)
@given(st.booleans(), st.integers(0, len(BUILT) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found(known, at, change):
    changed = bytearray(BUILT)
    changed[at] ^= change
    with pytest.raises(NotGenuine):
        receipt.verify(bytes(changed), TRUSTED if known else None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"record_id": "another"}, "record of receipt"),
        ({"submission_id": "another"}, "submission of receipt"),
        ({"agency_id": "another"}, "agency of receipt"),
        ({"package_digest": a_digest(b"another")}, "package digest of receipt"),
        ({"undetermined": ()}, "undetermined checks of receipt"),
    ],
)
def test_a_receipt_about_another_record_is_refused_though_signed(changes, why):
    built = receipt.build(a_receipt(**changes), [a_signer()])
    with pytest.raises(NotGenuine, match=why):
        receipt.verify(built, TRUSTED)


def test_a_receipt_with_a_seal_of_another_record_is_refused_though_signed():
    another = a_proof(statement.write(a_statement(fonds="J002")))
    mixed = replace(GIVEN.proof, seal=another.seal)
    built = receipt.build(replace(GIVEN, proof=mixed), [a_signer()])
    with pytest.raises(NotGenuine, match="statement is sealed by"):
        receipt.verify(built, TRUSTED)


def test_a_receipt_of_another_archive_is_refused():
    with pytest.raises(NotGenuine, match=r"receipt is signed by .* trusted key") as raised:
        receipt.verify(BUILT, trusting(a_signer(name="another")))
    assert raised.value.zh.startswith("未能证明：回执已由")


def test_signatures_cannot_be_taken_away_or_added():
    signers = all_signers()
    said = a_statement(signed_by=signatures.named(signers))
    built = receipt.build(a_receipt(said=said, proof=a_proof(signers=signers)), signers)
    document = json.loads(built)
    for fewer in (document["signatures"][:2], document["signatures"] * 2, []):
        with pytest.raises(NotGenuine, match="do not agree"):
            receipt.verify(canonical(document | {"signatures": fewer}), None)


def test_other_documents_are_refused():
    for content in (b"", b"{}", b"[]", BUILT[:-1], BUILT + b"\n", b'{"receipt":1,"signatures":[]}'):
        with pytest.raises(NotGenuine, match="receipt"):
            receipt.read(content)
    with pytest.raises(NotGenuine, match="more than"):
        receipt.read(bytes(receipt.MAX_BYTES + 1))


def test_a_receipt_without_signer_is_not_built():
    with pytest.raises(ValueError, match="signed"):
        receipt.build(GIVEN, [])
