"""The pages for people: every area's blueprint, joined to one application.

An area is added by one line in ``add_pages``: its blueprint, made with what the modules
beside build from the site. Errors come last, when every blueprint is there.
"""

from flask import Flask

from filing.app.administration import create_administration, notice_words
from filing.app.correction import corrections
from filing.app.custody_pages import install_custody
from filing.app.desk_pages import install_desk
from filing.app.notices import install_notices
from filing.app.people import install_people
from filing.app.site import Site
from filing.app.submission import install_submission
from filing.web import account, admin, errors, front, people_events, plain, signin
from filing.web import people as people_pages


def add_pages(app: Flask, site: Site) -> None:
    """Register every page."""
    app.config["ARCHIVE_NAME"] = site.settings.name
    people = install_people(app, site)

    def agencies() -> dict[str, str]:
        return {one.id: one.name for one in site.operations.agencies()}

    plain.install(app)
    app.register_blueprint(front.create_blueprint(site.archive))
    app.register_blueprint(signin.create_blueprint(people))
    for area in (account, people_pages, people_events):
        app.register_blueprint(area.create_blueprint(people, agencies))
    install_notices(app, site, people.names, notice_words(site))
    install_custody(app, site, people, agencies)
    app.register_blueprint(admin.create_blueprint(create_administration(site), people.names))
    own = corrections(site)
    desk = install_desk(app, site, own)
    install_submission(app, site, desk, own, people, own.rules)
    errors.install(app)
