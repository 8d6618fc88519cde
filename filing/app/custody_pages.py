"""The pages and reports of custody, bound to a site."""

from collections.abc import Callable, Mapping

from flask import Flask

from filing.adapters.db.custody_showing import SqlShowing
from filing.adapters.reports.writing import WrittenReports
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.app.people import SitePeople, create_people
from filing.app.site import Site
from filing.config import Settings
from filing.custody.comparing import Comparing
from filing.custody.reporting import Reporting
from filing.custody.showing import Showing
from filing.web.custody import Premises, create_blueprint


def install_custody(
    app: Flask, site: Site, people: SitePeople, agencies: Callable[[], Mapping[str, str]]
) -> None:
    """Add the pages below /custody. ``agencies``: id -> name."""
    parts = CustodyParts(site)
    copies = CopyParts(site, parts)
    showing = _showing(site, parts, copies)
    at = Premises(
        copies=copies.keeping,
        shown=showing,
        reports=_reports(site, parts, showing, people),
        names=people.names,
        agencies=agencies,
        compare=Comparing(copies.places.every, parts.tables).compare,
    )
    app.extensions["custody"] = at
    app.register_blueprint(create_blueprint(at))


def open_shown(settings: Settings) -> Showing:
    """What custody shows, for a command on the machine. Raises Misconfigured."""
    site = Site(settings)
    site.check()
    parts = CustodyParts(site)
    return _showing(site, parts, CopyParts(site, parts))


def open_reports(settings: Settings) -> WrittenReports:
    """Reports for a command on the machine. Raises Misconfigured."""
    site = Site(settings)
    site.check()
    parts = CustodyParts(site)
    showing = _showing(site, parts, CopyParts(site, parts))
    return _reports(site, parts, showing, create_people(site))


def _showing(site: Site, parts: CustodyParts, copies: CopyParts) -> Showing:
    shelves = SqlShowing(site.database, parts.book)
    return Showing(copies.custody, shelves, parts.tables, parts.trust, site.witness, site.clock)


def _reports(
    site: Site, parts: CustodyParts, showing: Showing, people: SitePeople
) -> WrittenReports:
    def name(who: str) -> str:
        if who == "system":
            return "系统 system"
        person_id = who.removeprefix("person:")
        return f"{people.names(frozenset({person_id})).get(person_id, '')} {who}".strip()

    settings = site.settings
    reporting = Reporting(settings.name, settings.origin, parts.keeping, showing, name)
    return WrittenReports(reporting, site.signing)
