"""The composition root: settings → adapters → use cases → faces.

The only package that sees everything. site.py builds one archive in one process;
several processes share its database, store and staging. The other modules build
one part each from a site: who uses it, the desk, notices, custody.
"""

import ctypes
import gc
import logging
from contextlib import closing, suppress

from flask import Flask

from filing.adapters.dispatch import celery
from filing.api import blueprint as api
from filing.api.settings import ApiSettings
from filing.app import logbook
from filing.app.copies import CopyParts, open_copies
from filing.app.custody import CustodyParts, open_custody
from filing.app.custody_pages import open_reports, open_shown
from filing.app.home import initialise
from filing.app.pages import add_pages
from filing.app.people import create_people
from filing.app.scratch import rebuild
from filing.app.site import Site
from filing.cli import Cli, create_cli
from filing.cli import gunicorn_server as server
from filing.config import Settings
from filing.errors import Misconfigured
from filing.web.pages import ICON

__all__ = ["Site", "create_app", "initialise", "main"]

_M_ARENA_MAX = -8  # malloc.h


def create_app(settings: Settings, site: Site | None = None, serving: bool = True) -> Flask:
    """The WSGI application of one process; its archive is opened, recovery done.

    serving   False in a worker, whose duties are done when it is told to

    Raises Misconfigured, OutsideUnavailable.
    """
    site = site or Site(settings)
    site.open()
    settle_memory()
    app = Flask("filing", static_folder=None)
    proxies = tuple(one.strip() for one in settings.trusted_proxies.split(",") if one.strip())
    app.register_blueprint(
        api.create_blueprint(
            site.archive,
            ApiSettings(
                max_body_bytes=settings.max_body_bytes,
                max_deliveries=settings.deliveries_per_agency,
                trusted_proxies=proxies,
                icon=ICON,
            ),
        )
    )
    add_pages(app, site)
    app.extensions["filing"] = site
    site.duties.add(logbook.duty(site))
    custody = CustodyParts(site)
    site.duties.add(custody.duty())
    for duty in CopyParts(site, custody).duties():
        site.duties.add(duty)
    if serving:
        site.duties.start()
    return app


def settle_memory() -> None:
    """Keep the collector from walking what lives as long as the process, and malloc small.

    A delivery makes thousands of values that reference counting frees alone; with the
    usual thresholds the collector walks the whole heap several times a second to find
    that out, at the cost of a third of the server's rate. Where glibc is the allocator,
    threads share two arenas: one each would keep a tenth more memory for nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _serve(settings: Settings) -> None:
    def make() -> Flask:
        return create_app(settings)

    # Said here, in one sentence, rather than by every worker after the fork.
    with closing(Site(settings)) as site:
        site.check()
    # Frozen before the fork, so that no collector of a worker writes to what they share.
    gc.collect()
    gc.freeze()
    server.run(settings, make)


def _work(settings: Settings, threads: int) -> None:
    if not settings.broker_url:
        raise Misconfigured(
            "FILING_BROKER_URL is not set: the server does its background work itself",
            "未设置 FILING_BROKER_URL：后台任务由服务进程自行完成",
        )
    with closing(Site(settings)) as site:
        create_app(settings, site, serving=False)
        celery.work(settings.broker_url, site.duties.once, threads)


def main() -> None:
    """The ``filing`` command."""
    logging.basicConfig(
        level=logging.INFO,
        format="time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command = create_cli(
        Cli(
            settings=Settings.from_environ,
            operations=lambda settings: Site(settings).operations,
            serve=_serve,
            initialise=initialise,
            work=_work,
            people=lambda settings: create_people(Site(settings)),
            custody=lambda settings: open_custody(settings).keeping,
            copies=lambda settings: open_copies(settings).keeping,
            rebuild=rebuild,
            reports=open_reports,
            shown=open_shown,
        )
    )
    command(prog_name="filing")
