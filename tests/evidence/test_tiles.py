import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.evidence import merkle, tiles

LEAVES = [merkle.leaf_hash(b"%d" % one) for one in range(70_000)]


def grown(batches):
    kept, size = {}, 0

    def read(level, index):
        return kept.get((level, index), b"")

    growth = None
    for batch in batches:
        growth = tiles.append(size, read, LEAVES[size : size + batch])
        kept |= growth.tiles
        size = growth.size
    return growth, kept, read


@settings(max_examples=40)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_batches_give_the_root_of_all_leaves_at_once(batches):
    growth, kept, read = grown(batches)
    size = sum(batches)
    assert growth.root == merkle.root(LEAVES[:size]) == tiles.Tree(size, read).root()
    stored = b"".join(kept[0, at] for at in range((size + 255) // 256))
    assert stored == b"".join(LEAVES[:size])


@settings(max_examples=40)
@given(st.integers(1, 1500), st.data())
def test_every_proof_from_tiles_holds(size, data):
    _, _, read = grown([size])
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    tree = tiles.Tree(size, read)
    path = tree.inclusion_proof(index)
    merkle.verify_inclusion(LEAVES[index], index, size, path, tree.root())
    proof = tree.consistency_proof(first)
    older = tiles.Tree(first, read).root()
    assert older == merkle.root(LEAVES[:first])
    merkle.verify_consistency(first, size, older, tree.root(), proof)


def test_the_tree_that_grew_proves_without_reading_again():
    _, kept, read = grown([20_000])
    growth = tiles.append(20_000, read, LEAVES[20_000:20_016])
    kept.clear()
    for index in range(20_000, 20_016):
        path = growth.tree.inclusion_proof(index)
        merkle.verify_inclusion(LEAVES[index], index, 20_016, path, growth.root)


def test_a_tree_of_three_tile_levels_grows_and_proves():
    growth, kept, read = grown([65_530, 10])
    assert growth.root == merkle.root(LEAVES[:65_540])
    assert max(kept)[0] == 2
    tree = tiles.Tree(65_540, read)
    for index in (0, 65_535, 65_536, 65_539):
        path = tree.inclusion_proof(index)
        merkle.verify_inclusion(LEAVES[index], index, 65_540, path, growth.root)


def test_a_few_tiles_are_touched_however_large_the_tree():
    _, kept, _ = grown([65_530])
    asked = []

    def read(level, index):
        asked.append((level, index))
        return kept.get((level, index), b"")

    growth = tiles.append(65_530, read, LEAVES[:3])
    assert list(growth.tiles) == [(0, 255)]
    assert len(set(asked)) <= 2
    asked.clear()
    tiles.Tree(65_533, lambda *at: growth.tiles.get(at) or read(*at)).inclusion_proof(7)
    assert len(set(asked)) <= 4


def test_appending_nothing_changes_nothing():
    growth, _, read = grown([300])
    again = tiles.append(300, read, [])
    assert (again.root, again.tiles, again.size) == (growth.root, {}, 300)
    assert tiles.append(0, read, []).root == merkle.EMPTY_ROOT


def test_a_tile_that_lost_hashes_is_not_built_upon():
    _, kept, read = grown([300])
    kept[0, 1] = kept[0, 1][:-32]
    with pytest.raises(ValueError, match="0/001 does not hold 44"):
        tiles.append(300, read, LEAVES[:1])
    with pytest.raises(ValueError, match="holds too few"):
        tiles.Tree(300, read).inclusion_proof(298)


def test_hashes_beyond_the_size_are_not_seen():
    """A later writer may have filled the tile further."""
    growth, _, read = grown([300, 100])
    assert tiles.Tree(300, read).root() == merkle.root(LEAVES[:300])
    assert growth.size == 400


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        ((0, 0, 256), "0/000"),
        ((0, 67, 256), "0/067"),
        ((0, 1_234_067, 256), "0/x001/x234/067"),
        ((1, 273, 112), "1/273.p/112"),
        ((0, 1000, 1), "0/x001/000.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(tile, path):
    """C2SP tlog-tiles, "Merkle Tree"."""
    assert tiles.tile_path(*tile) == path
    assert tiles.parse_path(path) == tile


@given(st.integers(0, 7), st.integers(0, 10**15), st.integers(1, 256))
def test_paths_read_back(level, index, width):
    assert tiles.parse_path(tiles.tile_path(level, index, width)) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/1",
        "0/x000/001",
        "0/001.p/256",
        "0/001.p/0",
        "0/001.p/300",
        "8/000",
        "00/000",
        "0/../000",
        "0/000\n",
        "0/\u0660\u0660\u0660",
    ],
)
def test_other_paths_are_refused(path):
    with pytest.raises(ValueError, match="not the path"):
        tiles.parse_path(path)
