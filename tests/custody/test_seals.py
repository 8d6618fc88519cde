"""Signatures looked at again: none is believed unseen, and none is computed twice for one proof."""

from base64 import b64encode
from dataclasses import replace

import pytest

from filing.adapters.custody.looking import Place, look
from filing.adapters.custody.opening import Opening
from filing.adapters.custody.reading import Quick
from filing.adapters.custody.structure import judge_structure
from filing.adapters.custody.walking import walk
from filing.custody.judging import judge
from filing.evidence import suites
from filing.model.identifiers import object_id
from tests.custody.holding import a_holding

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


def looked(holding, opened=None):
    place = Place(str(holding.site.settings.store), holding.parts.trust())
    return look(place, holding.parts.tables.of(holding.ids[:1])[0], Quick(), opened)


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
