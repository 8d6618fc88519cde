"""A delivery as examined: what was read, what was found, what was decided."""

from dataclasses import dataclass

from filing.evidence.corrections import Correction
from filing.model.agency import Agency
from filing.model.events import Event
from filing.model.package import Content, Package
from filing.model.submission import Submission
from filing.rules.rule_set import RulesUsed


@dataclass(frozen=True, slots=True)
class Mended:
    """A delivery refused before and handed in again, perhaps corrected.

    by            who hands it in, as events name them
    draft         version of the draft that must stand still when it is recorded
    event         what is told of the correction
    corrections   in order; () where nothing was changed and only the archive's side was
    received      the package as received
    delivered     the delivery itself, where the object holds but what was unpacked from it
    refused       the report that refused it as received
    """

    by: str
    draft: int
    event: Event
    corrections: tuple[Correction, ...]
    received: Package
    delivered: Content | None
    refused: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """An examined delivery on its way to be recorded.

    before        the submission as it stands in the database; None if it is new
    submission    as it is after the decision (accepted or rejected)
    report        canonical bytes of the report
    undetermined  codes nobody could tell about, said in statement and receipt
    rules         which rules judged
    mended        None for a delivery as it came
    """

    before: Submission | None
    submission: Submission
    agency: Agency
    package: Package
    report: bytes
    undetermined: tuple[str, ...]
    rules: RulesUsed
    mended: Mended | None = None
