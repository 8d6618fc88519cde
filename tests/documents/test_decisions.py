"""Decision records: numbered without gaps, dated, with a status, all in the same form."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs/adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
STATUS = re.compile(
    r"^Date: \d{4}-\d{2}-\d{2}\. Status: (proposed|accepted|replaced by \d+|withdrawn)\. "
    r"Replaces: (none|\d+(, \d+)*)\.$",
    re.MULTILINE,
)
SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]


def test_decision_records_are_numbered_from_one_without_gaps():
    assert [int(one.name[:4]) for one in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.name)
def test_a_decision_record_has_the_form(record):
    text = record.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert STATUS.search(text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert "Enforced by:" in " ".join(text.split())


def test_the_list_of_decisions_names_each_with_its_title():
    listed = re.findall(
        r"^\| \[(\d+)\]\(([^)]+)\) \| ([^|]+) \|",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    titles = [one.read_text(encoding="utf-8").partition("\n")[0] for one in RECORDS]
    assert [f"# {number}. {title}" for number, _, title in listed] == titles
    assert [name for _, name, _ in listed] == [one.name for one in RECORDS]
