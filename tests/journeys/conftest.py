"""One browser for all journeys of a test process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import a_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; started once."""
    with a_browser() as found:
        yield found
