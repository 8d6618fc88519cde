from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import proof, signatures, statement
from tests.evidence.given import a_digest, a_proof, a_signer, a_statement, all_signers, trusting

PROOF = a_proof(signers=all_signers())
PACK = proof.build(PROOF)
TRUSTED = trusting(*all_signers())
FILES = {
    "正文.ofd": (a_digest(b"content"), a_digest(b"content", "sm3")),
    "附件/1.pdf": (a_digest(b"annex", "sm3"),),
    "eep.xml": (a_digest(b"<xml/>"),),
}


def test_a_proof_pack_shows_every_step_from_seal_to_file():
    found = proof.verify(PACK, TRUSTED, FILES)
    assert [one.text.split(" ", 2)[:2] for one in found.proved] == [
        ["the", "seal"],
        ["the", "statement"],
        ["the", "checkpoint"],
        ["the", "statement"],
        ["file", "eep.xml"],
        ["file", "正文.ofd"],
        ["file", "附件/1.pdf"],
    ]
    assert all(one.zh for one in found.proved)
    assert found.trusted
    assert found.unchecked == ()
    assert found.statement.archival_code == "J001-WS·2026·D30-0001"


def test_files_not_brought_are_named():
    found = proof.verify(PACK, TRUSTED, {"eep.xml": FILES["eep.xml"]})
    assert found.unchecked == ("正文.ofd", "附件/1.pdf")


@pytest.mark.parametrize("name", ["package.zip", "eep.xml"])
def test_with_the_whole_package_at_hand_nothing_is_left_unchecked(name):
    """What a clerk holds of an EEP is one file, and the components stand in it."""
    found = proof.verify(PACK, TRUSTED, {name: (a_digest(b"package"),)})
    assert found.unchecked == ()
    assert "whole package" in found.proved[-1].text
    assert "正文.ofd" in found.proved[-1].zh


def test_beside_the_whole_package_a_wrong_file_is_still_found():
    brought = {"package.zip": (a_digest(b"package"),), "正文.ofd": (a_digest(b"other"),)}
    with pytest.raises(NotGenuine, match=r"正文\.ofd"):
        proof.verify(PACK, TRUSTED, brought)


def test_without_trusted_keys_it_says_so():
    assert not proof.verify(PACK, None, None).trusted


def test_it_reads_back_the_same():
    assert proof.read(PACK) == PROOF


@pytest.mark.parametrize(
    ("path", "digests", "why"),
    [
        ("正文.ofd", (a_digest(b"other"),), "its sha256 digest is"),
        ("正文.ofd", (a_digest(b"content"), a_digest(b"other", "sm3")), "its sm3 digest is"),
        ("正文.ofd", (a_digest(b"content", "sha512"),), "no digest algorithm in common"),
        ("正文.ofd", (), "no digest algorithm in common"),
        ("另一.ofd", (a_digest(b"content"),), "no such file"),
    ],
)
def test_another_file_is_named(path, digests, why):
    with pytest.raises(NotGenuine, match=f"file {path} is as sealed: {why}") as raised:
        proof.verify(PACK, TRUSTED, FILES | {path: digests})
    assert path in raised.value.zh


def test_a_key_is_found_by_its_certificate_too():
    one = a_signer("sm2-sm3")
    from filing.evidence import certificates

    by_print = {certificates.fingerprint(one.chain[0]): one.public_key}
    assert proof.verify(PACK, by_print, None).trusted


def test_keys_of_somebody_else_prove_nothing():
    strangers = trusting(a_signer(name="another"))
    with pytest.raises(
        NotGenuine, match=r"sealed by .* none of the signatures is by a trusted key"
    ):
        proof.verify(PACK, strangers, None)
    with pytest.raises(NotGenuine, match="none of the signatures"):
        proof.verify(PACK, {}, None)


def test_a_name_we_trust_with_another_key_is_refused():
    signer = a_signer()
    with pytest.raises(NotGenuine, match="is for another key"):
        proof.verify(PACK, {signer.key: a_signer(name="another").public_key}, None)


def refused(changed, why, trusted=TRUSTED):
    with pytest.raises(NotGenuine, match=why):
        proof.verify(proof.build(changed), trusted, None)


def test_every_link_is_needed():
    log = PROOF.log
    another = a_proof(
        statement.write(a_statement(fonds="J002", signed_by=signatures.named(all_signers()))),
        all_signers(),
    )
    refused(replace(PROOF, seal=another.seal), "statement is sealed by .* does not hold")
    refused(replace(PROOF, seal=PROOF.seal[:2]), "not those it names")
    refused(replace(PROOF, seal=()), "not those it names")
    refused(replace(PROOF, log=another.log), "is leaf 5 of 9 .* root differs")
    refused(replace(PROOF, log=replace(log, leaf_index=4)), "is leaf 4 of 9")
    refused(replace(PROOF, log=replace(log, leaf_index=9)), "outside a tree of 9")
    refused(replace(PROOF, log=replace(log, tree_size=10)), "it has 9 leaves")
    refused(replace(PROOF, log=replace(log, origin="other")), "checkpoint is of")
    refused(replace(PROOF, log=replace(log, inclusion=log.inclusion[1:])), "too short")
    refused(replace(PROOF, log=replace(log, inclusion=(*log.inclusion, b"x" * 32))), "too long")


def test_a_signature_without_certificate_needs_a_trusted_key():
    bare = replace(a_signer(), chain=())
    said = statement.write(a_statement(signed_by=signatures.named((bare,))))
    given_ = a_proof(said, (bare,))
    assert proof.verify(proof.build(given_), trusting(bare), None).trusted
    refused(given_, "no key to check", trusted=None)


def test_a_later_checkpoint_key_may_bring_its_certificate():
    later = a_signer(name="later")
    log = replace(a_proof(PROOF.statement, (later,)).log, certificates=later.chain)
    moved = proof.build(replace(PROOF, log=log))
    assert not proof.verify(moved, None, None).trusted
    refused(replace(PROOF, log=replace(log, certificates=())), "not signed by a known key", None)


def test_other_documents_are_refused():
    for content in (b"", b"{}", b"[]", PACK[:-1], PACK + b" ", bytes(proof.MAX_BYTES + 1)):
        with pytest.raises(NotGenuine, match="proof"):
            proof.read(content)


SINGLE = proof.build(a_proof())


@settings(max_examples=150)
@given(st.integers(0, len(SINGLE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found(at, change):
    changed = bytearray(SINGLE)
    changed[at] ^= change
    with pytest.raises(NotGenuine):
        proof.verify(bytes(changed), trusting(a_signer()), None)


def test_signatures_say_who_made_them():
    one = signatures.sign_all([a_signer()], b"message")[0]
    assert one.signed_by == signatures.named([a_signer()])[0]
    assert "sign=" not in repr(a_signer())
