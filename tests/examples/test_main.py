import json

from examples.__main__ import main


def test_everything_is_written_with_an_index(tmp_path):
    main(tmp_path, 1)
    index = json.loads((tmp_path / "samples.json").read_text(encoding="utf-8"))
    assert all((tmp_path / one["file"]).is_file() for one in index)
    assert all((tmp_path / name).is_file() for one in index for name in one["before"])
    assert {one["file"].split("/")[0] for one in index} == {"good", "bad"}
    assert all(bool(one["codes"]) is one["file"].startswith("bad/") for one in index)
    senders = {one["id"] for one in json.loads((tmp_path / "agencies.json").read_bytes())}
    assert {one["agency"] for one in index} <= senders
