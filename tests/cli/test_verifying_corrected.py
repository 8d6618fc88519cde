"""``filing verify`` on a corrected record: what changed is shown, nothing can be altered."""

import hashlib
import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from examples.bad import bad
from filing.app.correction import corrections
from filing.cli import Cli, create_cli
from filing.model.correction import Change, ChangeKind
from filing.model.submission import State
from tests.conformance.test_mending import CLERK, Place
from tests.conformance.test_outside_tools import BLOCKS
from tests.crash.yard import a_yard
from tests.ingest.made import a_site


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """(folder with the record's files and its receipt, the receipt's value)."""
    home = tmp_path_factory.mktemp("corrected")
    with a_site(a_yard(home / "home", "").settings) as site:
        place = Place(site, corrections(site))
        one = next(each for each in bad() if each.name == "GD-2-4_empty_title")
        sent = place.send(one)
        (finding,) = place.own.examine(CLERK, sent.submission.id).refusing
        change = Change(ChangeKind.SET, finding.place.xpath, after="关于汛期值守的通知")
        draft = place.own.change(CLERK, sent.submission.id, 0, (change,))
        done = place.own.hand_in(CLERK, sent.submission.id, draft.version, "电话确认")
        assert done.submission.state is State.RECEIPTED
        folder = home / "record"
        for path in site.records.paths(done.submission.record_id):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(site.records.read(done.submission.record_id, path))
        (folder / "receipt.json").write_bytes(done.body)
        for name, pem in site.operations.trusted_keys().items():
            (folder / f"archive-{name}.pem").write_bytes(pem)
    return folder, json.loads(done.body), one


def verify(*words):
    command = create_cli(Cli(settings=None, operations=None, serve=None))
    done = CliRunner().invoke(command, ["--json", "verify", *map(str, words)])
    return done.exit_code, json.loads(done.output)


def test_it_shows_the_original_and_every_change(corrected):
    folder, _, one = corrected
    trust = next(folder.glob("*.pem"))
    package = [folder / "package/eep.xml", folder / "corrected/eep.xml"]
    code, said = verify(folder / "receipt.json", *package, "--trust", trust)
    assert (code, said["trusted"]) == (0, True)
    assert said["package_digest"] == f"sha256:{hashlib.sha256(one.body).hexdigest()}"
    (change,) = said["corrections"]
    assert (change["field"], change["before"]) == ("内容描述/题名", "")
    assert (change["after"], change["reason"]) == ("关于汛期值守的通知", "电话确认")
    assert change["by"] == CLERK.who
    assert not {"eep.xml", "package/eep.xml"} & set(said["unchecked"])
    assert (folder / "package/eep.xml").read_bytes() == one.body


def test_a_person_reads_who_what_and_why(corrected):
    folder, _, _ = corrected
    command = create_cli(Cli(settings=None, operations=None, serve=None))
    said = CliRunner().invoke(command, ["verify", str(folder / "receipt.json")]).output
    for part in ("更正 1 处", "“关于汛期值守的通知”", CLERK.who, "电话确认", "sha256:"):
        assert part in said


def test_the_original_does_not_pass_for_the_corrected_one(corrected, tmp_path):
    folder, _, _ = corrected
    other = tmp_path / "corrected/eep.xml"
    other.parent.mkdir()
    other.write_bytes((folder / "package/eep.xml").read_bytes())
    assert verify(folder / "receipt.json", other)[0] == 1


def test_common_tools_agree(corrected, tmp_path):
    """sha256sum knows the files, openssl the archive's signature over who changed what."""
    folder, found, _ = corrected
    statement = found["receipt"]["statement"]
    wanted = {one["path"]: one["digests"]["sha256"] for one in statement["received"]["files"]}
    wanted |= {one["kept"]: one["digests"]["sha256"] for one in statement["metadata"]}
    lines = "".join(f"{digest}  {path}\n" for path, digest in wanted.items())
    done = subprocess.run(["sha256sum", "-c", "-"], input=lines.encode(), cwd=folder, check=False)
    assert done.returncode == 0
    (seal,) = folder.glob("seal/*.sig")
    public = tmp_path / "public.pem"
    public.write_bytes(
        subprocess.run(
            ["openssl", "x509", "-in", str(seal.with_suffix(".pem")), "-pubkey", "-noout"],
            capture_output=True, check=True,
        ).stdout
    )  # fmt: skip
    signed = (folder / "seal/statement.json").read_bytes()
    assert json.loads(signed) == statement
    for text, code in ((signed, 0), (signed.replace(b"person:", b"person;"), 1)):
        path = tmp_path / "statement.json"
        path.write_bytes(text)
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(seal),
             str(path)],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr


def test_the_commands_of_the_document_hold_for_a_corrected_record(corrected):
    folder, _, _ = corrected
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files/eep.xml").write_bytes((folder / "corrected/eep.xml").read_bytes())
    blocks = [one for one in BLOCKS if not one.startswith("ocfl-root.py")]
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "".join(blocks)],
        cwd=folder, capture_output=True, check=False,
        env={**os.environ, "STORE": str(folder.parent / "home" / "store")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    said = done.stdout.decode()
    assert f"set 内容描述/题名:  → 关于汛期值守的通知 | {CLERK.who}" in said
    assert "package/eep.xml: OK" in said
    assert "report-rejected.json: OK" in said
