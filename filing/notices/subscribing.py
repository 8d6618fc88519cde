"""Who is to be told besides: web addresses and mailboxes of agencies.

Three offices apart: whoever changes agencies says where messages go; whoever changes
credentials gives out the secret that signs them. A webhook without a secret waits.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from filing.errors import BadRequest, NotFound
from filing.model.events import Event, Kind
from filing.model.notices import (
    CARRIED_KINDS,
    LANGUAGES,
    MAX_DIGEST_MINUTES,
    NOTICE_KINDS,
    Attempt,
    Means,
    Standing,
    Subscription,
    Wish,
)
from filing.model.people import Person
from filing.model.roles import Permission
from filing.notices import ports, webhook
from filing.notices.mail import test_mail

_MOST_URL = 1000
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
_REFUSED = {
    "not-a-url": (
        "it is not an address of the form https://host/path",
        "网址应形如 https://主机/路径",
    ),
    "credentials": (
        "an address must not hold a user name or password",
        "网址中不得含用户名或口令",
    ),
    "needs-https": (
        "only https:// is allowed, save to networks the operator named",
        "须使用 https://；仅运维人员列明的网段可用 http://",
    ),
    "not-reachable": (
        "the address lies in a network that may not be reached",
        "该网址所在网段不允许访问",
    ),
}


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Keeps the promises of filing.services.notices.Subscribing."""

    kept: ports.Subscriptions
    clock: ports.Ids
    secrets: ports.Secrets
    post: ports.PostWebhook
    mail: ports.SendMail
    agency_exists: Callable[[str], bool]
    archive: str

    def subscriptions(self, person: Person, after: str, limit: int) -> tuple[Subscription, ...]:
        """See filing.services.notices.Subscribing."""
        _need_either(person)
        if after and not _ID.fullmatch(after):
            raise BadRequest("the cursor is none of this list", "翻页位置有误")
        return self.kept.listed(after, max(1, min(limit, 200)))

    def subscription(self, person: Person, subscription_id: str) -> Subscription:
        """See filing.services.notices.Subscribing."""
        _need_either(person)
        found = self.kept.one(subscription_id) if _ID.fullmatch(subscription_id) else None
        if found is None:
            raise NotFound(
                f"there is no subscription {subscription_id}", f"没有订阅 {subscription_id}"
            )
        return found

    def subscribe(self, person: Person, agency_id: str, wish: Wish) -> Subscription:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        if not agency_id.isprintable() or not self.agency_exists(agency_id):
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        now = self.clock.now()
        fresh = Subscription(
            id=self.clock.new_id(),
            agency_id=agency_id,
            means=_means(wish.means),
            target="",
            kinds=(),
            created_at=now,
            next_attempt_at=now,
            generation=0,
        )
        fresh = self._with(fresh, wish)
        event = self._event(person, fresh, Kind.SUBSCRIPTION_ADDED, means=fresh.means.value)
        return self.kept.add(fresh, event)

    def change(
        self, person: Person, subscription_id: str, version: int, wish: Wish
    ) -> Subscription:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        before = replace(self.subscription(person, subscription_id), version=version)
        if wish.means != before.means:
            raise BadRequest("the means of a subscription do not change", "订阅方式不可变更")
        # What is put right is tried at once.
        after = replace(before, failures=0, failing_since=None, next_attempt_at=self.clock.now())
        return self._changed(person, before, self._with(after, wish))

    def pause(self, person: Person, subscription_id: str) -> Subscription:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        before = self.subscription(person, subscription_id)
        return self._changed(person, before, replace(before, standing=Standing.PAUSED))

    def resume(self, person: Person, subscription_id: str) -> Subscription:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        before = self.subscription(person, subscription_id)
        after = replace(
            before,
            standing=Standing.ACTIVE,
            failures=0,
            failing_since=None,
            next_attempt_at=self.clock.now(),
        )
        return self._changed(person, before, after)

    def unsubscribe(self, person: Person, subscription_id: str) -> None:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        before = self.subscription(person, subscription_id)
        self.kept.remove(before, self._event(person, before, Kind.SUBSCRIPTION_REMOVED))

    def renew_secret(self, person: Person, subscription_id: str) -> str:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_CREDENTIALS)
        before = self.subscription(person, subscription_id)
        if before.means is not Means.WEBHOOK:
            raise BadRequest("only webhooks are signed", "仅网址订阅使用密钥")
        after = replace(before, generation=before.generation + 1, renewed_at=self.clock.now())
        kind = Kind.SUBSCRIPTION_SECRET_RENEWED
        event = self._event(person, before, kind, generation=after.generation)
        self.kept.change(before, after, event)
        return webhook.secret_text(self.secrets(after.id, after.generation))

    def test(self, person: Person, subscription_id: str) -> Attempt:
        """See filing.services.notices.Subscribing."""
        person.need(Permission.CHANGE_AGENCIES)
        found = self.subscription(person, subscription_id)
        now = self.clock.now()
        name = f"test-{self.clock.new_id()}"
        if found.means is Means.MAIL:
            subject, text = test_mail(self.archive, found.language)
            return self.mail(found.target, subject, text, name)
        if not found.generation:
            raise BadRequest("no secret was given out yet", "尚未签发密钥")
        content = webhook.test_body(found.id, now)
        secret = self.secrets(found.id, found.generation)
        return self.post(found.target, webhook.headers((secret,), name, now, content), content)

    def _changed(self, person: Person, before: Subscription, after: Subscription) -> Subscription:
        kind = Kind.SUBSCRIPTION_CHANGED
        event = self._event(person, after, kind, standing=after.standing.value)
        return self.kept.change(before, after, event)

    def _with(self, given: Subscription, wish: Wish) -> Subscription:
        """``given`` as wished. Raises BadRequest for what cannot be."""
        target = wish.target.strip()
        if given.means is Means.WEBHOOK:
            self._check_url(target)
            allowed: tuple[Kind, ...] = CARRIED_KINDS
        else:
            self._check_address(target)
            allowed = NOTICE_KINDS
        kinds = tuple(one for one in allowed if one.value in wish.kinds)
        if not kinds or len(kinds) != len(set(wish.kinds)):
            raise BadRequest("choose one kind of event at least", "请至少选择一类事件")
        if wish.language not in LANGUAGES:
            raise BadRequest("the language is zh or en", "语言应为 zh 或 en")
        if not 0 <= wish.digest_minutes <= MAX_DIGEST_MINUTES:
            raise BadRequest(
                f"minutes are from 0 to {MAX_DIGEST_MINUTES}",
                f"汇总间隔应为 0 至 {MAX_DIGEST_MINUTES} 分钟",
            )
        return replace(
            given,
            target=target,
            kinds=kinds,
            language=wish.language,
            digest_minutes=wish.digest_minutes,
        )

    def _check_url(self, url: str) -> None:
        plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _MOST_URL
        if why := self.post.may_reach(url) if plain else "not-a-url":
            raise BadRequest(*_REFUSED[why])

    def _check_address(self, address: str) -> None:
        if not self.mail.configured:
            raise BadRequest(
                "mail is not set up on this archive (FILING_SMTP)", "本系统未配置邮件发送"
            )
        if len(address) > 254 or not _ADDRESS.fullmatch(address):
            raise BadRequest("it is no mail address", "邮件地址有误")

    def _event(self, person: Person, one: Subscription, kind: Kind, **more: object) -> Event:
        detail = {"agency": one.agency_id, "subscription": one.id, **more}
        return Event("", "", kind, self.clock.now(), person.who, detail)


def _need_either(person: Person) -> None:
    if not person.may(Permission.CHANGE_CREDENTIALS):
        person.need(Permission.CHANGE_AGENCIES)


def _means(text: str) -> Means:
    try:
        return Means(text)
    except ValueError:
        raise BadRequest("the means are webhook or mail", "方式应为网址或邮件") from None
