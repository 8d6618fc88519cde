"""Settings that administrators change on the pages, and the versions they had.

A setting is never overwritten: each change is a new version with who, when and why, and
putting an old one back is a new version too.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SettingKind(StrEnum):
    """What a setting is about."""

    AGENCY = "agency"
    RULES = "rules"
    NOTICE_TEXT = "notice-text"


@dataclass(frozen=True, slots=True)
class Setting:
    """Which setting.

    owner   the agency it is for; "" for the whole archive
    key     of RULES the scope's key (model.tuning.Scope), of NOTICE_TEXT the notice's kind;
            "" of an agency
    """

    kind: SettingKind
    owner: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a setting.

    number   counts from 1; 0 is what the release ships, before anybody changed it
    body     canonical JSON
    by       as events name people; "system" for what stood before the first change
    """

    setting: Setting
    number: int
    body: str
    reason: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing two versions say differently. "" where one says nothing about it."""

    place: str
    before: str
    after: str


class Change(StrEnum):
    """What a change of settings would do to one delivery."""

    ACCEPTED = "accepted"  # refused now, accepted then
    REFUSED = "refused"  # accepted now, refused then
    SAME = "same"
    UNKNOWN = "unknown"  # could not be told


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one delivery.

    codes   checks that refuse it: those that stop or begin to
    why     of UNKNOWN: a slug ("too-large", "gone", "differs", "failed")
    """

    submission_id: str
    agency_id: str
    change: Change
    codes: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A change of settings tried on recent deliveries.

    rejected, accepted   how many recent ones of each were looked at
    left                 how many were not looked at, because time was up
    replayed             what came of each that changed or could not be told
    """

    rejected: int
    accepted: int
    left: int
    replayed: tuple[Replayed, ...]

    def count(self, change: Change) -> int:
        """How many would go this way."""
        return sum(1 for one in self.replayed if one.change is change)
