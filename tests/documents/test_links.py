"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
#: Places in the checkout that prose names; a trailing slash is a folder.
PLACE = re.compile(
    r"`((?:filing|schemas|migrations|tests|deploy|benchmarks|examples|\.ci)/[\w./-]*)`"
)
OUTSIDE = ("http://", "https://", "mailto:")


def prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as a web view of the checkout makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    words = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {word.replace(" ", "-") for word in words}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document):
    broken = []
    for link in LINK.findall(prose(document)):
        if link.startswith(OUTSIDE):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_document_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in reached or document.suffix != ".md" or not document.exists():
            continue
        reached.add(document)
        links = (link.partition("#")[0] for link in LINK.findall(prose(document)))
        waiting += [(document.parent / link).resolve() for link in links if ":" not in link]
    assert sorted(set(DOCUMENTS) - reached) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_place_a_document_names_is_there(document):
    if document.name == "CHANGELOG.md":  # tells of the past
        return
    named = PLACE.findall(prose(document))
    assert [place for place in named if not (ROOT / place).exists()] == []
