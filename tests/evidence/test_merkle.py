import base64
import json

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NotGenuine
from filing.evidence import merkle
from tests.evidence.given import vectors

PATHS = ("inclusion", "consistency")


def cases(kind):
    found = sorted((vectors("merkle") / kind).rglob("*.json"))
    assert len(found) > 50
    return [(str(path), json.loads(path.read_text())) for path in found]


def decoded(text):
    return base64.b64decode(text or "")


def holds(verify, *arguments):
    try:
        verify(*arguments)
    except NotGenuine:
        return False
    return True


def test_every_published_inclusion_case_is_judged_as_published():
    answers = set()
    for name, case in cases("inclusion"):
        held = holds(
            merkle.verify_inclusion,
            decoded(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [decoded(one) for one in case["proof"] or ()],
            decoded(case["root"]),
        )
        assert held != case["wantErr"], name
        answers.add(held)
    assert answers == {True, False}


def test_every_published_consistency_case_is_judged_as_published():
    answers = set()
    for name, case in cases("consistency"):
        held = holds(
            merkle.verify_consistency,
            case["size1"],
            case["size2"],
            decoded(case["root1"]),
            decoded(case["root2"]),
            [decoded(one) for one in case["proof"] or ()],
        )
        assert held != case["wantErr"], name
        answers.add(held)
    assert answers == {True, False}


LEAVES = [merkle.leaf_hash(b"%d" % one) for one in range(41)]


def reader(leaves):
    def read(level, index):
        part = leaves[index << level : (index + 1) << level]
        assert len(part) == 1 << level, "only complete subtrees may be asked for"
        return merkle.root(part)

    return read


def test_another_implementation_finds_the_same_roots_and_proofs():
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for count in range(1, 41):
        tree.append_entry(b"%d" % (count - 1))
        assert tree.get_root(count) == merkle.root(LEAVES[:count])
        read = reader(LEAVES[:count])
        theirs = tree.prove_inclusion(1 + count // 2, count) if count > 1 else None
        if theirs is not None:
            # Its path begins with the leaf itself.
            ours = merkle.inclusion_path(count // 2, count, read)
            assert [bytes(one) for one in theirs.path[1:]] == list(ours)


def test_the_empty_tree_has_the_root_of_no_bytes():
    expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([]).hex() == expected


@given(st.integers(1, 40), st.data())
def test_every_leaf_is_proved_and_no_other_stands_in_its_place(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    root = merkle.root(leaves)
    path = merkle.inclusion_path(index, size, reader(leaves))
    merkle.verify_inclusion(leaves[index], index, size, path, root)
    other = data.draw(st.integers(0, size))
    if other != index:
        with pytest.raises(NotGenuine):
            merkle.verify_inclusion(LEAVES[other], index, size, path, root)
        with pytest.raises(NotGenuine):
            merkle.verify_inclusion(leaves[index], other, size, path, root)


@given(st.integers(1, 40), st.data())
def test_growth_is_proved_and_a_rewritten_past_is_not(second, data):
    first = data.draw(st.integers(1, second))
    leaves = LEAVES[:second]
    roots = merkle.root(leaves[:first]), merkle.root(leaves)
    path = merkle.consistency_path(first, second, reader(leaves))
    merkle.verify_consistency(first, second, *roots, path)
    changed = leaves.copy()
    changed[data.draw(st.integers(0, first - 1))] = merkle.leaf_hash(b"another")
    for wrong in (
        (merkle.root(changed[:first]), roots[1]),
        (roots[0], merkle.root(changed)),
    ):
        with pytest.raises(NotGenuine):
            merkle.verify_consistency(first, second, *wrong, path)


@given(st.integers(2, 40), st.data())
def test_a_changed_byte_of_a_path_is_found(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    path = list(merkle.inclusion_path(index, size, reader(leaves)))
    at, byte = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 31))
    path[at] = bytes(one ^ (place == byte) for place, one in enumerate(path[at]))
    with pytest.raises(NotGenuine, match="root differs"):
        merkle.verify_inclusion(leaves[index], index, size, path, merkle.root(leaves))


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (3, 2), (-1, 2)])
def test_no_proof_from_nothing_or_backwards(first, second):
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_path(first, second, reader(LEAVES))
    with pytest.raises(NotGenuine, match="continues"):
        merkle.verify_consistency(first, second, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])


def test_a_leaf_outside_the_tree_is_refused():
    with pytest.raises(ValueError, match="outside"):
        merkle.inclusion_path(3, 3, reader(LEAVES))


def test_a_hash_of_another_length_is_refused():
    with pytest.raises(NotGenuine, match="32 bytes"):
        merkle.verify_inclusion(LEAVES[0], 0, 2, [b"short"], LEAVES[0])


def test_one_tree_needs_no_proof_and_takes_none():
    root = merkle.root(LEAVES[:5])
    assert merkle.consistency_path(5, 5, reader(LEAVES)) == ()
    merkle.verify_consistency(5, 5, root, root, [])
    with pytest.raises(NotGenuine, match="for one tree"):
        merkle.verify_consistency(5, 5, root, root, [LEAVES[0]])
    with pytest.raises(NotGenuine, match="of one size differ"):
        merkle.verify_consistency(5, 5, root, LEAVES[0], [])


@pytest.mark.parametrize(("first", "second"), [(3, 7), (4, 8), (6, 9), (1, 2)])
def test_a_consistency_path_has_one_length(first, second):
    roots = merkle.root(LEAVES[:first]), merkle.root(LEAVES[:second])
    path = merkle.consistency_path(first, second, reader(LEAVES[:second]))
    with pytest.raises(NotGenuine, match="too long"):
        merkle.verify_consistency(first, second, *roots, [*path, LEAVES[0]])
    with pytest.raises(NotGenuine, match=r"too short|empty"):
        merkle.verify_consistency(first, second, *roots, path[:-1])
