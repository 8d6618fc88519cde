"""The desk's pages, bound to the desk of a site."""

from collections.abc import Callable

from flask import Flask

from filing.adapters.db.directory import SqlDirectory
from filing.app.correction import SiteCorrections, SiteMending
from filing.app.desk import add_reading, create_desk
from filing.app.site import Site
from filing.model.desk import Cause
from filing.model.people import Person
from filing.rules.correction import CorrectionRules
from filing.services.desk import Desk
from filing.web import acts, causes, desk
from filing.web.desk import Premises
from filing.web.directory import Wording

_IN_METADATA = frozenset({"metadata", "both"})


def install_desk(app: Flask, site: Site, own: SiteCorrections) -> Desk:
    """Add the queue, the causes and the acts; the desk they show.

    own   the corrections of this process, by which acts on many mend each member
    """
    services = create_desk(site, SiteMending(own), _mendable(own.rules))
    add_reading(site, own)
    at = Premises(services, SqlDirectory(site.database), Wording(site.rules.catalogue))
    for area in (desk, causes, acts):
        app.register_blueprint(area.create_blueprint(at))
    return services


def _mendable(rules: CorrectionRules) -> Callable[[Person, Cause], bool]:
    """Whether a person may mend a cause by changing its field."""

    def may(person: Person, cause: Cause) -> bool:
        known = cause.code in rules.remedies
        in_metadata = known and rules.remedy(cause.code, cause.reason).mend in _IN_METADATA
        return in_metadata and not rules.may_change(person.roles, cause.field)

    return may
