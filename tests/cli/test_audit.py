"""``filing audit`` and ``filing findings``, as an operator types them."""

import json
import re

import pytest
from click.testing import CliRunner

from filing.app.copies import CopyParts
from filing.cli import Cli, create_cli
from filing.errors import WrongState
from filing.model.custody import Scope
from tests.custody.holding import a_holding, flip


@pytest.fixture
def holding(tmp_path):
    with a_holding(tmp_path / "home", count=4) as one:
        yield one


def run(holding, *words: str):
    settings = holding.site.settings
    command = create_cli(
        Cli(
            lambda: settings,
            lambda given: holding.site.operations,
            lambda given: None,
            custody=lambda given: holding.parts.keeping,
            copies=lambda given: CopyParts(holding.site, holding.parts).keeping,
        )
    )
    return CliRunner().invoke(command, words)


def test_an_intact_holding_ends_with_0(holding):
    done = run(holding, "audit", "--all")
    assert done.exit_code == 0, done.output
    assert "完好 intact" in done.output
    assert run(holding, "findings", "list").output == "没有 none\n"


def test_damage_ends_with_1_and_is_listed_shown_and_left_by_two_alone(holding):
    flip(holding.file(holding.ids[0], "eep.xml"), 999)
    done = run(holding, "--json", "audit", "--record", holding.ids[0])
    assert done.exit_code == 1
    said = json.loads(done.output)
    assert (said["answer"], said["looked"], said["items"]["CQ-2-5"]) == ("damaged", 1, "damaged")
    assert said["items"]["CQ-1-3"] == "not-looked-at"
    (finding,) = said["findings"]
    assert finding["id"] in run(holding, "findings", "list").output
    assert "E092" in run(holding, "findings", "show", finding["id"]).output
    accept = ("--json", "findings", "accept", finding["id"], "--reason")
    assert run(holding, *accept, " ").exit_code == 4
    asked = run(holding, *accept, "known")
    assert (asked.exit_code, json.loads(asked.output)["state"]) == (0, "asked")
    # One person alone leaves no damage as it is.
    assert finding["id"] in run(holding, "findings", "list").output
    with pytest.raises(WrongState):
        holding.parts.keeping.accept(None, finding["id"], "known")


def test_a_sample_says_its_seed_and_draws_it_again(holding):
    first = json.loads(run(holding, "--json", "audit", "--sample", "2").output)
    again = run(holding, "--json", "audit", "--sample", "2", "--seed", first["seed"])
    assert json.loads(again.output)["looked"] == 2
    assert 0.8 < first["excluded_share"] < 0.95


def test_a_sample_of_every_record_says_so_and_a_share_is_never_made_smaller(holding):
    told = run(holding, "audit", "--sample", "50%").output
    assert "every record was drawn, and none is damaged" in told
    assert "99 %" not in told
    told = run(holding, "audit", "--sample", "2").output
    (said,) = re.findall(r"that ([0-9.]+)% or more", told)
    exact = json.loads(run(holding, "--json", "audit", "--sample", "2").output)["excluded_share"]
    assert 0 <= float(said) - exact * 100 < 0.001


def test_a_sample_that_met_damage_excludes_nothing(holding):
    flip(holding.file(holding.ids[0], "eep.xml"), 999)
    told = run(holding, "audit", "--sample", "4").output
    assert "excludes no share" in told
    assert "99 %" not in told
    for scope in (("--sample", "4"), ("--all",)):
        said = json.loads(run(holding, "--json", "audit", *scope).output)
        assert said["excluded_share"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("audit",),
        ("audit", "--all", "--sample", "2"),
        ("audit", "--sample", "many"),
        ("audit", "--sample", "200%"),
        ("audit", "--record", "nobody"),
        ("audit", "--resume", "nobody"),
        ("findings", "show", "nobody"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(holding, words):
    done = run(holding, *words)
    assert done.exit_code == 4, done.output


def test_an_audit_that_was_left_is_carried_on(holding):
    audit = holding.parts.keeping.begin(None, Scope())
    done = run(holding, "--json", "audit", "--resume", audit.id)
    assert (done.exit_code, json.loads(done.output)["looked"]) == (0, 4)
