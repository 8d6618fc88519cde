"""What the pages may ask of notices: reading them, and who is told besides.

Every call checks the person's permission and agency.
"""

from collections.abc import Sequence
from typing import Protocol

from filing.model.events import Kind
from filing.model.notices import Attempt, Notice, NoticePage, Subscription, Template, Wish
from filing.model.people import Person


class Notices(Protocol):
    """Returns, corrections, rejections and receipts, as an agency reads them."""

    def notices(
        self, person: Person, agency_id: str, kind: Kind | None, cursor: str, limit: int
    ) -> NoticePage:
        """Newest first.

        agency_id   "" for every agency this person sees
        cursor      "" or what a page gave as older or newer

        Raises BadRequest, NotFound (another's agency).
        """

    def notice(self, person: Person, number: int, language: str) -> tuple[Notice, Template]:
        """One notice and its words, values in place. Raises NotFound."""

    def mark_read(self, person: Person, numbers: Sequence[int]) -> None: ...
    def mark_all_read(self, person: Person) -> None: ...


class Subscribing(Protocol):
    """Where events are carried to. Seen by whoever changes agencies or credentials."""

    def subscriptions(self, person: Person, after: str, limit: int) -> tuple[Subscription, ...]:
        """By id, beginning behind ``after``."""

    def subscription(self, person: Person, subscription_id: str) -> Subscription:
        """Raises NotFound."""

    def subscribe(self, person: Person, agency_id: str, wish: Wish) -> Subscription:
        """A new one, for what happens from now on. Raises NotFound (agency), BadRequest."""

    def change(
        self, person: Person, subscription_id: str, version: int, wish: Wish
    ) -> Subscription:
        """Raises NotFound, BadRequest, ChangedMeanwhile."""

    def pause(self, person: Person, subscription_id: str) -> Subscription: ...
    def resume(self, person: Person, subscription_id: str) -> Subscription:
        """Serve it again, from where it stopped, at once."""

    def unsubscribe(self, person: Person, subscription_id: str) -> None: ...
    def renew_secret(self, person: Person, subscription_id: str) -> str:
        """A new secret, shown this once; the one before signs along for a day."""

    def test(self, person: Person, subscription_id: str) -> Attempt:
        """Send a message that says nothing, now. Raises BadRequest."""
