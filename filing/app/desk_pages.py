"""The desk's pages, bound to the desk of a site."""

from flask import Flask

from filing.adapters.db.directory import SqlDirectory
from filing.app.site import Site
from filing.services.desk import Desk
from filing.web import acts, causes, desk
from filing.web.desk import Premises
from filing.web.directory import Wording


def install_desk_pages(app: Flask, site: Site, services: Desk) -> None:
    """Add the queue, the causes and the acts."""
    at = Premises(services, SqlDirectory(site.database), Wording(site.rules.catalogue))
    for area in (desk, causes, acts):
        app.register_blueprint(area.create_blueprint(at))
