"""People of each office, and an archive with its administration. Not a test file."""

from contextlib import contextmanager
from dataclasses import replace

from examples.documents import AGENCIES
from filing.app.administration import create_administration
from filing.app.home import initialise
from filing.app.site import Site
from filing.config import Settings
from filing.model.agency import Channel
from filing.model.people import Person
from filing.model.roles import Role

WATER = replace(AGENCIES[0], channel=Channel.LOOPBACK)


def somebody(role):
    return Person(f"person-{role}", role, role, frozenset({role}))


ARCHIVIST = somebody(Role.ARCHIVIST)
SYSTEM = somebody(Role.SYSTEM_ADMINISTRATOR)
SECURITY = somebody(Role.SECURITY_ADMINISTRATOR)
AUDITOR = somebody(Role.AUDITOR)
CLERK = somebody(Role.AGENCY_CLERK)


@contextmanager
def an_archive(home, url="", agencies=(WATER,)):
    """An archive in this process, opened, with its administration."""
    settings = Settings(home=home, database_url=url)
    initialise(settings)
    site = Site(settings)
    try:
        site.open()
        for one in agencies:
            if site.operations._register.agency(one.id) is None:
                site.operations.add_agency(one)
        yield site, create_administration(site)
    finally:
        site.close()


def deliver(site, sample, agency=WATER):
    """Hand a sample in; the answer."""
    with site.archive.incoming(sample.media_type, None) as arriving:
        arriving.write(sample.body)
        return site.archive.submit(
            agency, arriving.finish({}), Channel.LOOPBACK, sample.registration, "", False
        )


def report_on(site, sample, agency=WATER):
    """The report of a trial."""
    with site.archive.incoming(sample.media_type, None) as arriving:
        arriving.write(sample.body)
        return site.archive.validate(agency, arriving.finish({}), sample.registration)
