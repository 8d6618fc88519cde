"""Corrected records with any one thing altered: ``filing verify`` refuses and names it.

An EEP with a value changed, one with content replaced, a ZIP with a file replaced and one
with a file added, each as the archive keeps it.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from examples.bad import FAULTS, sample
from filing.app import Site, initialise
from filing.app.correction import corrections
from filing.cli import Cli, create_cli
from filing.config import Settings
from filing.model.submission import State
from tests.cli.test_verifying_corrected import verify
from tests.conformance.test_mending import CLERK, SENDERS, Place
from tests.conformance.twins import mending, twin
from tests.ingest.made import a_site

#: Samples by what was corrected of them.
SAMPLES = {
    "value": "GD-2-4_empty_title",
    "content": "GD-2-7_content_does_not_decode",
    "file replaced": "GD-1-14_digest_of_other_bytes",
    "file replaced, values with it": "ZX-4-8_pdf_with_javascript",
    "file added": "GD-1-11_annex_not_in_the_zip",
}
WHY = "电话确认，附件已补"
#: What a member of the statement becomes where more text would make it unreadable.
OTHER = {"kind": "remove", "at": "2026-01-01T00:00:00.000000Z"}


@dataclass
class Kept:
    """A corrected record: its object's files below ``folder``, and its receipt."""

    folder: Path
    receipt: dict

    @property
    def statement(self):
        return self.receipt["receipt"]["statement"]

    def files(self):
        """What stands in the object beside the seal, by its path there."""
        every = (one for one in self.folder.rglob("*") if one.is_file())
        return {
            path: one
            for one in every
            if not (path := one.relative_to(self.folder).as_posix()).startswith("seal/")
        }


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Every sample corrected and filed, by what was corrected of it."""
    home = tmp_path_factory.mktemp("tampered")
    faults = {f"{one.code}_{one.slug}": one for one in FAULTS}
    settings = Settings(home=home / "home", free_bytes=1 << 20)
    found = {}
    initialise(settings)
    new = Site(settings)
    for one in SENDERS.values():
        new.operations.add_agency(one)
    new.close()
    with a_site(settings) as site:
        place = Place(site, corrections(site))
        for number, (what, name) in enumerate(SAMPLES.items()):
            one = sample(faults[name])
            sent = place.send(one).submission
            draft = place.mend(sent.id, mending(one, twin(faults[name], one.form)))
            done = place.own.hand_in(CLERK, sent.id, draft.version, WHY)
            assert done.submission.state is State.RECEIPTED, done.body.decode()
            folder = home / f"record-{number}"
            for path in site.records.paths(done.submission.record_id):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(site.records.read(done.submission.record_id, path))
            found[what] = Kept(folder, json.loads(done.body))
    return found


@pytest.fixture(params=SAMPLES)
def one(request, kept):
    return kept[request.param]


def written(folder, receipt):
    path = folder / "receipt.json"
    text = json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(text, encoding="utf-8")
    return path


def refused(receipt, *files):
    """What is said against it, for machines and for people."""
    code, said = verify(receipt, *files)
    assert (code, said["error"]) == (1, "not-genuine"), said
    command = create_cli(Cli(settings=None, operations=None, serve=None))
    told = CliRunner().invoke(command, ["verify", str(receipt), *map(str, files)])
    assert told.exit_code == 1
    assert said["detail"] in told.output
    return said["detail"]


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*path, name))
    else:
        yield path, value


def with_another(receipt, path, value):
    """The receipt with one member another."""
    changed = json.loads(json.dumps(receipt, ensure_ascii=False))
    at = changed
    for step in path[:-1]:
        at = at[step]
    other = value + 1 if type(value) is int else f"{value or ''}x"
    at[path[-1]] = OTHER.get(str(path[-1]), other)
    return changed


def test_it_shows_the_original_who_what_and_why(one, tmp_path):
    path, said = written(tmp_path, one.receipt), one.statement
    code, shown = verify(path)
    assert code == 0
    assert shown["package_digest"] == said["package"]["digest"]
    assert shown["corrections"] == said["corrections"] != []
    command = create_cli(Cli(settings=None, operations=None, serve=None))
    told = CliRunner().invoke(command, ["verify", str(path)]).output
    assert said["package"]["digest"] in told
    assert f"更正 {len(said['corrections'])} 处" in told
    for change in said["corrections"]:
        assert (change["by"], change["reason"]) == (CLERK.who, WHY)
        for part in (change["kind"], change["member"] or change["xpath"], CLERK.who, WHY):
            assert part in told
        for file in (change["old"], change["new"]):
            if file:
                assert file["name"] in told
                assert file["digests"]["sha256"] in told


def test_as_it_is_kept_all_of_it_holds(one, tmp_path):
    code, said = verify(written(tmp_path, one.receipt), one.folder)
    assert code == 0
    # Content inside an EEP has no file of its own; nothing else is left to believe.
    inline = {each["path"] for each in one.statement["components"] if "inline" in each}
    assert set(said["unchecked"]) == inline
    assert {Path(each).parent.name for each in said["unknown"]} <= {"seal"}


def test_every_member_of_the_correction_is_under_seal(one, tmp_path):
    found = [
        (("receipt", "statement", *path), value)
        for path, value in leaves(one.statement)
        if path[0] in ("corrections", "received", "package", "report", "rule_set")
    ]
    assert {str(path[-1]) for path, _ in found} >= {"by", "reason", "at", "kind", "bytes", "digest"}
    for path, value in found:
        detail = refused(written(tmp_path, with_another(one.receipt, path, value)))
        assert "receipt" in detail or "statement" in detail, path


def test_every_member_of_the_receipt_beside_the_statement_is_signed(one, tmp_path):
    found = [
        (path, value) for path, value in leaves(one.receipt) if path[:2] != ("receipt", "statement")
    ]
    assert {path[1] for path, _ in found} >= {"id", "seal", "log", "delivery_key", "issued_at"}
    for path, value in found:
        detail = refused(written(tmp_path, with_another(one.receipt, path, value)))
        assert "receipt" in detail, path


def test_every_file_of_the_object_is_refused_by_its_name(one, tmp_path):
    files, path = one.files(), written(tmp_path, one.receipt)
    wanted = {"report.json", "report-rejected.json"}
    wanted |= {each["path"] for each in one.statement["received"]["files"]}
    wanted |= {each["kept"] for each in one.statement["metadata"] if "kept" in each}
    wanted |= {each["kept"] for each in one.statement["components"] if "kept" in each}
    assert set(files) == wanted
    for name, file in files.items():
        for number, body in enumerate((file.read_bytes() + b" ", file.read_bytes()[:-1], b"")):
            other = tmp_path / f"other-{number}" / name
            other.parent.mkdir(parents=True, exist_ok=True)
            other.write_bytes(body)
            assert name.rpartition("/")[2] in refused(path, other)
        assert verify(path, file)[0] == 0


def test_an_altered_file_is_found_in_the_whole_object(one, tmp_path):
    path = written(tmp_path, one.receipt)
    for name in one.files():
        folder = tmp_path / "object"
        shutil.copytree(one.folder, folder)
        (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
        assert name.rpartition("/")[2] in refused(path, folder)
        shutil.rmtree(folder)


def test_no_file_takes_the_place_of_another(kept, tmp_path):
    """The delivery for what was made of it, the old file for the new, a report for the other."""
    for one in kept.values():
        files, path = one.files(), written(tmp_path, one.receipt)
        pairs = [(name, name.replace("package/", "corrected/", 1)) for name in files]
        pairs.append(("report.json", "report-rejected.json"))
        for name, other in pairs:
            if other == name or other not in files:
                continue
            target = tmp_path / "swapped" / other
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[name].read_bytes())
            code, said = verify(path, target)
            if other.startswith("corrected/"):
                assert (code, said["error"]) == (1, "not-genuine")
                assert other.rpartition("/")[2] in said["detail"]
            else:  # it is known by its bytes for what it is
                assert any("report.json is as sealed" in each["en"] for each in said["proved"])


def test_the_corrections_of_two_records_cannot_be_swapped(kept, tmp_path):
    value, content = kept["value"], kept["content"]
    for one, other in ((value, content), (content, value)):
        for name in ("corrections", "received"):
            changed = json.loads(json.dumps(one.receipt))
            changed["receipt"]["statement"][name] = other.statement[name]
            assert "receipt" in refused(written(tmp_path, changed))
        changed = json.loads(json.dumps(one.receipt))
        changed["receipt"]["statement"] = other.statement
        assert "receipt" in refused(written(tmp_path, changed))
        changed["receipt"]["seal"] = other.receipt["receipt"]["seal"]
        assert "receipt" in refused(written(tmp_path, changed))
        path = written(tmp_path, one.receipt)
        for name in ("corrected/eep.xml", "package/eep.xml", "report-rejected.json"):
            assert name.rpartition("/")[2] in refused(path, other.files()[name])
