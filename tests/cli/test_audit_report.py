"""``filing audit report``, as an operator types it."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from filing.app.custody_pages import open_reports
from filing.cli import Cli, create_cli
from tests.custody.holding import a_holding


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """An audited archive: the command line on it, and the audit's id."""
    with a_holding(tmp_path_factory.mktemp("archive") / "home", count=2) as holding:
        reports = open_reports(holding.site.settings)
        command = create_cli(
            Cli(
                lambda: holding.site.settings,
                lambda settings: holding.site.operations,
                lambda settings: None,
                reports=lambda settings: reports,
            )
        )
        yield command, holding.audit().id
        reports.reporting.showing.shelves._database.close()


def test_a_report_is_a_folder_that_verifies(archive, tmp_path):
    command, audit = archive
    folder = tmp_path / "report"
    words = ["--json", "audit", "report", audit, "--format", "csv", "--format", "json"]
    done = CliRunner().invoke(command, [*words, "--output", str(folder)])
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.output)["files"]) == {one.name for one in folder.iterdir()}
    assert not (folder / f"audit-{audit}.pdf").exists()
    checked = subprocess.run(
        ["bash", "-euo", "pipefail", "VERIFY.txt"], cwd=folder, capture_output=True, timeout=60
    )
    assert checked.returncode == 0, checked.stderr


def test_a_folder_that_is_there_is_left_alone(archive, tmp_path):
    command, audit = archive
    (tmp_path / "mine").write_text("mine")
    words = ["audit", "report", audit, "--format", "json", "--output", str(tmp_path)]
    assert CliRunner().invoke(command, words).exit_code == 4
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_what_cannot_be_written_or_is_not_there_leaves_nothing(archive, tmp_path):
    command, audit = archive
    for asked, folder, code in (
        ("none", tmp_path / "a", 4),
        (audit, tmp_path / "no" / "a", 3),
    ):
        words = ["audit", "report", asked, "--format", "json", "--output", str(folder)]
        assert CliRunner().invoke(command, words).exit_code == code
    assert list(tmp_path.iterdir()) == []
