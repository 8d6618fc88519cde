"""filing location, repair and store: what they print, and the codes they end with."""

import json
from pathlib import Path

from click.testing import CliRunner

from filing.app import Site
from filing.app.scratch import rebuild
from filing.cli import Cli, create_cli
from filing.model.custody import Scope
from tests.custody.copies import Copied, copied
from tests.custody.holding import flip


def run(made: Copied, *words: str) -> tuple[int, dict]:
    settings = made.holding.site.settings
    command = create_cli(
        Cli(
            settings=lambda: settings,
            operations=lambda given: Site(given).operations,
            serve=lambda given: None,
            copies=lambda given: made.parts.keeping,
            custody=lambda given: made.holding.parts.keeping,
            rebuild=rebuild,
        )
    )
    done = CliRunner().invoke(command, ["--json", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}


def statement(made: Copied, place: str, number: int = 0) -> Path:
    return next(made.folder(place, made.holding.ids[number]).rglob("statement.json"))


def test_a_location_is_added_listed_checked_and_caught_up(tmp_path):
    with copied(tmp_path, count=2, locations=0) as made:
        path = str(tmp_path / "there")
        assert run(made, "location", "add", "there", "--path", path)[0] == 0
        code, said = run(made, "location", "list")
        (one,) = said["locations"]
        assert (code, one["copied"], one["behind"] >= 2) == (0, 0, True)
        code, said = run(made, "location", "catch-up", "there")
        assert (code, said["copied"], said["behind"]) == (0, 2, 0)
        assert run(made, "location", "check", "there")[0] == 0
        Path(path).rename(tmp_path / "away")
        assert run(made, "location", "check", "there")[0] == 3
        assert run(made, "location", "check", "nowhere")[0] == 4
        assert run(made, "location", "add", "there", "--path", path)[0] == 4


def test_a_repair_ends_with_zero_when_whole_and_one_without_a_good_copy(tmp_path):
    with copied(tmp_path, count=2) as made:
        flip(statement(made, "main"), 3)
        made.holding.audit()
        code, said = run(made, "repair", "run", "--all")
        assert (code, [one["state"] for one in said["repairs"]]) == (0, ["done"])
        assert said["repairs"][0]["before"][0]["code"] == "CX-1-1"
        for place in ("main", "second-0"):
            flip(statement(made, place, 1), 3)
        record = made.holding.ids[1]
        code, said = run(made, "repair", "run", "--record", record)
        assert (code, said["repairs"][0]["state"]) == (1, "no-good-copy")
        assert run(made, "repair", "run")[0] == 4
        assert len(run(made, "repair", "list")[1]["repairs"]) == 2


def test_one_copy_alone_is_audited(tmp_path):
    with copied(tmp_path, count=2) as made:
        flip(statement(made, "second-0"), 3)
        assert run(made, "audit", "--all")[0] == 0
        for words in (("--all",), ("--fonds", "Z109"), ("--record", made.holding.ids[0])):
            code, said = run(made, "audit", *words, "--location", "second-0")
            assert (code, said["damaged"]) == (1, 1)
            assert {one["location"] for one in said["findings"]} == {"second-0"}
        assert run(made, "audit", "--sample", "2", "--location", "second-0")[0] == 1
        assert run(made, "audit", "--all", "--location", "nowhere")[0] == 4
        left = made.parts.keeping.at("second-0").begin(None, Scope())
        assert run(made, "audit", "--resume", left.id)[1]["looked"] == 2


def test_a_second_person_is_asked_for(tmp_path):
    with copied(tmp_path, count=2) as made:
        code, said = run(made, "location", "retire", "second-0", "--reason", "old")
        assert (code, said["state"]) == (0, "asked")
        (one,) = run(made, "repair", "requests")[1]["requests"]
        assert (one["act"], one["subject"]) == ("retire-location", "second-0")


def test_the_store_is_drilled_and_rebuilt(tmp_path):
    with copied(tmp_path, count=2) as made:
        code, said = run(made, "store", "drill")
        assert (code, said["drills"][0]["answer"]) == (0, "intact")
        assert said["last_good"] == said["drills"][0]["begun_at"]
        url = f"sqlite:///{tmp_path / 'again.db'}"
        code, said = run(made, "store", "rebuild-index", "--into", url)
        assert (code, said["records"], said["troubles"], said["unlogged"]) == (0, 2, 0, 0)
        (newest,) = made.holding.parts.tables.heads(said["entries"] - 1, 1)
        assert newest.note.splitlines()[1:3] == [str(said["entries"]), said["root"]]
        code, said = run(made, "store", "rebuild-index", "--into", url)
        assert (code, said["records"]) == (0, 0)  # all of it was there
