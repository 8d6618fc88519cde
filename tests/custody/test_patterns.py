"""What is judged once for a form is what would be judged of each inventory by itself."""

import json
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.custody import patterns
from filing.adapters.custody.patterns import read_inventory
from filing.adapters.ocfl.rules import TYPE

OWN = "urn:uuid:01a201e0-51f5-7950-99b6-4491ab8ba6ea"
NAMES = ("package/eep.xml", "report.json", "seal/statement.json")


def an_inventory(seed: str, created: str = "2026-11-22T06:10:08.644597Z", own: str = OWN) -> bytes:
    digests = sorted((sha256(f"{seed}{name}".encode()).hexdigest(), name) for name in NAMES)
    document = {
        "digestAlgorithm": "sha256",
        "head": "v1",
        "id": own,
        "manifest": {digest: [f"v1/content/{name}"] for digest, name in digests},
        "type": TYPE,
        "versions": {
            "v1": {
                "created": created,
                "message": "accepted",
                "state": {digest: [name] for digest, name in digests},
                "user": {"address": "urn:filing:example", "name": "馆"},
            }
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def same(content: bytes) -> bool:
    found, faults = read_inventory(content, OWN)
    wanted, by_itself = read_inventory(content, "")
    errors = [[one for one in some if one.is_error] for some in (faults, by_itself)]
    stated = [one and (one.id, one.stated) for one in (found, wanted)]
    return errors[0] == errors[1] and stated[0] == stated[1]


def test_inventories_of_one_form_are_judged_once_and_state_their_own():
    patterns._judged.cache_clear()
    for seed in range(50):
        assert same(an_inventory(str(seed)))
    # Digests in another order are another form; three have six orders.
    assert patterns._judged.cache_info().misses <= 6


@given(st.integers(0, 40), st.data())
def test_a_byte_that_differs_is_judged_as_by_itself(seed, data):
    content = bytearray(an_inventory(str(seed)))
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'0a"{}[],:\\vZ')))
    assert same(bytes(content))


def test_what_would_be_taken_for_a_digest_an_id_or_a_time_is_not():
    plain = an_inventory("x")
    digest = plain.partition(b'"manifest":{"')[2][:64]
    other = sha256(b"other").hexdigest().encode()
    for changed in (
        plain.replace(b'["report.json"]', b'["' + other + b'"]'),
        plain.replace(b'"message":"accepted"', b'"message":"' + other + b'"'),
        plain.replace(digest, other, 1),
        plain.replace(b'"head":"v1"', b'"head":"v1","id":""'),
        plain.replace(b'"message"', b'"created":"","message"'),
        an_inventory("x", "2026-13-22T06:10:08Z"),
        an_inventory("x", ""),
        an_inventory("x", own="urn:uuid:another"),
        plain.replace(digest, digest.upper()),
    ):
        assert changed != plain
        assert same(changed)
