import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import checkpoint, suites
from filing.evidence.checkpoint import Checkpoint
from tests.evidence.given import ORIGIN, a_signer, all_signers

HEAD = Checkpoint(ORIGIN, 20852163, bytes(range(32)))
ours = pytest.mark.parametrize("suite", suites.OURS)


def test_the_published_note_gives_its_key_id_and_verifies():
    """The example of C2SP signed-note, with the verifier key its Go test data names."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head, lines = checkpoint.read((text + "\n\u2014 PeterNeumann c74f20a3AAAA\n").encode())
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.body == text.encode()
    assert lines[0].name == "PeterNeumann"
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert checkpoint.read_verifier_key(vkey)[0] == "PeterNeumann"


def test_a_note_is_text_with_a_line_per_suite():
    note = checkpoint.sign(HEAD, all_signers()).decode()
    body, _, signed = note.rpartition("\n\n")
    assert body == f"{ORIGIN}\n20852163\n" + base64.b64encode(HEAD.root).decode()
    assert [one.split(" ")[:2] for one in signed.splitlines()] == [["\u2014", ORIGIN]] * 3


@ours
def test_each_suite_alone_is_enough_for_who_knows_its_key(suite):
    note = checkpoint.sign(HEAD, all_signers())
    assert checkpoint.verify(note, ORIGIN, [a_signer(suite).public_key]) == HEAD
    with pytest.raises(NotGenuine, match="not signed by a known key"):
        checkpoint.verify(note, ORIGIN, [a_signer(suite, "another").public_key])


def test_an_ecdsa_key_id_is_of_the_key_alone():
    key = a_signer().public_key
    assert checkpoint.key_id("a", key) == checkpoint.key_id("b", key)
    other = a_signer("sm2-sm3").public_key
    assert checkpoint.key_id("a", other) != checkpoint.key_id("b", other)


NOTES = {suite: checkpoint.sign(HEAD, [a_signer(suite)]) for suite in suites.OURS}


@given(st.sampled_from(suites.OURS), st.data())
def test_a_changed_byte_is_found(suite, data):
    changed = bytearray(NOTES[suite])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotGenuine):
        checkpoint.verify(bytes(changed), ORIGIN, [a_signer(suite).public_key])


@given(st.sampled_from(suites.OURS), st.data())
def test_a_note_cut_off_is_refused(suite, data):
    cut = NOTES[suite][: data.draw(st.integers(0, len(NOTES[suite]) - 1))]
    with pytest.raises(NotGenuine, match="not a checkpoint"):
        checkpoint.verify(cut, ORIGIN, [a_signer(suite).public_key])


def test_a_known_line_that_does_not_hold_refuses_the_note():
    forged = checkpoint.sign(Checkpoint(ORIGIN, 5, HEAD.root), [a_signer()])
    line = forged.rpartition(b"\n\n")[2]
    keys = [a_signer().public_key, a_signer("ed25519").public_key]
    with pytest.raises(NotGenuine, match="does not hold"):
        checkpoint.verify(NOTES["ed25519"] + line, ORIGIN, keys)
    assert checkpoint.verify(NOTES["ed25519"] + line, ORIGIN, keys[1:]) == HEAD


def test_another_log_is_not_this_log():
    with pytest.raises(NotGenuine, match=r"not of 'other.example'"):
        checkpoint.verify(NOTES["ed25519"], "other.example", [a_signer("ed25519").public_key])


LINE = NOTES["ed25519"].rpartition(b"\n\n")[2]
ROOT = base64.b64encode(HEAD.root)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n\n",
        b"a\n1\n" + ROOT + b"\n\n",
        b"a\n01\n" + ROOT + b"\n\n" + LINE,
        b"a\n-1\n" + ROOT + b"\n\n" + LINE,
        b"a\n+1\n" + ROOT + b"\n\n" + LINE,
        b"a\n\xd9\xa1\n" + ROOT + b"\n\n" + LINE,
        b"a\n1\n" + ROOT[:-4] + b"\n\n" + LINE,
        b"a\n1\n" + ROOT + b"\nextension\n\n" + LINE,
        b"a b\n1\n" + ROOT + b"\n\n" + LINE,
        b"a+b\n1\n" + ROOT + b"\n\n" + LINE,
        b"a\r\n1\r\n" + ROOT + b"\r\n\r\n" + LINE,
        b"a\n1\n" + ROOT + b"\n\n" + LINE * 17,
        b"a\n1\n" + ROOT + b"\n\n" + LINE + b"trailing\n",
        b"a\n1\n" + ROOT + b"\n\n- a " + LINE,
        b"a\n1\n" + ROOT + "\n\n\u2014 a AAAA\n".encode(),
        b"\xff\n1\n" + ROOT + b"\n\n" + LINE,
        bytes(checkpoint.MAX_BYTES + 1),
    ],
)
def test_other_forms_are_refused(note):
    with pytest.raises(NotGenuine, match="checkpoint"):
        checkpoint.read(note)


@ours
def test_a_verifier_key_reads_back_and_a_changed_one_does_not(suite):
    text = checkpoint.verifier_key(ORIGIN, a_signer(suite).public_key)
    assert checkpoint.read_verifier_key(text) == (ORIGIN, a_signer(suite).public_key)
    for changed in (
        text.replace(ORIGIN + "+", ORIGIN + "+0"),
        text[:-9],
        text.replace("+", " "),
        "",
        text + "=",
    ):
        with pytest.raises(NotGenuine, match=r"verifier key|public key"):
            checkpoint.read_verifier_key(changed)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u3000b", "x" * 256])
def test_an_origin_that_cannot_name_a_key_is_refused(origin):
    with pytest.raises(ValueError, match="origin"):
        Checkpoint(origin, 0, HEAD.root)
