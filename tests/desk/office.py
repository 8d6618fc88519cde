"""An archive with rejects of known causes, a clerk, and the desk of one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from examples.good import good
from filing.adapters.db.people import SqlAccounts
from filing.app import Site, initialise
from filing.app.correction import SiteCorrections, SiteMending, corrections
from filing.app.desk import ACTS, SiteDesk, create_desk
from filing.config import Settings
from filing.model.agency import Channel
from filing.model.people import Person
from filing.model.roles import Role
from filing.people.accounts import Account
from filing.rules.facts import Registration
from tests.crash.yard import SENDER

#: What is wrong: the lawful text, and how agencies mistype it.
SECRECY = ("<密级>公开<".encode(), "<密级>公开件<".encode())
DAY = ("<日期>2025-".encode(), "<日期>二五-".encode())


@dataclass
class Office:
    """One process: its site, corrections and desk. ``clerk`` works for the archive."""

    site: Site
    own: SiteCorrections
    desk: SiteDesk
    clerk: Person

    def send(self, body: bytes) -> str:
        """One delivery that is refused; its submission id."""
        with self.site.archive.incoming("application/xml", None) as arriving:
            arriving.write(body)
            done = self.site.archive.submit(
                SENDER, arriving.finish({}), Channel.LOOPBACK, Registration(), "", False
            )
        assert done.submission.state == "rejected", done.body.decode()[:2000]
        return done.submission.id

    def work(self, still_ours=lambda: True) -> bool:
        """What the duty does in a server."""
        (duty,) = (one for one in self.site.duties._duties if one.name == ACTS)
        return duty.do(still_ours)


@contextmanager
def an_office(settings: Settings) -> Iterator[Office]:
    """Another process of the archive, if it is there already."""
    initialise(settings)
    site = Site(settings)
    try:
        if not site.operations.agencies():
            site.operations.add_agency(SENDER)
        site.open()
        own = corrections(site)
        desk = create_desk(site, SiteMending(own), lambda person, cause: True)
        yield Office(site, own, desk, a_person(site))
    finally:
        site.close()


def a_person(site: Site, login: str = "clerk", role: Role = Role.ARCHIVE_CLERK, **given) -> Person:
    """An account."""
    accounts = SqlAccounts(site.database)
    known = accounts.by_login(login)
    if known is None:
        person = Person(site.clock.new_id(), login, login, frozenset({role}), **given)
        accounts.add(Account(person, "", False, site.clock.now()), ())
        known = accounts.by_login(login)
    return known.person


def refused(number: int, *faults: tuple[bytes, bytes]) -> bytes:
    """A delivery with faults in it."""
    (sample,) = good(1, start=number, agency=SENDER, annexes=0)
    body = sample.body
    for right, wrong in faults:
        assert right in body
        body = body.replace(right, wrong)
    return body
