"""A served archive with people of every role, and deliveries that stand rejected.

The server is its own process with its own database; people sign in through the door,
deliveries go over HTTP as an agency's system would send them.
"""

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from examples.bad import FAULTS
from examples.documents import AGENCIES, agency, official
from examples.good import deliver, metadata
from examples.sample import Sample
from filing.app import Site
from filing.app.people import create_people
from filing.config import Settings
from filing.model.package import Form
from filing.model.roles import Role
from tests.conformance.served import Served, a_served_archive
from tests.journeys.browser import WIDE, Window, a_window

#: login -> role, agency
PEOPLE: Mapping[str, tuple[Role, str]] = {
    "clerk": (Role.ARCHIVE_CLERK, ""),
    "clerk-2": (Role.ARCHIVE_CLERK, ""),
    "archivist": (Role.ARCHIVIST, ""),
    "water": (Role.AGENCY_CLERK, AGENCIES[0].id),
    "culture": (Role.AGENCY_CLERK, AGENCIES[1].id),
    "system": (Role.SYSTEM_ADMINISTRATOR, ""),
    "auditor": (Role.AUDITOR, ""),
    # Last: roles are given on the machine only until there is one of these.
    "security": (Role.SECURITY_ADMINISTRATOR, ""),
}
#: Numbers of the documents journeys send; others use lower ones.
FIRST = 60_000


@dataclass(frozen=True)
class Staffed:
    """A served archive and the passwords of its people.

    sessions   cookies of those who have signed in; one session of each serves all windows
    """

    served: Served
    passwords: Mapping[str, str]
    sessions: dict[str, Any] = field(default_factory=dict)

    @contextlib.contextmanager
    def window(
        self,
        browser: Browser,
        login: str = "",
        size: tuple[int, int] = WIDE,
        scripts: bool = True,
        dark: bool = False,
    ) -> Iterator[Window]:
        """A window in which ``login`` has signed in; nobody for "".

        Whoever signs out in it ends the session of the others: sign in by hand for that.
        """
        with a_window(browser, self.served.url, size, scripts, dark) as window:
            context = window.page.context
            if login in self.sessions:
                context.add_cookies(self.sessions[login])
            elif login:
                window.sign_in(login, self.passwords[login])
                self.sessions[login] = context.cookies()
            yield window

    def send(self, sample: Sample) -> str:
        """Deliver a sample; the id of its submission, whatever became of it."""
        answer = self.served.post(sample)
        assert answer.status_code in (201, 422), answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def send_all(self, samples: Iterator[Sample]) -> list[str]:
        """Deliver several, some at a time."""
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.send, samples))


def faulty(slug: str, number: int, sender: str = AGENCIES[0].id) -> Sample:
    """Document ``number`` with the fault called ``slug``."""
    fault = next(one for one in FAULTS if one.slug == slug)
    document = official(FIRST + number, 1, agency(sender), annexes=1, sent=True, retention="Y")
    return fault.make(document)


def lawful(number: int, sender: str = AGENCIES[0].id) -> Sample:
    """Document ``number`` as it should be."""
    document = official(FIRST + number, 1, agency(sender))
    return deliver(document, Form.EEP, metadata(document, Form.EEP))


@contextlib.contextmanager
def a_staffed_archive(home: Path, **settings: str) -> Iterator[Staffed]:
    """Serve an archive with people of every role while the block runs."""
    with a_served_archive(home, **settings) as served:
        site = Site(Settings.from_environ(served.environ))
        try:
            people = create_people(site)
            passwords = {
                login: people.create(login, f"{login} 样例", sender, frozenset({role}), owed=False)[
                    1
                ]
                for login, (role, sender) in PEOPLE.items()
            }
        finally:
            site.close()
        yield Staffed(served, passwords)
