"""The commands for agencies and their credentials, on an archive of their own."""

import json
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from filing.app import Site, initialise
from filing.cli import Cli, create_cli
from filing.config import Settings
from filing.ingest.signatures import LOCAL


@pytest.fixture
def run(tmp_path):
    settings = Settings(home=tmp_path)
    initialise(settings)
    site = Site(settings)
    command = create_cli(
        Cli(lambda: settings, lambda settings: site.operations, lambda settings: None)
    )

    def run(*words):
        told = CliRunner().invoke(command, words)
        return told.exit_code, told.stdout

    assert run("agency", "add", "city-office", "市政府办公室", "--fonds", "J001")[0] == 0
    yield run
    site.close()


@pytest.mark.parametrize("odd", ["a b", "City", "市政府", "a/b", "-a", "a-", "", "a" * 65])
def test_an_identifier_that_is_none_is_refused_as_on_the_page(run, odd):
    code, said = run("--json", "agency", "add", "--fonds", "J001", "--", odd, "市政府办公室")
    assert code == 4, said
    refusal = json.loads(said)
    assert "it takes small letters, digits and hyphens within" in refusal["detail"]
    assert "只能用小写字母、数字，中间可用连字符" in refusal["detail_zh"]
    assert len(json.loads(run("--json", "agency", "list")[1])["agencies"]) == 1


def test_what_else_the_page_refuses_is_refused_here(run):
    code, said = run("--json", "agency", "add", "lake", "湖区办事处", "--fonds", "z")
    assert (code, "is no fonds number" in said) == (4, True), said


def test_a_lost_token_is_found_by_its_label_and_revoked(run):
    run("agency", "token", "city-office", "--label", "laptop")
    _, listed = run("--json", "agency", "credentials", "city-office")
    (lost,) = json.loads(listed)["credentials"]
    assert (lost["label"], lost["revoked_at"]) == ("laptop", None)
    code, said = run("agency", "revoke", lost["fingerprint"][:16])
    assert (code, "已吊销" in said) == (0, True)
    _, listed = run("agency", "credentials", "city-office")
    assert "已吊销" in listed
    assert run("agency", "revoke", lost["fingerprint"])[0] == 4


def test_an_agency_that_is_not_there_has_no_list(run):
    assert run("agency", "credentials", "nobody")[0] == 4


def test_a_token_may_have_a_last_day_and_is_told_before_it_ends(run):
    soon = datetime.now(LOCAL).date() + timedelta(days=20)
    run("agency", "token", "city-office", "--label", "for ever")
    run("agency", "token", "city-office", "--label", "pilot", "--last-day", str(soon))
    run("agency", "token", "city-office", "--label", "later", "--last-day", "2999-12-31")
    code, said = run("agency", "ending")
    assert (code, said.count("\n")) == (0, 1)
    assert all(word in said for word in ("city-office", "pilot", f"有效至 in force until {soon}"))
    (one,) = json.loads(run("--json", "agency", "ending")[1])["credentials"]
    assert (one["label"], one["expired"]) == ("pilot", False)
    _, listed = run("agency", "credentials", "city-office")
    assert "in force until 2999-12-31  later" in listed
    assert "有效 in force  for ever" in listed


def test_a_last_day_that_is_past_or_none_makes_no_token(run):
    code, said = run("--json", "agency", "token", "city-office", "--last-day", "2001-01-01")
    assert (code, "2001-01-01 is past" in json.loads(said)["detail"]) == (4, True)
    assert run("agency", "token", "city-office", "--last-day", "tomorrow")[0] == 2
    assert json.loads(run("--json", "agency", "credentials", "city-office")[1])["credentials"] == []
