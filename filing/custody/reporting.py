"""What a report on an audit says, gathered; how it is written is an adapter's business.

A report says how things stood when it was made: findings may have been put right since
the audit, and each says its own state. Of an audit that is not finished it says so.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from filing.custody.catalogue import Catalogue
from filing.custody.keeping import Keeping
from filing.custody.showing import Showing
from filing.evidence.canonical import canonical
from filing.model.audit_report import AuditReport, CodeCount, ItemAnswer
from filing.model.custody import Answer, Audit, AuditState, Fault, Finding
from filing.model.custody_views import Wanted
from filing.model.people import Person

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Reporting:
    """Reports of one archive.

    name   what a doer is called: ("person:ID") -> a name
    """

    archive: str
    origin: str
    keeping: Keeping
    showing: Showing
    name: Callable[[str], str]

    def by_item(self, by: Person | None, audit: Audit) -> Mapping[str, str]:
        """See filing.services.custody.Reports."""
        self.keeping.audit(by, audit.id)
        tally = self.showing.shelves.tally(audit.id)
        known = self.keeping.catalogue()
        seen = [Fault(code, Answer(answer)) for code, answer, _ in tally if code in known.faults]
        return known.by_item(audit, seen)

    def report(self, by: Person | None, audit_id: str) -> AuditReport:
        """Everything a report on this audit says. Raises NotFound, NotAllowed."""
        keeping, showing = self.keeping, self.showing
        audit = keeping.audit(by, audit_id)
        known = keeping.catalogue()
        answers = self.by_item(by, audit)
        ended = [one.position for one in showing.events_of(by, audit.id)]
        size = showing.tables.log_size()
        heads = showing.tables.heads(size - 1, 1) if size else ()
        return AuditReport(
            archive=self.archive,
            origin=self.origin,
            audit=audit,
            made_at=showing.clock.now(),
            made_by=self.name("system" if by is None else by.who),
            asked_by=self.name(audit.who),
            excluded_share=_share(keeping, audit),
            items=tuple(
                ItemAnswer(one.code, one.zh, one.en, answers[one.code], one.confirmed)
                for one in known.items.values()
            ),
            counts=tuple(
                CodeCount(code, *_named(known, code), answer, count)
                for code, answer, count in showing.shelves.tally(audit.id)
            ),
            catalogue=known.version,
            digest=_digest(known),
            logged_at=ended[-1] if ended else None,
            log_size=size,
            checkpoint=heads[0].note if heads else "",
            wording=lambda code: _named(known, code)[1],
            findings=lambda: self._findings(audit.id),
        )

    def _findings(self, audit_id: str) -> Iterator[Finding]:
        before = ""
        while found := self.showing.shelves.found(Wanted(audit_id=audit_id), before, _PAGE):
            yield from found
            before = found[-1].id


def _share(keeping: Keeping, audit: Audit) -> float | None:
    """What a sample excludes: only one that ended, and came out intact."""
    clean = audit.state is AuditState.FINISHED and audit.answer is Answer.INTACT
    return keeping.excluded_share(audit) if audit.scope.sample and clean else None


def _named(known: Catalogue, code: str) -> tuple[str, str, str]:
    """Item, Chinese, English; a code of another version stands for itself."""
    found = known.faults.get(code)
    return (found.item, found.zh, found.en) if found else ("", code, code)


def _digest(known: Catalogue) -> str:
    """What the catalogue is known by: codes, items and wording, in canonical form."""
    faults = [[one.code, one.item, one.zh, one.en] for one in known.faults.values()]
    items = [[one.code, one.property, one.needs, one.zh, one.en] for one in known.items.values()]
    text = canonical({"version": known.version, "faults": faults, "items": items})
    return hashlib.sha256(text).hexdigest()
