"""The promise of custody: every byte of a location within so many days, and how it stands."""

from dataclasses import dataclass, field
from datetime import date, datetime

from filing.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Policy:
    """The promise about one location: every byte within ``within_days``, and at what cost.

    bytes_per_second   at most; 0 without bound
    percent            of the time at most, 1 to 100
    from_hour, to_hour hours of the day (China); equal: all day; may go past midnight
    """

    within_days: int = 90
    bytes_per_second: int = 20_000_000
    percent: int = 25
    from_hour: int = 0
    to_hour: int = 0

    def __post_init__(self) -> None:
        hours = 0 <= self.from_hour < 24 and 0 <= self.to_hour < 24
        if not (1 <= self.within_days <= 3650 and self.bytes_per_second >= 0 and hours):
            raise BadRequest("the policy has impossible numbers", "检查策略的数值无效")
        if not 1 <= self.percent <= 100:
            raise BadRequest("a share of time is 1 to 100 percent", "时间占比应为 1 至 100")

    def is_open_at(self, hour: int) -> bool:
        """Whether audits may read in this hour of the day."""
        if self.from_hour == self.to_hour:
            return True
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return hour >= self.from_hour or hour < self.to_hour

    @property
    def hours(self) -> int:
        """Hours a day audits may read."""
        return (self.to_hour - self.from_hour) % 24 or 24


@dataclass(frozen=True, slots=True)
class Day:
    """How much of a location was last read whole (or stored, if never read) on one day."""

    day: date
    copies: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the promise of one location stands.

    oldest          the longest a copy waits since it was last read whole or, never read, stored
    waiting         copies older than the promise allows: it is broken for them
    unread          copies whose last look could not tell
    rate            bytes read a second, over the last seven days
    needed          bytes a second that keep the promise
    able            bytes a second the policy allows
    done_by         when what is due now will have been read, by ``rate``; None without one
    alarm           "" or a slug: "broken", "will-break", "too-slow", "cannot-read"
    days            newest first
    """

    location: str
    policy: Policy
    copies: int
    size_bytes: int
    oldest: datetime | None
    waiting: int
    unread: int
    rate: int
    needed: int
    able: int
    done_by: datetime | None
    alarm: str
    days: tuple[Day, ...] = field(default=())
