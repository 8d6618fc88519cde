"""Notices: what happened to a submission, told to its agency; and who is to be told.

A notice is an event of the submission's history as its agency reads it: nothing is
kept twice, and a notice has the number of its event. A subscription says where events
are carried to besides: to a URL of the agency's system, or to a mailbox.

Does not send anything; see filing.notices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filing.model.events import Event, Kind

#: The kinds that are notices, as the page shows them.
NOTICE_KINDS = (Kind.RECEIPTED, Kind.REJECTED, Kind.CORRECTED, Kind.RETURNED)

#: The kinds a subscription may carry: everything that can happen to a submission.
CARRIED_KINDS = (
    Kind.RECEIVED,
    Kind.REJECTED,
    Kind.CORRECTED,
    Kind.RETURNED,
    Kind.ACCEPTED,
    Kind.RECEIPTED,
    Kind.WITHDRAWN,
)

LANGUAGES = ("zh", "en")
MAX_DIGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class About:
    """What a notice's submission is, as far as it could be read; "" where it could not."""

    title: str = ""
    archival_code: str = ""
    electronic_code: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, to one reader.

    number   of its event; notices are ordered by it
    read     whether this reader has read it
    """

    number: int
    event: Event
    agency_name: str
    about: About
    read: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some notices, newest first.

    older, newer   give one back as ``cursor``; "" at an end
    """

    notices: tuple[Notice, ...]
    older: str = ""
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a notice in one language; ``{name}`` stands for a value.

    Which names there are: filing.notices.texts.PLACEHOLDERS.
    """

    title: str
    body: str


class Means(StrEnum):
    """How a subscription carries events."""

    WEBHOOK = "webhook"
    MAIL = "mail"


class Standing(StrEnum):
    """Whether a subscription is being served."""

    ACTIVE = "active"
    PAUSED = "paused"  # by a person
    HALTED = "halted"  # by us: it failed for too long; nothing is lost, a person resumes it


@dataclass(frozen=True, slots=True)
class Subscription:
    """One place events of one agency are carried to, in order.

    target          URL, or mail address
    kinds           which events; others are passed over
    language        of mails
    digest_minutes  mails: at most one in so many minutes, save for returns; 0 at once
    position        number of the last event carried or passed over
    failures        attempts in a row that failed; ``failing_since`` the first of them
    next_attempt_at not before this time
    last_error      of the last attempt, "" if it went well
    generation      which secret signs; counts from 1
    renewed_at      when the secret was last renewed: the one before signs along for a day
    version         counts what people changed, for replace-if-unchanged
    """

    id: str
    agency_id: str
    means: Means
    target: str
    kinds: tuple[Kind, ...]
    created_at: datetime
    language: str = "zh"
    digest_minutes: int = 0
    standing: Standing = Standing.ACTIVE
    position: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    next_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str = ""
    generation: int = 1
    renewed_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed for a subscription; not yet judged."""

    means: str
    target: str
    kinds: tuple[str, ...]
    language: str = "zh"
    digest_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try to deliver ended. ``error`` is "" when the other side took it."""

    error: str = ""

    @property
    def taken(self) -> bool:
        """Whether the other side took it."""
        return not self.error


#: The words of a notice: kind, language -> template.
Words = Mapping[tuple[Kind, str], Template]
