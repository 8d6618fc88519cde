"""The commands for agencies and their credentials, on an archive of their own."""

import json

import pytest
from click.testing import CliRunner

from filing.app import Site, initialise
from filing.cli import Cli, create_cli
from filing.config import Settings


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
