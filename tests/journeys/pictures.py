"""Pictures of the main pages for the documents: ``python -m tests.journeys.pictures FOLDER``.

Made from a served archive in a real browser, so that they show what there is.
"""

import re
import sys
import tempfile
from pathlib import Path

from PIL import Image

from examples.documents import AGENCIES
from tests.journeys.archive import Staffed, a_staffed_archive, faulty, lawful
from tests.journeys.browser import Window, a_browser

SIZE, SMALL = (1280, 800), (390, 760)
_SLUGS = (
    ("title_too_long", 0, 4), ("zero_width_space_in_title", 0, 5), ("secrecy_not_in_list", 0, 42),
    ("date_in_words", 1, 17), ("bullet_instead_of_middle_dot", 2, 9), ("retention_differs", 0, 6),
    ("annex_not_in_the_zip", 0, 3), ("page_count_not_a_number", 1, 8),
)  # fmt: skip


def main(folder: Path) -> None:
    """Make every picture."""
    with (
        tempfile.TemporaryDirectory() as home,
        a_staffed_archive(Path(home)) as staffed,
        a_browser() as browser,
    ):
        rejected = _seed(staffed)
        with staffed.window(browser, "clerk", SIZE) as window:
            _walk(window, rejected, folder)
        with staffed.window(browser, "archivist", SIZE) as window:
            _custody(window, folder)
        with staffed.window(browser, "clerk", SMALL, dark=True) as window:
            window.open("/desk")
            _keep(window, folder / "desk-small.png")


def _seed(staffed: Staffed) -> str:
    number = 0
    for slug, sender, times in _SLUGS:
        some = range(number, number + times)
        sent = staffed.send_all(faulty(slug, one, AGENCIES[sender].id) for one in some)
        number += times
    staffed.send(lawful(number))
    return sent[0]


def _walk(window: Window, rejected: str, folder: Path) -> None:
    window.open("/desk?lang=zh")
    for key in "jjxjx":
        window.page.keyboard.press(key)
    _keep(window, folder / "desk.png")
    window.open("/desk/causes")
    _keep(window, folder / "causes.png")
    window.page.locator("tr", has_text="密级").locator("a.title").click()
    window.page.check("#rewrite-value")
    window.page.fill("#value", "公开")
    _keep(window, folder / "cause.png")
    window.page.click("form.remedy button")
    window.page.wait_for_url(re.compile("/preview"))
    _keep(window, folder / "preview.png")
    window.page.fill("#reason", "录入时选错密级")
    window.page.click("form.apply button")
    window.page.wait_for_selector("#progress .badge.good")
    _keep(window, folder / "act.png")
    window.open(f"/submissions/{rejected}")
    _keep(window, folder / "record.png")


def _custody(window: Window, folder: Path) -> None:
    page = window.open("/custody/audits?lang=zh")
    page.click("details.begin > summary")
    page.click("form.begin p.actions button")
    page.wait_for_selector("#progress p .badge:has-text('已结束')")
    window.open("/custody")
    _keep(window, folder / "custody.png")


def _keep(window: Window, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    window.page.screenshot(path=file)
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
