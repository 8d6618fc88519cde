"""Who touched a record: every entry proven, and a log that was rewritten proves nothing."""

import json

import pytest
from click.testing import CliRunner

from filing.app.custody_pages import open_shown
from filing.cli import Cli, create_cli
from tests.custody.holding import a_holding
from tests.custody.test_planted import removed, rewritten


def told(holding, record_id: str) -> tuple[int, dict]:
    """What ``filing audit history`` says, as an operator types it."""
    opened = []

    def shown(settings):
        opened.append(open_shown(settings))
        return opened[0]

    site = holding.site
    command = create_cli(
        Cli(lambda: site.settings, lambda given: site.operations, lambda given: None, shown=shown)
    )
    done = CliRunner().invoke(command, ["--json", "audit", "history", record_id])
    opened[0].shelves._database.close()
    return done.exit_code, json.loads(done.stdout)


def test_each_entry_about_a_record_is_proven(tmp_path, database_url):
    with a_holding(tmp_path / "home", database_url, count=2) as holding:
        code, said = told(holding, holding.ids[0])
        assert (code, said["answer"]) == (0, "intact")
        assert [one["kind"] for one in said["entries"]] == ["record-logged"]
        assert told(holding, "nobody")[0] == 4


@pytest.mark.parametrize("how", ["rewritten", "cut"])
def test_a_log_that_was_rewritten_and_signed_again_proves_nothing(tmp_path, how):
    with a_holding(tmp_path / "home", count=4) as holding:
        if how == "cut":
            removed(holding, holding.file_some(1, 90)[0])
        else:
            rewritten(holding)
        code, said = told(holding, holding.ids[-1])
        assert (code, said["answer"]) == (1, "damaged")
