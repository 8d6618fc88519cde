"""Processes that carry events are killed where they stand; nothing is lost, nothing overtaken."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from filing.adapters.webhook import PostWebhook
from filing.adapters.webhook_secrets import WebhookSecrets
from filing.app.home import initialise
from filing.app.site import Site
from filing.config import Settings
from filing.model.agency import Agency
from filing.model.events import Kind
from filing.notices import webhook
from tests.notices.given import CITY, FakeMail, Hands, Office
from tests.notices.receivers import Received, Receiver, listening

ROOT = Path(__file__).parents[2]
EVENTS = 120


@contextlib.contextmanager
def a_sender(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A process that carries, ready when the block begins; killed, not asked, when it ends."""
    command = [sys.executable, "-m", "tests.notices.sender", str(settings.home), settings.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def settings(tmp_path, database_url):
    return Settings(home=tmp_path / "home", database_url=database_url)


def at_leisure(one: Received) -> int:
    """Slow enough to be killed in the middle."""
    time.sleep(0.01)
    return 204


def test_a_killed_sender_loses_no_event_and_turns_none_around(settings):
    initialise(settings)
    with contextlib.closing(Site(settings)) as site:
        site.operations.add_agency(Agency(id=CITY, name=CITY))
        office = Office(site.database, Hands(site.clock.now()), FakeMail(), PostWebhook())
        with listening(Receiver(at_leisure)) as receiver:
            one = office.a_webhook(receiver.url)
            numbers = office.happen(*[Kind.RECEIVED] * EVENTS)
            for share in (1, 2, 3):
                with a_sender(settings):
                    receiver.wait_for(EVENTS * share // 4)
            # Two at once in the end: one of them has the lease.
            with a_sender(settings), a_sender(settings):
                receiver.wait_for(EVENTS)
        assert receiver.numbers() == numbers
        bodies = {}
        for message in receiver.received:
            assert bodies.setdefault(message.id, message.body) == message.body
        assert len(receiver.received) < 2 * EVENTS
        secret = WebhookSecrets(settings.keys)(one.id, 1)
        last = receiver.received[-1]
        sent = last.headers["webhook-timestamp"]
        assert last.headers["webhook-signature"] == webhook.signature(
            secret, last.id, sent, last.body
        )
