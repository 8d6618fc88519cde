"""The desk's pages, bound to the desk of a site."""

from flask import Flask

from filing.adapters.db.directory import SqlDirectory
from filing.app.correction import SiteCorrections, SiteMending
from filing.app.desk import add_reading, create_desk
from filing.app.mendable import mendable
from filing.app.site import Site
from filing.services.desk import Desk
from filing.web import acts, causes, desk
from filing.web.desk import Premises
from filing.web.directory import Wording


def install_desk(app: Flask, site: Site, own: SiteCorrections) -> Desk:
    """Add the queue, the causes and the acts; the desk they show.

    own   the corrections of this process, by which acts on many mend each member
    """
    services = create_desk(site, SiteMending(own), mendable(own.rules))
    add_reading(site, own)
    at = Premises(services, SqlDirectory(site.database), Wording(site.rules.catalogue))
    for area in (desk, causes, acts):
        app.register_blueprint(area.create_blueprint(at))
    return services
