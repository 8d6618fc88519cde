"""People, built from a site: the door, one's own account, administration, the auditor's look."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask

from filing.adapters.db.journal import SqlJournal
from filing.adapters.db.people import SqlAccounts
from filing.adapters.db.sign_ins import SqlAttempts, SqlSessions
from filing.adapters.dispatch.duties import Duty
from filing.adapters.one_time_codes import TimedCodes
from filing.adapters.passwords import Argon2
from filing.adapters.sealing import SealedBox
from filing.app.site import Site
from filing.errors import Misconfigured
from filing.model.people import Chosen, Person
from filing.people.accounts import Provider
from filing.people.administration import Administration
from filing.people.door import Premises
from filing.people.operating import Operating
from filing.people.overseeing import Overseeing
from filing.people.own_account import OwnAccount
from filing.people.signing_in import SigningIn
from filing.services import EventView
from filing.web.session import SessionSettings, install

_DROP = 500
_TALLIES_LAST = timedelta(days=2)


class SitePeople(SigningIn, OwnAccount, Administration):
    """Keeps the promises of filing.services.people.People; what the pages are given."""

    def __init__(self, premises: Premises, overseeing: Overseeing) -> None:
        super().__init__(premises)
        self._overseeing = overseeing

    def events(
        self, by: Person, chosen: Chosen, before: int, limit: int
    ) -> tuple[tuple[EventView, ...], int]:
        """See filing.services.people.People."""
        found, further = self._overseeing(by, chosen, before, limit)
        views = tuple(
            EventView(number, one.submission_id, one.kind, one.at, one.who, one.detail)
            for number, one in found
        )
        return views, further


class SiteOperating(SitePeople, Operating):
    """Keeps those of Accounts too; for whoever is on the machine, never for a page."""


def create_people(site: Site) -> SiteOperating:
    """The people of this site, for its operator."""
    return SiteOperating(_premises(site, _box(site)), Overseeing(SqlJournal(site.database)))


def _box(site: Site) -> SealedBox:
    return SealedBox(site.settings.keys, SqlAccounts(site.database).any_second_factor)


def _premises(site: Site, box: SealedBox) -> Premises:
    settings = site.settings
    return Premises(
        accounts=SqlAccounts(site.database),
        sessions=SqlSessions(site.database),
        attempts=SqlAttempts(site.database),
        hasher=Argon2(),
        codes=TimedCodes(settings.name),
        box=box,
        clock=site.clock,
        idle_seconds=settings.session_idle_seconds,
        longest_seconds=settings.session_seconds,
        provider=_provider(site),
    )


def install_people(app: Flask, site: Site) -> SitePeople:
    """Guard the application's pages, and let what is over be forgotten."""
    box = _box(site)
    _check_key(box)
    people = SitePeople(_premises(site, box), Overseeing(SqlJournal(site.database)))
    proxies = site.settings.trusted_proxies.split(",")
    install(
        app,
        people,
        SessionSettings(
            public_url=site.settings.public_url,
            trusted_proxies=tuple(one.strip() for one in proxies if one.strip()),
        ),
    )
    site.duties.add(Duty("forget-sessions", 600, _forgetting(site)))
    return people


def _check_key(box: SealedBox) -> None:
    """Say at start that nobody gets through a second factor; filing and passwords go on."""
    try:
        box.check()
    except Misconfigured as error:
        logging.getLogger("filing.people").error("event=misconfigured why=%s", error)


def _forgetting(site: Site) -> Callable[[Callable[[], bool]], bool]:
    sessions, attempts = SqlSessions(site.database), SqlAttempts(site.database)

    def forget(still_ours: Callable[[], bool]) -> bool:
        """Sessions that are over and counts nobody added to; some of them."""
        now = site.clock.now()
        idle_since = now - timedelta(seconds=site.settings.session_idle_seconds)
        gone = sessions.drop_expired(now, idle_since, _DROP)
        gone = max(gone, attempts.drop_old(now - _TALLIES_LAST, _DROP))
        return gone == _DROP

    return forget


def _provider(site: Site) -> Provider | None:
    settings = site.settings
    if not settings.oidc_issuer:
        return None
    # Here, not above: a third of a second at every start, for whoever has a provider.
    from filing.adapters.oidc import OpenId

    def secret() -> str:
        file = settings.oidc_client_secret_file
        try:
            return Path(file).read_text(encoding="utf-8").strip() if file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(
                f"FILING_OIDC_CLIENT_SECRET_FILE: {error}",
                f"FILING_OIDC_CLIENT_SECRET_FILE：无法读取 {file}",
            ) from error

    secret()  # said at start, not to the first who tries
    return OpenId(settings.oidc_issuer, settings.oidc_client_id, secret, site.clock.now)
