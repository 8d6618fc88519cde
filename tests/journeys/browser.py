"""A real browser for journeys: Chromium, its windows, and what a reader would notice.

A window keeps what the browser complained about (refused by the policy, failed loads,
script errors); ``look`` holds every page to the accessibility rules of axe-core. Works
with scripts and without.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from playwright.sync_api import Browser, Locator, Page, Response, Route, sync_playwright

from tests.journeys import axe

CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = (1280, 900), (390, 844)
MOST_MILLISECONDS = 30_000


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """One Chromium while the block runs, in which nobody looks at half a page."""
    with sync_playwright() as playwright, _patient_clicks():
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def _patient_clicks() -> Iterator[None]:
    """Make a click come back when the page it led to stands, not when its first byte came."""
    page_click, locator_click = Page.click, Locator.click

    def click_page(page: Page, *what: Any, **how: Any) -> None:
        page_click(page, *what, **how)
        page.wait_for_load_state()

    def click_locator(locator: Locator, *what: Any, **how: Any) -> None:
        locator_click(locator, *what, **how)
        locator.page.wait_for_load_state()

    with (
        mock.patch.object(Page, "click", click_page),
        mock.patch.object(Locator, "click", click_locator),
    ):
        yield


@dataclass
class Window:
    """One reader's window: cookies of its own.

    url        of the archive
    scripts    whether scripts run at all
    complaints what the browser said against our pages so far
    answer     to the last ``open``
    """

    page: Page
    url: str
    scripts: bool = True
    complaints: list[str] = field(default_factory=list)
    answer: Response | None = None

    def open(self, path: str) -> Page:
        """Go to a page and wait until it is there."""
        self.answer = self.page.goto(self.url + path)
        return self.page

    def sign_in(self, login: str, password: str) -> Page:
        """Sign in as a person would."""
        self.open("/sign-in")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("main form button:not([type=button])")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    def look(self, rules: Sequence[str] = (), but: Sequence[str] = ()) -> list[str]:
        """What is wrong with the page at hand for anybody; [] when nothing is.

        rules   of axe, where only these can have changed; all by default
        but     rules to leave out

        Without scripts axe cannot run; what stands in the window is then put before it in
        another one, in which none of our scripts is loaded.
        """
        if self.scripts:
            return [*axe.says(self.page, rules, but), *self.too_wide(), *self.complaints]
        return [*self._look_beside(self.page.content(), rules, but), *self.complaints]

    def look_as_it_came(self) -> list[str]:
        """As ``look``, at the page before our scripts changed anything."""
        return self._look_beside(self._came())

    def is_as_it_came(self) -> bool:
        """Whether our scripts left the page as the server sent it."""
        return bool(
            self.page.evaluate(
                "(came) => new DOMParser().parseFromString(came, 'text/html')"
                ".documentElement.outerHTML === document.documentElement.outerHTML",
                self._came(),
            )
        )

    def _came(self) -> str:
        assert self.answer is not None
        return self.answer.text()

    def _look_beside(
        self, content: str, rules: Sequence[str] = (), but: Sequence[str] = ()
    ) -> list[str]:
        with _beside(self.page, content) as page:
            return [*axe.says(page, rules, but), *_too_wide(page)]

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


@contextlib.contextmanager
def _beside(seen: Page, content: str) -> Iterator[Page]:
    """A page of the same size in which ``content`` stands and no script of ours runs."""
    browser = seen.context.browser
    assert browser is not None
    dark = seen.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    page = next((one for one in _spare if one.context.browser is browser), None)
    if page is None:
        page = browser.new_context(reduced_motion="reduce", locale="zh-CN").new_page()
        _spare.append(page)
    page.set_viewport_size(seen.viewport_size or {"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.route("**/*", _only(content))
    try:
        page.goto(seen.url)
        yield page
    finally:
        page.unroute("**/*")


#: The page beside, one for each browser; it ends with it.
_spare: list[Page] = []


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
