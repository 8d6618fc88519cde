import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.api.log import tile_place
from filing.errors import NotFound
from tests.api.site import a_site

HERE = "/api/v1/log"


def written(index):
    """An index as C2SP tlog-tiles writes it."""
    text = f"{index:03d}"
    text = text.zfill(-(-len(text) // 3) * 3)
    groups = [text[i : i + 3] for i in range(0, len(text), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def test_the_example_of_the_specification_is_read():
    assert tile_place("0", "x001/x234/067") == (0, 1234067, 256)
    assert tile_place("1", "x001/x234/067.p/8") == (1, 1234067, 8)


@given(st.integers(0, 63), st.integers(0, 10**17), st.integers(1, 255))
def test_every_tile_has_one_name(level, index, width):
    assert tile_place(str(level), written(index)) == (level, index, 256)
    assert tile_place(str(level), f"{written(index)}.p/{width}") == (level, index, width)


@pytest.mark.parametrize(
    ("level", "path"),
    [("0", "0"), ("0", "00"), ("0", "x000/001"), ("0", "001/002"), ("0", "x001"), ("64", "000"),
     ("00", "000"), ("-1", "000"), ("0", "000.p/0"), ("0", "000.p/256"), ("0", "000.p/01"),
     ("0", "000.p/"), ("0", "٠٠٠"), ("0", "x001/x002/x003/x004/x005/x006/x007/008")],
)  # fmt: skip
def test_a_path_written_otherwise_names_no_tile(level, path):
    with pytest.raises(NotFound):
        tile_place(level, path)


def test_anyone_reads_the_log():
    client = a_site()
    checkpoint = client.get(f"{HERE}/checkpoint")
    tile = client.get(f"{HERE}/tile/0/000.p/5")
    assert checkpoint.content_type.startswith("text/plain")
    assert checkpoint.data.startswith(b"archive.example/log\n7\n")
    assert (tile.status_code, len(tile.data)) == (200, 160)
    assert "immutable" in tile.headers["Cache-Control"]
    assert client.get(f"{HERE}/tile/0/001").status_code == 404
    assert client.get(f"{HERE}/consistency?from=3&to=7").get_json()["second"] == 7


def test_anyone_reads_which_keys_sign_the_log():
    answer = a_site().get(f"{HERE}/keys")
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    assert answer.data == b"archive.example/log+01020304+AQ==\n"


@pytest.mark.parametrize(
    "query", ["", "from=1", "from=0&to=3", "from=1&to=x", "from=7&to=3", "from=-1&to=2"]
)
def test_a_consistency_proof_asked_for_wrongly_is_refused(query):
    assert a_site().get(f"{HERE}/consistency?{query}").status_code == 400
