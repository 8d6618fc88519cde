"""Administration, built from a site: its use cases, and the words of notices in force."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from filing.adapters import notice_texts
from filing.adapters.db.administration import SqlAgencies
from filing.adapters.past_deliveries import PastDeliveries
from filing.administration.agencies import AgencyDesk
from filing.administration.history import History
from filing.administration.in_force import TextsInForce
from filing.administration.rehearsals import Rehearsals
from filing.administration.replay import Replay
from filing.administration.texts import TextDesk
from filing.administration.tunings import RulesDesk
from filing.app.site import Site
from filing.model.events import Event, Kind
from filing.model.notices import About, Template
from filing.notices import texts
from filing.services.administration import Administration


def create_administration(site: Site) -> Administration:
    """The administration of this site."""
    settings, clock = site.settings_kept, site.clock
    kept = SqlAgencies(site.database, clock.now)
    agencies = AgencyDesk(kept, settings, clock, _certificate)
    rules = RulesDesk(settings, kept, site.rules_in_force, site.believed, clock)
    words = TextDesk(
        settings, notice_texts.template, _Wording(site.settings.name), site.believed, clock
    )
    past = PastDeliveries(site.database, site.staging, site.records, clock.new_id)
    replay = Replay(site.examine, past, kept, site.rules_in_force)
    return Administration(
        agencies=agencies,
        rules=rules,
        texts=words,
        history=History(settings, agencies, rules, words),
        rehearsals=Rehearsals(agencies, rules, replay),
    )


def notice_words(site: Site) -> TextsInForce:
    """The words of notices, as set on the pages or as shipped."""
    return TextsInForce(notice_texts.template, site.settings_kept, site.believed)


def _certificate(file: bytes) -> bytes:
    pem = b"-----BEGIN" in file
    read = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    return read(file).public_bytes(Encoding.DER)


class _Wording:
    """Keeps the promises of filing.administration.ports.Wording with the notices' own."""

    def __init__(self, archive: str) -> None:
        self._archive = archive

    def unknown(self, template: Template) -> Sequence[str]:
        return texts.unknown(template)

    def names(self) -> Sequence[tuple[str, str, str]]:
        return [(name, zh, en) for name, (zh, en) in texts.PLACEHOLDERS.items()]

    def sample(self, kind: Kind, template: Template, language: str) -> Template:
        event = Event(
            "water",
            "0190a6c2-7d1e-7c3a-9d55-0a3c5e7b9f10",
            kind,
            datetime(2026, 3, 12, 1, 30, tzinfo=UTC),
            "system",
            {
                "reason": "更正保管期限",
                "text": "请补充会议纪要正文后重新移交。",
                "failed": ["GD-1-4", "GD-2-4"],
                "fields": ["档号/保管期限", "内容描述/文种"],
                "changes": 2,
                "record": "0190a6c2-8f00-7b21-8a3c-5d7e9f1b3c5d",
                "leaf_index": 1024,
            },
        )
        about = About("关于加强水库安全管理的通知", "Z109-WS·2026-Y-BGS-0001", "Z109-2026-000001")
        agency = "某某省水利厅" if language == "zh" else "Provincial water office (sample)"
        return texts.fill(template, texts.values(event, about, agency, self._archive, language))
