"""``filing person``: the first accounts, and what the operator may still do later."""

import json

import pytest
from click.testing import CliRunner

from filing.cli import Cli, create_cli
from filing.cli.demo_people import lines, seed_people
from filing.config import Settings
from filing.model.roles import Role
from tests.people.fakes import Everybody
from tests.people.test_signing_in import HERE, OneProvider


@pytest.fixture
def everybody():
    return Everybody(OneProvider())


@pytest.fixture
def run(everybody, tmp_path):
    settings = Settings(home=tmp_path)
    command = create_cli(
        Cli(lambda: settings, lambda one: None, lambda one: None, lambda one: everybody)
    )

    def run(*words, code=0):
        done = CliRunner().invoke(command, ["--json", "person", *words], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    return run


def test_the_first_accounts_are_made_with_their_roles_and_sign_in(run, everybody):
    made = run("add", "Anquan", "--name", "安", "--role", "security-administrator")
    assert (made["login"], made["roles"]) == ("anquan", ["security-administrator"])
    token = everybody.sign_in("anquan", made["password"], HERE).token
    assert everybody.session(token).password_owed
    refused = run("add", "other", "--name", "他", "--role", "auditor", code=4)
    assert refused["error"] == "not-allowed"
    assert run("add", "other", "--name", "他")["roles"] == []


def test_an_agencys_clerk_is_made_with_its_agency(run):
    made = run("add", "clerk", "--name", "员", "--role", "agency-clerk", "--agency", "city-office")
    assert made["agency"] == "city-office"
    assert run("add", "nobody", "--name", "员", "--role", "agency-clerk", code=4)["error"] == (
        "roles-conflict"
    )


def test_an_account_without_a_role_is_told_who_grants_one(everybody, tmp_path):
    settings = Settings(home=tmp_path)
    command = create_cli(
        Cli(lambda: settings, lambda one: None, lambda one: None, lambda one: everybody)
    )
    for role, told in (((), True), (("--role", "auditor"), False)):
        words = ("person", "add", f"login{len(role)}", "--name", "员", *role)
        said = CliRunner().invoke(command, words, catch_exceptions=False).stdout
        assert ("a security administrator grants one" in said) is told


def test_accounts_are_listed_locked_or_not_and_unlocked(run, everybody):
    made = run("add", "clerk", "--name", "员")
    for _ in range(5):
        with pytest.raises(Exception, match="not right"):
            everybody.sign_in("clerk", "wrong", HERE)
    assert [one["locked"] for one in run("list")["people"]] == [True]
    run("unlock", "clerk")
    assert [one["locked"] for one in run("list")["people"]] == [False]
    assert everybody.sign_in("clerk", made["password"], HERE).token


def test_a_reset_gives_a_new_password_and_ends_the_wait(run, everybody):
    made = run("add", "clerk", "--name", "员")
    for _ in range(5):
        with pytest.raises(Exception, match="not right"):
            everybody.sign_in("clerk", "wrong", HERE)
    fresh = run("reset", "clerk")["password"]
    assert fresh != made["password"]
    assert everybody.sign_in("clerk", fresh, HERE).token


def test_an_account_is_disabled_enabled_and_linked(run, everybody):
    run("add", "clerk", "--name", "员")
    assert run("disable", "clerk")["disabled"]
    assert not run("disable", "clerk", "--undo")["disabled"]
    run("link", "clerk", "s-1")
    assert everybody.memory.by_login("clerk").identity == "https://id.example s-1"
    run("link", "clerk")
    assert everybody.memory.by_login("clerk").identity == ""


@pytest.mark.parametrize("command", ["reset", "disable", "unlock", "link"])
def test_a_login_nobody_has_is_said(run, command):
    assert run(command, "nobody", code=4)["error"] == "not-found"


def test_the_demo_has_a_login_for_each_role_and_agency(everybody):
    agencies = {"city-office": "市政府办公室", "county-office": "县政府办公室"}
    made = seed_people(everybody, agencies)
    roles = [role for role, _ in made.values()]
    assert set(roles) == set(Role)
    assert roles.count(Role.AGENCY_CLERK) == 2
    for login, (role, password) in made.items():
        session = everybody.session(everybody.sign_in(login, password, HERE).token)
        assert session.person.roles == {role}
        assert not session.password_owed
        assert any(login in line and password in line for line in lines(made))


def test_the_demo_gives_new_passwords_when_it_is_run_again(everybody):
    first = seed_people(everybody, {"city-office": "市政府办公室"})
    second = seed_people(everybody, {"city-office": "市政府办公室"})
    assert first.keys() == second.keys()
    assert not {password for _, password in first.values()} & {
        password for _, password in second.values()
    }
