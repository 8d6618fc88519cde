"""One subscription served: events in order, each once at least.

The position moves only after the other side took an event, so a crash repeats the last
message and loses none; the receiver knows a repeat by its id. Nothing overtakes: while
one event is refused, those behind it wait. Waits double up to an hour; who failed for
a week is halted until a person looks, with everything still ahead of it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from filing.model.events import Event, Kind
from filing.model.notices import About, Attempt, Means, Subscription
from filing.notices import mail, ports, webhook

#: Events of one turn: read together, so that one look at the database serves many.
_TURN_EVENTS = 100
_MAIL_EVENTS = 1000
#: After so long another subscription gets its turn.
_TURN = timedelta(seconds=5)
#: How often a mailbox that gathers is looked at, so that a return goes out at once.
_LOOK_AGAIN = timedelta(seconds=20)
#: The secret before the present one signs along for so long.
BOTH_SIGN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Patience:
    """How failures are met."""

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)
    halt_after: timedelta = timedelta(days=7)

    def pause(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row, 1 at least."""
        times: int = 2 ** min(failures - 1, 20)
        return min(self.longest, self.first * times)


@dataclass(frozen=True, slots=True)
class Carry:
    """What serving needs.

    about, names   see filing.notices.ports.Notices
    url            where the archive's pages are, for mails; "" if nobody said
    """

    kept: ports.Subscriptions
    clock: ports.Ids
    secrets: ports.Secrets
    post: ports.PostWebhook
    mail: ports.SendMail
    words: ports.Texts
    about: Callable[[Collection[str]], Mapping[str, About]]
    names: Callable[[Collection[str]], Mapping[str, str]]
    archive: str
    url: str = ""
    patience: Patience = Patience()

    def due(self, limit: int) -> tuple[Subscription, ...]:
        """Those that want serving, longest waiting first."""
        return self.kept.due(self.clock.now(), limit)

    def serve(self, subscription: Subscription, go_on: Callable[[], bool]) -> bool:
        """One turn of one subscription; True when more of it is ready to go."""
        if subscription.means is Means.MAIL:
            return self._mail(subscription)
        return self._post(subscription, go_on)

    def _post(self, subscription: Subscription, go_on: Callable[[], bool]) -> bool:
        until = self.clock.now() + _TURN
        ahead = self.kept.ahead(subscription, _TURN_EVENTS)
        passed = 0
        for number, event in ahead:
            if event.kind not in subscription.kinds:
                passed = number
                continue
            if not go_on() or self.clock.now() > until:
                return True
            now = self.clock.now()
            content = webhook.body(number, event)
            headers = webhook.headers(
                self._secrets(subscription, now), webhook.message_id(number), now, content
            )
            attempt = self.post(subscription.target, headers, content)
            if not self._settled(subscription, attempt, number):
                return False
            subscription = replace(subscription, failures=0, failing_since=None)
            passed = 0
        if passed:
            self.kept.carried(subscription, passed, None)
        return len(ahead) == _TURN_EVENTS

    def _mail(self, subscription: Subscription) -> bool:
        now = self.clock.now()
        ahead = self.kept.ahead(subscription, _MAIL_EVENTS)
        wanted = [one for one in ahead if one[1].kind in subscription.kinds]
        if not ahead:
            return False
        if not wanted:
            self.kept.carried(subscription, ahead[-1][0], None)
            return len(ahead) == _MAIL_EVENTS
        free_from = (subscription.last_success_at or subscription.created_at) + timedelta(
            minutes=subscription.digest_minutes
        )
        urgent = any(event.kind is Kind.RETURNED for _, event in wanted)
        if subscription.last_success_at and not urgent and now < free_from:
            self.kept.wait(subscription, min(free_from, now + _LOOK_AGAIN))
            return False
        attempt = self._send(subscription, wanted)
        return self._settled(subscription, attempt, ahead[-1][0]) and len(ahead) == _MAIL_EVENTS

    def _send(self, subscription: Subscription, wanted: Sequence[tuple[int, Event]]) -> Attempt:
        subject, text = mail.compose(
            wanted,
            self.about({event.submission_id for _, event in wanted}),
            self.names([subscription.agency_id]).get(subscription.agency_id, ""),
            self.archive,
            subscription.language,
            self.words,
            self.url,
        )
        name = f"{subscription.id}-{wanted[-1][0]}"
        return self.mail(subscription.target, subject, text, name)

    def _settled(self, subscription: Subscription, attempt: Attempt, number: int) -> bool:
        """Record how an attempt ended; whether to go on with the next event."""
        now = self.clock.now()
        if attempt.taken:
            return self.kept.carried(subscription, number, now)
        since = subscription.failing_since or now
        if now - since >= self.patience.halt_after:
            detail = {
                "agency": subscription.agency_id,
                "subscription": subscription.id,
                "failures": subscription.failures + 1,
            }
            event = Event("", "", Kind.SUBSCRIPTION_HALTED, now, "system", detail)
            self.kept.halt(subscription, attempt.error, now, event)
        else:
            pause = self.patience.pause(subscription.failures + 1)
            self.kept.failed(subscription, attempt.error, now, now + pause)
        return False

    def _secrets(self, subscription: Subscription, now: datetime) -> tuple[bytes, ...]:
        newest = self.secrets(subscription.id, subscription.generation)
        renewed = subscription.renewed_at
        if subscription.generation > 1 and renewed and now - renewed < BOTH_SIGN:
            return newest, self.secrets(subscription.id, subscription.generation - 1)
        return (newest,)
