"""Notices, built from a site: the pages' services, and the duty that carries events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask

from filing.adapters.db.notices import SqlNotices
from filing.adapters.db.subscriptions import SqlSubscriptions
from filing.adapters.dispatch.duties import Duty, StillOurs
from filing.adapters.dispatch.side_by_side import side_by_side
from filing.adapters.mail import MailServer, SendMail
from filing.adapters.notice_texts import template
from filing.adapters.webhook import PostWebhook
from filing.adapters.webhook_secrets import WebhookSecrets
from filing.app.site import Site
from filing.app.submission import shelf
from filing.config import Settings
from filing.notices.carrying import Carry, Patience
from filing.notices.ports import Texts
from filing.notices.reading import ReadNotices
from filing.notices.subscribing import Subscribe
from filing.web import notices, subscriptions

DUTY = "notices"
_EVERY_SECONDS = 2.0
#: Subscriptions served at once, and looked at in one round.
_AT_ONCE = 8
_ROUND = 64
_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """What came of it."""

    reading: ReadNotices
    subscribing: Subscribe
    duty: Duty


def build(site: Site, words: Texts = template, patience: Patience = _PATIENCE) -> NoticeParts:
    """Everything about notices of one archive.

    words   the templates in force; the shipped ones unless somebody edits them
    """
    settings = site.settings
    kept = SqlNotices(site.database)
    kept_subscriptions = SqlSubscriptions(site.database)
    secrets = WebhookSecrets(settings.keys)
    post = PostWebhook(settings.webhook_networks, settings.webhook_ca)
    mail = SendMail(_mail_server(settings))
    carry = Carry(
        kept=kept_subscriptions,
        clock=site.clock,
        secrets=secrets,
        post=post,
        mail=mail,
        words=words,
        about=kept.about,
        names=kept.names,
        archive=settings.name,
        url=settings.public_url.rstrip("/"),
        patience=patience,
    )

    def do(still_ours: StillOurs) -> bool:
        due = carry.due(_ROUND)
        return bool(due) and side_by_side(due, carry.serve, still_ours, _AT_ONCE)

    return NoticeParts(
        reading=ReadNotices(kept, words, settings.name),
        subscribing=Subscribe(
            kept=kept_subscriptions,
            clock=site.clock,
            secrets=secrets,
            post=post,
            mail=mail,
            agency_exists=lambda agency_id: bool(kept.names([agency_id])),
            archive=settings.name,
        ),
        duty=Duty(DUTY, _EVERY_SECONDS, do),
    )


def _mail_server(settings: Settings) -> MailServer:
    host, _, port = settings.smtp.rpartition(":")
    return MailServer(
        host=host.strip("[]"),
        port=int(port or 0),
        security=settings.smtp_security,
        user=settings.smtp_user,
        password_file=settings.smtp_password_file,
        sender=settings.smtp_from,
        name=settings.name,
    )


def install_notices(
    app: Flask,
    site: Site,
    names: Callable[[frozenset[str]], Mapping[str, str]],
    words: Texts = template,
) -> None:
    """Add the pages and the duty. ``names``: person id -> name to show."""
    parts = build(site, words)

    def agencies() -> dict[str, str]:
        return {one.id: one.name for one in site.operations.agencies()}

    app.register_blueprint(
        notices.create_blueprint(parts.reading, agencies, shelf(site).receipt, names)
    )
    app.register_blueprint(subscriptions.create_blueprint(parts.subscribing, agencies))
    site.duties.add(parts.duty)
