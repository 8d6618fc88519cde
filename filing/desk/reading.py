"""The duty that reads what was rejected before the desk was kept.

Each such submission has an entry already, without title and codes; they come from the
report and the delivery that were kept. It ends by itself: nothing new is left unread.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any  # what JSON holds, read by the names the report is written with

from filing.desk.ports import Unread
from filing.errors import KeptLost, NotFound
from filing.ingest.rejection import rejection_of
from filing.model.desk import Rejection
from filing.model.digest import Digest
from filing.model.finding import Finding, Outcome, Place
from filing.model.package import Form, Package
from filing.model.submission import Submission

_log = logging.getLogger("filing.desk")
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """The duty.

    report    the kept report of a submission; b"" where there is none; raises KeptLost
    package   its kept delivery, read; raises NotFound where it is not kept, KeptLost
    refuses   whether a finding refuses a delivery
    """

    unread: Unread
    report: Callable[[Submission], bytes]
    package: Callable[[Submission], Package]
    refuses: Callable[[Finding], bool]

    def __call__(self, still_ours: Callable[[], bool]) -> bool:
        """Read what is unread while it is ours; False when nothing is left."""
        while found := self.unread.unread(_BATCH):
            for one in found:
                if not still_ours():
                    return False
                self.unread.read(one, self._rejection(one))
        return False

    def _rejection(self, submission: Submission) -> Rejection:
        refusing: Sequence[Finding] = ()
        package = Package(Form.EEP, Digest.parse(submission.package_digest), 0, None)
        try:
            found = findings_of(self.report(submission))
            refusing = [one for one in found if self.refuses(one)]
            package = self.package(submission)
        except (NotFound, KeptLost):
            _log.warning("event=delivery-not-kept submission=%s", submission.id)
        return rejection_of(package, refusing)


def findings_of(report: bytes) -> Iterator[Finding]:
    """The findings a report lists, in its order; none of a report that is none."""
    try:
        for check in json.loads(report)["checks"] if report else ():
            yield from (_finding(check["code"], one) for one in check["findings"])
    except (KeyError, TypeError, ValueError):
        _log.warning("event=report-not-read")


def _finding(code: str, raw: dict[str, Any]) -> Finding:  # Any: as above
    place = raw["place"]
    return Finding(
        code=code,
        outcome=Outcome(raw["outcome"]),
        place=Place(place["path"], place["line"], place["xpath"], place["field"]),
        reason=raw["reason"],
        expected=raw["expected"],
        found=raw["found"],
    )
