"""An archive's database with events in it, and what serves subscriptions from it."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from filing.adapters.db import submissions
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.notices import SqlNotices
from filing.adapters.db.register import SqlRegister
from filing.adapters.db.subscriptions import SqlSubscriptions
from filing.adapters.notice_texts import template
from filing.adapters.webhook import PostWebhook
from filing.model.agency import Agency
from filing.model.events import Event, Kind
from filing.model.identifiers import new_id
from filing.model.notices import CARRIED_KINDS, Attempt, Means, Subscription
from filing.model.people import Person
from filing.model.roles import Role
from filing.notices.carrying import Carry, Patience
from filing.notices.subscribing import Subscribe

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
CITY, LAKE = "city", "lake"
SECRET = b"s" * 32
HASTY = Patience(timedelta(seconds=10), timedelta(hours=1), timedelta(days=7))


@dataclass
class Hands:
    """A clock that stands still until it is moved on; ids that count."""

    at: datetime = NOW
    count: int = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        self.count += 1
        return new_id(self.count, bytes(10))

    def on(self, **passed: float) -> None:
        self.at += timedelta(**passed)


@dataclass
class FakeMail:
    """Takes mails, or answers with ``error``."""

    error: str = ""
    configured: bool = True
    sent: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __call__(self, address: str, subject: str, body: str, message_id: str) -> Attempt:
        if self.error:
            return Attempt(self.error)
        self.sent.append((address, subject, body, message_id))
        return Attempt()


def secrets(subscription_id: str, generation: int) -> bytes:
    return bytes([generation]) * 32


def a_person(role: Role, agency_id: str = "") -> Person:
    return Person(f"{role}-id", str(role), str(role), frozenset({role}), agency_id)


SYSTEM = a_person(Role.SYSTEM_ADMINISTRATOR)
SECURITY = a_person(Role.SECURITY_ADMINISTRATOR)


@dataclass
class Office:
    """Everything about notices, on one database."""

    database: Database
    hands: Hands
    mail: FakeMail
    post: PostWebhook

    @property
    def notices(self) -> SqlNotices:
        return SqlNotices(self.database)

    @property
    def subscriptions(self) -> SqlSubscriptions:
        return SqlSubscriptions(self.database)

    @property
    def subscribe(self) -> Subscribe:
        return Subscribe(
            kept=self.subscriptions,
            clock=self.hands,
            secrets=secrets,
            post=self.post,
            mail=self.mail,
            agency_exists=lambda one: bool(self.notices.names([one])),
            archive="省档案馆",
        )

    @property
    def carry(self) -> Carry:
        return Carry(
            kept=self.subscriptions,
            clock=self.hands,
            secrets=secrets,
            post=self.post,
            mail=self.mail,
            words=template,
            about=self.notices.about,
            names=self.notices.names,
            archive="省档案馆",
            url="https://archive.example",
            patience=HASTY,
        )

    def happen(
        self, *kinds: Kind, agency_id: str = CITY, detail: dict[str, object] | None = None
    ) -> list[int]:
        """Events, one after another; their numbers."""
        with self.database.writing() as connection:
            self.database.order_log(connection)
            submissions.add_events(
                connection,
                [
                    Event(
                        agency_id, self.hands.new_id(), kind, self.hands.at, "system", detail or {}
                    )
                    for kind in kinds
                ],
            )
        with self.database.reading() as connection:
            found = submissions.events_after(connection, agency_id, 0, 1_000_000)
        return [number for number, _ in found][-len(kinds) :]

    def a_webhook(self, url: str, kinds: Sequence[Kind] = CARRIED_KINDS) -> Subscription:
        """A webhook of the city with its secret given out, for what happens from now on."""
        return self.subscriptions.add(
            Subscription(
                id=self.hands.new_id(),
                agency_id=CITY,
                means=Means.WEBHOOK,
                target=url,
                kinds=tuple(kinds),
                created_at=self.hands.at,
                next_attempt_at=self.hands.at,
            ),
            Event("", "", Kind.SUBSCRIPTION_ADDED, self.hands.at, "system"),
        )

    def look(self, one: Subscription) -> Subscription:
        found = self.subscriptions.one(one.id)
        assert found is not None
        return found

    def serve(self, rounds: int = 1) -> None:
        """As the duty does, one after another."""
        for _ in range(rounds):
            for one in self.carry.due(100):
                self.carry.serve(one, lambda: True)


@contextlib.contextmanager
def an_office(url: str, networks: str = "127.0.0.0/8") -> Iterator[Office]:
    database = Database(url)
    migrate(database)
    register = SqlRegister(database, lambda: NOW)
    if not register.agencies():
        for one, name in ((CITY, "市政府办公室"), (LAKE, "湖区办事处")):
            register.add(Agency(one, name, names=(name,), rules=()))
    try:
        yield Office(database, Hands(), FakeMail(), PostWebhook(networks))
    finally:
        database.close()
