"""A command a document tells people to run is there, with the options it gives."""

import re
from pathlib import Path

import click
import pytest

from filing.app import Site
from filing.cli import Cli, create_cli
from filing.config import Settings
from tests.documents.test_links import DOCUMENTS, ROOT

#: ``filing`` and what follows it in one span of code or one line of a block.
CALL = re.compile(r"(?:^|[`\s]|bin/)filing((?: +[a-z-]+)+)", re.MULTILINE)
CODE = re.compile(r"^```[a-z]*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
FILING = create_cli(
    Cli(Settings, lambda settings: Site(settings).operations, lambda settings: None)
)


def code(document: Path) -> str:
    text = document.read_text(encoding="utf-8")
    return "\n".join(block or span for block, span in CODE.findall(text))


def unknown(words: list[str]) -> str:
    """The first word that should be a command or an option and is none, or ""."""
    command: click.Command = FILING
    for word in words:
        options = {each for one in command.params for each in (*one.opts, *one.secondary_opts)}
        if word.startswith("-"):
            if word not in options | {"--help", "-h"}:
                return word
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_command_a_document_names_is_there(document):
    if document.name == "CHANGELOG.md":  # tells of the past
        return
    calls = [match.split() for match in CALL.findall(code(document))]
    assert [" ".join(words) for words in calls if unknown(words)] == []


@pytest.mark.parametrize(
    ("words", "stray"),
    [
        ("serve", ""),
        ("agency add --fonds", ""),
        ("destroy", "destroy"),
        ("agency remove", "remove"),
        ("serve --port", "--port"),
    ],
)
def test_what_is_no_command_is_found(words, stray):
    assert unknown(words.split()) == stray
