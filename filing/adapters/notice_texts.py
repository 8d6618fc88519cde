"""The words of notices as shipped: schemas/notices, one file for each kind."""

import tomllib
from functools import cache
from pathlib import Path

from filing.model.events import Kind
from filing.model.notices import LANGUAGES, NOTICE_KINDS, Template, Words

_FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "notices"


@cache
def shipped() -> Words:
    """Every template that came with this release."""
    words: dict[tuple[Kind, str], Template] = {}
    for kind in NOTICE_KINDS:
        given = tomllib.loads((_FOLDER / f"{kind}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES:
            one = given[language]
            words[kind, language] = Template(one["title"], one["body"].strip())
    return words


def template(kind: Kind, language: str) -> Template:
    """The shipped words of one kind. Raises KeyError for a kind that is no notice."""
    return shipped()[kind, language]
