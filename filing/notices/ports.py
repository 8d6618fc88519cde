"""What notices ask of the outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from filing.model.events import Event, Kind
from filing.model.notices import About, Attempt, Subscription, Template


class Notices(Protocol):
    """Events as notices, and who has read them. Every query follows an index."""

    def before(
        self, agency_id: str, kinds: Collection[Kind], number: int, limit: int
    ) -> Sequence[tuple[int, Event]]:
        """Notices with smaller numbers, the largest first. ``agency_id`` "" for all agencies."""

    def after(
        self, agency_id: str, kinds: Collection[Kind], number: int, limit: int
    ) -> Sequence[tuple[int, Event]]:
        """Notices with larger numbers, the smallest first."""

    def one(self, number: int) -> Event | None:
        """The event with this number."""

    def read_of(self, person_id: str, numbers: Collection[int]) -> frozenset[int]:
        """Which of these the person has read."""

    def mark_read(self, person_id: str, numbers: Collection[int]) -> None: ...

    def mark_all_read(self, person_id: str) -> None:
        """Everything there is by now counts as read."""

    def about(self, submission_ids: Collection[str]) -> Mapping[str, About]:
        """What is known of these submissions; some may be left out."""

    def names(self, agency_ids: Collection[str]) -> Mapping[str, str]:
        """Agency id -> name."""


class Subscriptions(Protocol):
    """Subscriptions and how far each has come. Each method is one transaction."""

    def one(self, subscription_id: str) -> Subscription | None: ...

    def listed(self, after: str, limit: int) -> tuple[Subscription, ...]:
        """By id, beginning behind ``after``."""

    def add(self, subscription: Subscription, event: Event) -> Subscription:
        """Keep a new one; its position is the newest event's number. Raises NotFound (agency)."""

    def change(self, before: Subscription, after: Subscription, event: Event) -> Subscription:
        """Replace unless somebody changed it. Raises ChangedMeanwhile."""

    def remove(self, subscription: Subscription, event: Event) -> None:
        """Raises ChangedMeanwhile."""

    def due(self, now: datetime, limit: int) -> tuple[Subscription, ...]:
        """Those in service with something ahead and nothing to wait for, longest waiting first."""

    def ahead(self, subscription: Subscription, limit: int) -> Sequence[tuple[int, Event]]:
        """Events of its agency behind its position, in order."""

    def carried(self, subscription: Subscription, position: int, at: datetime | None) -> bool:
        """Move the position on; ``at`` when something was taken, None when only passed over.

        False when it was changed, paused or carried on by another meanwhile.
        """

    def wait(self, subscription: Subscription, until: datetime) -> None:
        """Do not look at it before ``until``."""

    def failed(self, subscription: Subscription, error: str, at: datetime, until: datetime) -> None:
        """Count a failure and wait until ``until``."""

    def halt(self, subscription: Subscription, error: str, at: datetime, event: Event) -> None:
        """Count a failure and serve it no more until a person resumes it."""


class Secrets(Protocol):
    """The secrets that sign webhooks; derived, not kept."""

    def __call__(self, subscription_id: str, generation: int) -> bytes:
        """32 bytes."""


class PostWebhook(Protocol):
    """Sends a webhook."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """POST once, in bounded time, following nothing. Never raises for the other side."""

    def may_reach(self, url: str) -> str:
        """ "" if messages may be sent there, else why not (a slug); looks at the URL alone."""


class SendMail(Protocol):
    """Sends mails; there may be no server for them."""

    @property
    def configured(self) -> bool: ...

    def __call__(self, address: str, subject: str, body: str, message_id: str) -> Attempt:
        """Hand one mail to the server, in bounded time. Never raises for the other side."""


class Texts(Protocol):
    """The words in force."""

    def __call__(self, kind: Kind, language: str) -> Template:
        """Raises KeyError for a kind that is no notice."""


class Ids(Protocol):
    """Clock and ids; filing.ports.Clock keeps this too."""

    def now(self) -> datetime: ...
    def new_id(self) -> str: ...
