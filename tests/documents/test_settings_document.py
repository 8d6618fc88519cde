import re
from dataclasses import fields
from pathlib import Path

from filing.config import Settings

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `FILING_(\w+)` \| (?:`([^`]*)` )?\|", re.MULTILINE)


def documented() -> dict[str, str]:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    return {name.lower(): value for name, value in ROW.findall(text)}


def test_every_setting_is_documented_and_nothing_else():
    assert sorted(documented()) == sorted(one.name for one in fields(Settings))


def test_the_documented_values_are_the_built_in_ones():
    assert documented() == {one.name: str(one.default) for one in fields(Settings)}


def test_every_setting_says_what_it_is():
    assert [one.name for one in fields(Settings) if not one.metadata.get("say")] == []
