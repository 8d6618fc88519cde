"""XML in content files: what a few kilobytes or one endless element may ask for is bounded."""

import pytest

from filing.adapters.formats import inspect, xml_part
from filing.model.finding import Outcome
from tests.adapters.formats.made import a_content, a_docx, an_ofd, peak

MUCH = 7 << 20
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}'
    '<Override PartName="/word/d.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
)
#: What may stand in a document, over and over.
JUNK = {
    "elements": "<a/>",
    "attributes": "<a b='' c='' d='' e=''/>",
    "comments": "<!---->",
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg"{}>{}</svg>'


def looked(body):
    inspect(a_content(a_docx()))
    before = peak(again=True)
    found = inspect(a_content(body))
    assert peak() - before < 60 << 10
    return found


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
@pytest.mark.parametrize("place", ["document", "body"])
def test_an_ofd_whose_tree_would_be_too_large_is_not_followed(place, junk):
    found = looked(an_ofd(**{place: junk * (MUCH // len(junk))}))
    assert (found.opens, found.searched) == (Outcome.UNDETERMINED, False)


def test_an_ofd_of_many_pages_is_followed():
    pages = '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>' * 40_000
    assert looked(an_ofd(document=f"<ofd:Pages>{pages}</ofd:Pages>")).opens is Outcome.PASSED


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_a_docx_whose_list_of_types_is_too_large_is_not_called_searched(junk):
    types = TYPES.format(junk * (4_000_000 // len(junk)))
    found = looked(a_docx(**{"[Content_Types].xml": types}))
    assert (found.opens, found.searched) == (Outcome.UNDETERMINED, False)


@pytest.mark.parametrize("value", ["", ">"])
def test_one_element_with_a_million_attributes_is_not_checked_to_its_end(value):
    attributes = "".join(f" a{one}='{value}'" for one in range(1_000_000))
    found = looked(('<?xml version="1.0"?>' + SVG.format(attributes, "")).encode())
    assert (found.opens, found.searched) == (Outcome.UNDETERMINED, False)
    assert not looked(SVG.format(attributes, "").encode()).searched


def test_a_drawing_of_too_many_elements_is_not_called_searched(monkeypatch):
    monkeypatch.setattr(xml_part, "_MOST_LOOKED_AT", 100)
    for start in ("", '<?xml version="1.0"?>'):
        few, many = (
            looked((start + SVG.format("", "<g/>" * number)).encode()) for number in (99, 100)
        )
        assert (few.opens, few.searched) == (Outcome.PASSED, True)
        assert (many.opens, many.searched) == (Outcome.PASSED, False)
