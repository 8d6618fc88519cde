"""The browser of the journeys itself: it must not look at a page before it is there."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.journeys.browser import a_window

PAUSE_SECONDS = 0.5


class Halting(BaseHTTPRequestHandler):
    """A link, and the page it leads to, whose second half is some time coming."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(b"<title>first</title><a href='/second'>on</a>")
            return
        self.wfile.write(b"<title>second</title><p>begun")
        time.sleep(PAUSE_SECONDS)
        self.wfile.write(b"<p id=end>ended")

    def log_message(self, *args):
        pass


@pytest.fixture
def halting():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Halting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("by", ["page", "locator"])
def test_a_click_comes_back_when_the_next_page_stands(browser, halting, scripts, by):
    with a_window(browser, halting, scripts=scripts) as window:
        page = window.open("/")
        if by == "page":
            page.click("a")
        else:
            page.locator("a").click()
        assert page.locator("#end").count() == 1
