"""Which openings of content still hold; see docs/adr/0020."""

from datetime import datetime, timedelta
from typing import NamedTuple

from filing.model.custody import Audit, Depth

#: How long the same bytes, once opened, need not be opened again by the same program. What it
#: reads with is not all its own: the machine's libraries and the machine change too.
OPENED_HOLDS = timedelta(days=365)
#: An opening dated later than this is of a clock that was wrong.
_AHEAD = timedelta(hours=1)


class Recent(NamedTuple):
    """From when to when content must have been opened for it to hold: not before a time, and
    not in a future that only a wrong clock can have written."""

    since: datetime
    until: datetime


def recent_enough(audit: Audit, now: datetime) -> Recent | None:
    """What this audit need not open again; None where it opens nothing."""
    if audit.scope.depth is Depth.BYTES:
        return None
    anew = audit.scope.depth is Depth.ANEW
    return Recent(audit.begun_at if anew else now - OPENED_HOLDS, now + _AHEAD)
