"""Signatures looked at again: none is believed unseen, and none is computed twice for one proof."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from filing.adapters.custody.further import check_further
from filing.adapters.custody.looking import Place, look
from filing.adapters.custody.opening import Opening
from filing.adapters.custody.reading import Fresh, Quick
from filing.adapters.custody.structure import judge_structure
from filing.adapters.custody.walking import walk
from filing.custody.judging import STATEMENT, judge, sealed_places
from filing.evidence import suites
from filing.evidence.hashing import sm3
from filing.model.identifiers import object_id
from tests.custody.holding import NEVER, a_holding

SIGNATURE = "v1/content/seal/archive-ecdsa-p256-sha256.sig"


@pytest.fixture(scope="module")
def holding(tmp_path_factory):
    with a_holding(tmp_path_factory.mktemp("held") / "home", count=2) as one:
        yield one


@pytest.fixture
def computed(monkeypatch):
    """The statements and receipts over which a signature was computed."""
    messages, verify = [], suites.verify

    def told(suite, key, signature, message):
        if message.startswith(b"{"):  # the others are certificates, each read once
            messages.append(message)
        verify(suite, key, signature, message)

    monkeypatch.setattr(suites, "verify", told)
    return messages


def looked(holding, opener=None):
    place = Place(f"{holding.site.settings.store}/", holding.parts.trust(), opener, NEVER)
    return look(place, holding.parts.tables.of(holding.ids[:1])[0], Quick())[0]


def test_what_the_receipt_attests_is_computed_once(holding, computed):
    assert looked(holding).faults == ()
    (said,) = computed
    assert said.startswith(b'{"agency":')  # the receipt's; the statement begins otherwise


def test_a_record_that_is_opened_has_every_signature_computed(holding, computed):
    assert looked(holding, Opening()).faults == ()
    assert len(computed) == 2


def judged(holding, signature, receipt=None, each=False):
    """The codes for a record with another signature that its inventory bears out."""
    one = holding.parts.tables.of(holding.ids[:1])[0]
    walked = walk(str(holding.folder(one.record_id)), Quick())
    told = judge_structure(walked, object_id(one.record_id))
    seen = walked.files[SIGNATURE]
    files = {**walked.files, SIGNATURE: seen._replace(content=signature(seen.content))}
    one = replace(one, receipt=receipt(one.receipt)) if receipt else one
    trust = holding.parts.trust()
    faults = judge(one, replace(walked, files=files), told.stated, told.accounted, trust, each)
    return {fault.code for fault in faults}


@pytest.mark.parametrize("each", [False, True])
def test_a_seal_that_is_not_the_receipts_is_computed_and_found(holding, computed, each):
    assert judged(holding, lambda one: one[:-1] + bytes([one[-1] ^ 1]), each=each) == {"CX-1-2"}
    assert len(computed) == 2


def test_a_receipt_that_does_not_hold_attests_nothing(holding, computed):
    """The receipt says of a false seal that it is the seal; but it was changed to say so."""

    def false(one: bytes) -> bytes:
        return one[:-1] + bytes([one[-1] ^ 1])

    right = holding.file(holding.ids[0], "archive-ecdsa-p256-sha256.sig").read_bytes()
    bent = lambda body: body.replace(b64encode(right), b64encode(false(right)))  # noqa: E731
    assert judged(holding, false, bent) == {"CX-1-2", "CX-1-8"}
    assert len(computed) == 2


def test_without_a_receipt_the_seal_is_computed(holding, computed):
    assert judged(holding, lambda one: one, lambda body: None) == {"CX-2-15"}
    assert len(computed) == 1


@pytest.mark.parametrize("size_bytes", [0, 5, 600_000])
@pytest.mark.parametrize("reader", [Quick, Fresh])
def test_a_file_has_the_sm3_that_others_compute(tmp_path, reader, size_bytes):
    path = tmp_path / "content"
    path.write_bytes(b"7" * size_bytes)
    count, digest, _ = reader().digest(str(path), 0, "sm3")
    assert (count, digest) == (size_bytes, sm3(b"7" * size_bytes).hex())


def test_sm3_digests_of_the_seal_are_computed_too(tmp_path):
    """Each file's in turn is another than the seal states, SHA-256 being right."""
    with a_holding(tmp_path / "home", count=2, suite="both") as national:
        one = national.parts.tables.of(national.ids[:1])[0]
        folder = str(national.folder(one.record_id))
        walked = walk(folder, Quick())
        stated = judge_structure(walked, object_id(one.record_id)).stated
        assert looked(national).faults == ()
        text = walked.files[stated.logical[STATEMENT]].content
        placed = [place for place, _, _ in sealed_places(json.loads(text))]
        assert placed
        for logical in placed:
            place = stated.logical[logical]
            for content in (b"other", None):  # kept, or read again from a file that is another
                seen = walked.files[place]._replace(content=content)
                files = replace(walked, files={**walked.files, place: seen})
                (fault,) = check_further(files, stated, folder, Other())
                assert (fault.code, fault.place) == ("CX-1-4", place)
                assert fault.expected.startswith("sm3:")


class Other(Quick):
    """Reads another file, whatever it is asked for."""

    def digest(self, path, keep=0, algorithm="sha256"):
        return super().digest(__file__, keep, algorithm)
