"""A delivery as examined: what was read, what was found, what was decided."""

from dataclasses import dataclass

from filing.model.agency import Agency
from filing.model.package import Package
from filing.model.submission import Submission
from filing.rules.rule_set import RulesUsed


@dataclass(frozen=True, slots=True)
class Judged:
    """An examined delivery on its way to be recorded.

    before        the submission as it stands in the database; None if it is new
    submission    as it is after the decision (accepted or rejected)
    report        canonical bytes of the report
    undetermined  codes nobody could tell about, said in statement and receipt
    rules         which rules judged
    """

    before: Submission | None
    submission: Submission
    agency: Agency
    package: Package
    report: bytes
    undetermined: tuple[str, ...]
    rules: RulesUsed
