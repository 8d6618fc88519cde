"""Corrections, put together from a site: what the desk's pages and bulk acts call."""

from dataclasses import dataclass, replace

from filing.adapters.db.drafts import SqlDrafts
from filing.adapters.db.register import SqlRegister
from filing.adapters.packages.amended import Amending
from filing.app.site import Site
from filing.ingest.at_once import AtOnce
from filing.ingest.correct import Correct
from filing.ingest.hand_in import HandInCorrection
from filing.ingest.opening import Desk
from filing.ingest.remembered import RememberedInspector, RememberedScanner
from filing.model.limits import Limits
from filing.model.people import Person
from filing.model.submission import Submission
from filing.rules.correction import CorrectionRules, load_correction_rules
from filing.services import Answer


@dataclass(frozen=True)
class SiteCorrections(Correct):
    """Keeps the promise of filing.services.desk.Corrections."""

    handing_in: HandInCorrection

    def hand_in(self, person: Person, submission_id: str, version: int, reason: str) -> Answer:
        """See filing.services.desk.Corrections."""
        done = self.handing_in(person, submission_id, version, reason)
        return Answer(done.submission, done.body)

    def send_back(self, person: Person, submission_id: str, reason: str, text: str) -> Submission:
        """See filing.services.desk.Corrections."""
        return self.handing_in.send_back(person, submission_id, reason, text)


class SiteMending:
    """Corrections as acts on many ask for them; keeps the promise of filing.desk.ports.Mending."""

    def __init__(self, own: SiteCorrections) -> None:
        self.draft, self.examine = own.draft, own.examine
        self.mend = AtOnce(own, own.handing_in)


def corrections(site: Site) -> SiteCorrections:
    """The use cases of one process, on its site."""
    settings, examine = site.settings, site.examine
    drafts = SqlDrafts(site.database)
    desk = Desk(
        ledger=site.ledger,
        register=SqlRegister(site.database, site.clock.now),
        keeping=site.staging,
        staging=site.staging,
        amending=Amending(examine.read, Limits(max_total_bytes=settings.max_body_bytes)),
        clock=site.clock,
    )
    revise = replace(
        examine,
        inspector=RememberedInspector(examine.inspector),
        scanner=RememberedScanner(examine.scanner),
    )
    return SiteCorrections(
        desk=desk,
        drafts=drafts,
        examine_draft=revise,
        rules=rules(),
        max_bytes=settings.max_body_bytes,
        handing_in=HandInCorrection(
            desk=desk,
            drafts=drafts,
            examine=examine,
            file=site.committer.hand_in,
            unit=settings.name,
        ),
    )


def rules() -> CorrectionRules:
    """What may be corrected, and who must act where it may not."""
    return load_correction_rules()
