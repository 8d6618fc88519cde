"""A real browser for journeys: Chromium, its windows, and what a reader would notice.

A window keeps what the browser complained about (refused by the policy, failed loads,
script errors); ``look`` holds every page to the accessibility rules of axe-core. Works
with scripts and without.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = (1280, 900), (390, 844)
MOST_MILLISECONDS = 30_000
#: What WCAG 2.2 AA asks for, and what axe knows beyond it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """One Chromium while the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """One reader's window: cookies of its own.

    url        of the archive
    scripts    whether scripts run at all
    complaints what the browser said against our pages so far
    """

    page: Page
    url: str
    scripts: bool = True
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page and wait until it is there."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, login: str, password: str) -> Page:
        """Sign in as a person would."""
        self.open("/sign-in")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("main form button:not([type=button])")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    def look(self) -> list[str]:
        """What is wrong with the page at hand for anybody; [] when nothing is.

        Without scripts axe cannot run; what stands in the window is then put before it in
        another one, in which none of our scripts is loaded.
        """
        if self.scripts:
            return [*_axe_says(self.page), *self.too_wide(), *self.complaints]
        browser = self.page.context.browser
        assert browser is not None
        with contextlib.closing(browser.new_context(viewport=self.page.viewport_size)) as beside:
            page = beside.new_page()
            page.route("**/*", _only(self.page.content()))
            page.goto(self.page.url)
            return [*_axe_says(page), *_too_wide(page), *self.complaints]

    def too_wide(self) -> list[str]:
        """Whether the page must be scrolled sideways."""
        return _too_wide(self.page)

    def shot(self, file: Path) -> None:
        """Keep a picture of the whole page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file, full_page=True)

    def focused(self) -> str:
        """The text or name of what has the focus."""
        return str(
            self.page.evaluate(
                "() => (document.activeElement.name || document.activeElement.innerText).trim()"
            )
        )


@contextlib.contextmanager
def a_window(
    browser: Browser,
    url: str,
    size: tuple[int, int] = WIDE,
    scripts: bool = True,
    dark: bool = False,
) -> Iterator[Window]:
    """A window of its own while the block runs."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
        reduced_motion="reduce",
    )
    context.set_default_timeout(MOST_MILLISECONDS)
    try:
        page = context.new_page()
        window = Window(page, url, scripts)
        page.on("pageerror", lambda error: window.complaints.append(f"script: {error}"))
        page.on("console", lambda said: _keep(window, said.type, said.text))
        yield window
    finally:
        context.close()


def _axe_says(page: Page) -> list[str]:
    page.evaluate(f"() => {{ {_axe()} }}")
    return list(
        page.evaluate(
            "async (rules) => (await axe.run(document, {resultTypes: ['violations'],"
            " runOnly: {type: 'tag', values: rules}}))"
            ".violations.map((one) => one.id + ': ' + one.nodes.map("
            "(node) => node.target.join(' ') + ' ' + node.failureSummary).join(' | '))",
            RULES,
        )
    )


def _too_wide(page: Page) -> list[str]:
    over = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [f"the page is {over} px too wide"] if over > 0 else []


def _only(content: str) -> Callable[[Route], None]:
    """Answer with this page, its styles and images, and no script."""

    def answer(route: Route) -> None:
        kind = route.request.resource_type
        if kind == "document":
            route.fulfill(body=content, content_type="text/html; charset=utf-8")
        elif kind == "script":
            route.abort()
        else:
            route.continue_()

    return answer


def _keep(window: Window, kind: str, text: str) -> None:
    # The browser reports every answer of 400 and above as an error of its own; journeys
    # that provoke a refusal look at the page for it.
    if kind == "error" and "the server responded with a status of 4" not in text:
        window.complaints.append(f"console: {text}")


@cache
def _axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
