"""What holds every page to account can tell a good page from a bad one."""

import pytest

from tests.journeys.axe import says

PAGE = (
    """<!doctype html><html lang="zh-CN"><title>a</title><body><main><h1>a</h1>{}</main></body>"""
)
ROWS = "<table><tr><th scope=col>a</th></tr>{}</table>"
FAULTS = {
    "color-contrast": '<p style="color:#bbb;background:#fff">看不清的字</p>',
    "label": "<input name=x>",
    "id twice: x": "<p id=x>一</p><p id=x>二</p>",
    "aria-describedby leads nowhere: y": '<button aria-describedby="y">一</button>',
    "button-name": ROWS.format(
        "<tr><td><button>一</button></td></tr><tr><td><button></button></td></tr>"
    ),
    "target-size": "<p>"
    + '<button style="padding:0;border:0;width:9px;height:9px">一</button>' * 9,
}


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(page, fault):
    page.set_content(PAGE.format(FAULTS[fault]))
    assert [one for one in says(page) if one.startswith(fault)]


def test_a_good_page_is_left_as_it_is_and_not_looked_at_twice(page):
    page.set_content(PAGE.format(ROWS.format("<tr><td>一</td></tr>" * 9)))
    before = page.content()
    assert says(page) == []
    assert page.content() == before
    assert page.locator("tr").count() == 10
    page.evaluate("() => { window.axe = null }")
    assert says(page) == []
