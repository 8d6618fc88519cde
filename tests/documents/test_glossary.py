"""One thing, one word: the glossary is in order and what is written keeps to it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
KINDS = {".py", ".toml", ".md", ".html", ".json"}
#: Words that were in use for something the glossary has a word for.
NOT_OURS = {"封存": "封印", "封装声明": "封印声明", "哈希": "摘要", "租户": "立档单位"}


def terms() -> list[str]:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    return [row[0] for row in ROW.findall(text) if row[0] not in ("Term", "---")]


def test_every_term_stands_once_in_alphabetical_order():
    assert terms() == sorted(set(terms()), key=str.lower)


@pytest.mark.parametrize("word", NOT_OURS)
def test_what_people_read_has_one_word_for_one_thing(word):
    files = [
        path
        for folder in ("filing", "schemas", "docs", "examples")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in KINDS
    ]
    assert [
        str(path.relative_to(ROOT)) for path in files if word in path.read_text(encoding="utf-8")
    ] == []
