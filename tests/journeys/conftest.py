"""One browser and one staffed archive for all journeys of a test process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.archive import Staffed, a_staffed_archive
from tests.journeys.browser import a_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; started once."""
    with a_browser() as found:
        yield found


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """An archive with people of every role; a journey brings its own deliveries."""
    with a_staffed_archive(tmp_path_factory.mktemp("staffed")) as found:
        yield found
