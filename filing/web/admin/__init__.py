"""Pages of administration: agencies, their credentials, rules, notice texts, versions.

    agencies, agency_form   what an agency is and files
    credentials             by what an agency is known
    rules, rules_form       what checks and fields ask, for whom
    texts                   the words of notices
    versions                what was set when, by whom and why
    showing                 what these pages share: refusals, rehearsals, one step at a time

People and their roles are in filing.web.people.
"""

from flask import Blueprint

from filing.services.administration import Administration
from filing.web.admin import agencies, credentials, rules, texts, versions


def create_blueprint(administration: Administration, names: versions.Names) -> Blueprint:
    """All of them; addresses begin with /admin. ``names`` tells what people are called."""
    blueprint = Blueprint("admin", __name__, url_prefix="/admin")
    agencies.add_to(blueprint, administration)
    credentials.add_to(blueprint, administration)
    rules.add_to(blueprint, administration)
    texts.add_to(blueprint, administration)
    versions.add_to(blueprint, administration, names)
    return blueprint
