"""Each member of a correction under seal, altered alone: ``filing verify`` refuses."""

import json

import pytest

from tests.cli.test_verifying_corrected import corrected, verify

__all__ = ["corrected"]
OTHER = {"kind": "remove", "at": "2026-01-01T00:00:00.000000Z"}


def _leaves(value, path=()):
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, (*path, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(one, (*path, number))
    else:
        yield path, value


def test_every_member_of_the_statement_is_under_seal(corrected, tmp_path):
    _, found, _ = corrected
    text = json.dumps(found, ensure_ascii=False)
    other = tmp_path / "receipt.json"
    leaves = list(_leaves(found["receipt"]["statement"]))
    assert any(path[0] == "corrections" for path, _ in leaves)
    for path, value in leaves:
        changed = json.loads(text)
        at = changed["receipt"]["statement"]
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = OTHER.get(str(path[-1]), value + 1 if type(value) is int else f"{value}x")
        other.write_text(
            json.dumps(changed, ensure_ascii=False, sort_keys=True, separators=(",", ":")), "utf-8"
        )
        code, said = verify(other)
        assert code == 1, path
        assert said["error"] in ("not-genuine", "bad-request"), (path, said)


@pytest.mark.parametrize("name", ["report-rejected.json", "report.json", "package/eep.xml"])
def test_every_file_under_seal_is_refused_by_name(corrected, tmp_path, name):
    folder, _, _ = corrected
    (kept,) = [
        one for one in folder.rglob(name.rpartition("/")[2]) if one.as_posix().endswith(name)
    ]
    other = tmp_path / kept.relative_to(folder)
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(kept.read_bytes() + b" ")
    code, said = verify(folder / "receipt.json", other)
    assert (code, said["error"]) == (1, "not-genuine")
    assert other.name in said["detail"]
