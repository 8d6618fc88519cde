"""Pages of custody: the promise, audits, findings, records, policies, reports.

dashboard   the promise and whether it holds, with its charts
audits      begin, watch, pause, stop; what came of one, and its report
findings    the list, one finding, what may be done about it
records     who touched a record, and could anyone have hidden it
policy      the promise of a location, changed
showing     what these pages share: words, names, scopes
"""

from flask import Blueprint

from filing.web.custody import audits, copies, dashboard, findings, policy, records
from filing.web.custody.showing import Premises

__all__ = ["Premises", "create_blueprint"]


def create_blueprint(at: Premises) -> Blueprint:
    """All of them; addresses begin with /custody."""
    blueprint = Blueprint("custody", __name__, url_prefix="/custody")
    for area in (dashboard, audits, findings, records, copies, policy):
        area.add_to(blueprint, at)
    return blueprint
