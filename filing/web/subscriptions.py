"""Where events are carried to, for whoever changes agencies or their credentials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from filing.errors import BadRequest
from filing.model.events import Kind
from filing.model.notices import (
    CARRIED_KINDS,
    NOTICE_KINDS,
    Attempt,
    Means,
    Standing,
    Subscription,
    Wish,
)
from filing.model.roles import Permission
from filing.services.notices import Subscribing
from filing.web.i18n import gettext, language, marked, refused
from filing.web.notices import labels
from filing.web.pages import render
from filing.web.session import needs, person

PAGE = 50
MEANS: Mapping[str, str] = {Means.WEBHOOK: marked("网址推送"), Means.MAIL: marked("电子邮件")}
STANDINGS: Mapping[str, tuple[str, str]] = {
    Standing.ACTIVE: (marked("推送中"), "good"),
    Standing.PAUSED: (marked("已暂停"), "calm"),
    Standing.HALTED: (marked("已停送，待恢复"), "bad"),
}
#: Why an attempt failed, by slug; statuses are told with their number.
FAILURES: Mapping[str, str] = {
    "timeout": marked("对方未在限定时间内应答"),
    "connection-refused": marked("对方拒绝连接"),
    "connection-lost": marked("连接中断"),
    "name-unknown": marked("无法解析主机名"),
    "not-reachable": marked("网址所在网段不允许访问"),
    "not-a-url": marked("网址有误"),
    "needs-https": marked("须使用 https://"),
    "tls-untrusted": marked("对方的证书不受信任"),
    "tls-failed": marked("TLS 握手失败"),
    "answer-malformed": marked("对方的应答不是 HTTP"),
    "mail-not-set-up": marked("本系统未配置邮件发送"),
    "mail-malformed": marked("邮件无法生成"),
    "mail-recipient-refused": marked("邮件服务器不接受该收件地址"),
    "mail-sign-in-refused": marked("邮件服务器拒绝登录"),
    "mail-not-supported": marked("邮件服务器不支持所设的加密方式"),
}
_MOST_DIGITS = 6


def failure(slug: str) -> str:
    """Why an attempt failed, as a sentence in the page's language; "" for none."""
    if slug in FAILURES:
        return gettext(FAILURES[slug])
    word, _, number = slug.rpartition("-")
    if word == "redirect":
        return gettext("对方要求转到别处（%(status)s），不予跟随", status=number)
    if word == "status":
        return gettext("对方应答状态为 %(status)s", status=number)
    if word == "mail-status":
        return gettext("邮件服务器应答 %(status)s", status=number)
    return slug


@dataclass(frozen=True, slots=True)
class _Views:
    subscribing: Subscribing
    agencies: Callable[[], Mapping[str, str]]

    @needs()
    def listed(self) -> Response:
        """One page of subscriptions."""
        after = request.args.get("after", "")
        found = self.subscribing.subscriptions(person(), after, PAGE + 1)
        return render(
            "web/subscriptions.html",
            found=found[:PAGE],
            next=found[PAGE - 1].id if len(found) > PAGE else "",
            agencies=self.agencies(),
            means=_means(),
            standings=_standings(),
            failure=failure,
            may_change=person().may(Permission.CHANGE_AGENCIES),
        )

    @needs(Permission.CHANGE_AGENCIES)
    def new(self) -> Response:
        """The empty form."""
        means = Means.MAIL if request.args.get("means") == Means.MAIL else Means.WEBHOOK
        kinds = tuple(one.value for one in _kinds(means))
        return self._form(None, Wish(means.value, "", kinds, language()))

    @needs(Permission.CHANGE_AGENCIES)
    def add(self) -> AnyResponse:
        """Add one."""
        try:
            wish = _wish()
            added = self.subscribing.subscribe(person(), request.form.get("agency", ""), wish)
        except BadRequest as error:
            return self._form(None, _typed(), error)
        return redirect(url_for("subscriptions.one", subscription_id=added.id), 303)

    @needs()
    def one(self, subscription_id: str) -> Response:
        """One, and what may be done with it."""
        return self._show(self.subscribing.subscription(person(), subscription_id))

    @needs(Permission.CHANGE_AGENCIES)
    def change(self, subscription_id: str) -> AnyResponse:
        """Change where, what and how."""
        found = self.subscribing.subscription(person(), subscription_id)
        try:
            wish = _wish()
            version = _count("version", found.version)
            self.subscribing.change(person(), subscription_id, version, wish)
        except BadRequest as error:
            return self._form(found, _typed(), error)
        return redirect(url_for("subscriptions.one", subscription_id=subscription_id), 303)

    @needs(Permission.CHANGE_AGENCIES)
    def edit(self, subscription_id: str) -> Response:
        """The form with what stands."""
        found = self.subscribing.subscription(person(), subscription_id)
        kinds = tuple(one.value for one in found.kinds)
        wish = Wish(found.means, found.target, kinds, found.language, found.digest_minutes)
        return self._form(found, wish)

    @needs(Permission.CHANGE_AGENCIES)
    def pause(self, subscription_id: str) -> AnyResponse:
        """Serve it no more for now."""
        self.subscribing.pause(person(), subscription_id)
        return redirect(url_for("subscriptions.one", subscription_id=subscription_id), 303)

    @needs(Permission.CHANGE_AGENCIES)
    def resume(self, subscription_id: str) -> AnyResponse:
        """Serve it again."""
        self.subscribing.resume(person(), subscription_id)
        return redirect(url_for("subscriptions.one", subscription_id=subscription_id), 303)

    @needs(Permission.CHANGE_AGENCIES)
    def remove(self, subscription_id: str) -> AnyResponse:
        """Take it away."""
        self.subscribing.unsubscribe(person(), subscription_id)
        return redirect(url_for("subscriptions.listed"), 303)

    @needs(Permission.CHANGE_AGENCIES)
    def test(self, subscription_id: str) -> Response:
        """Send a message that says nothing, and say how it went."""
        attempt = self.subscribing.test(person(), subscription_id)
        found = self.subscribing.subscription(person(), subscription_id)
        return self._show(found, tested=attempt)

    @needs(Permission.CHANGE_CREDENTIALS)
    def secret(self, subscription_id: str) -> Response:
        """Give out a new secret; it is shown on this answer alone."""
        secret = self.subscribing.renew_secret(person(), subscription_id)
        found = self.subscribing.subscription(person(), subscription_id)
        return self._show(found, secret=secret)

    def _show(
        self, found: Subscription, secret: str = "", tested: Attempt | None = None
    ) -> Response:
        return render(
            "web/subscription.html",
            one=found,
            agency=self.agencies().get(found.agency_id, found.agency_id),
            means=_means(),
            standings=_standings(),
            labels=labels(),
            failure=failure,
            may_change=person().may(Permission.CHANGE_AGENCIES),
            may_renew=person().may(Permission.CHANGE_CREDENTIALS),
            secret=secret,
            tested=tested,
        )

    def _form(
        self, found: Subscription | None, wish: Wish, error: BadRequest | None = None
    ) -> Response:
        return render(
            "web/subscription-form.html",
            200 if error is None else 400,
            one=found,
            wish=wish,
            error=refused(error),
            agency=request.form.get("agency", request.args.get("agency", "")),
            agencies=self.agencies(),
            kinds=_kinds(Means.MAIL if wish.means == Means.MAIL else Means.WEBHOOK),
            labels=labels(),
            means=_means(),
        )


def create_blueprint(
    subscribing: Subscribing, agencies: Callable[[], Mapping[str, str]]
) -> Blueprint:
    """The pages of subscriptions. ``agencies`` gives id -> name of all."""
    blueprint = Blueprint("subscriptions", __name__, url_prefix="/admin/subscriptions")
    views = _Views(subscribing, agencies)
    blueprint.add_url_rule("", "listed", views.listed)
    blueprint.add_url_rule("/new", "new", views.new)
    blueprint.add_url_rule("/new", "add", views.add, methods=["POST"])
    blueprint.add_url_rule("/<subscription_id>", "one", views.one)
    blueprint.add_url_rule("/<subscription_id>/change", "edit", views.edit)
    blueprint.add_url_rule("/<subscription_id>/change", "change", views.change, methods=["POST"])
    for name in ("pause", "resume", "remove", "test", "secret"):
        rule = f"/<subscription_id>/{name}"
        blueprint.add_url_rule(rule, name, getattr(views, name), methods=["POST"])
    return blueprint


def _means() -> Mapping[str, str]:
    return {means: gettext(name) for means, name in MEANS.items()}


def _standings() -> Mapping[str, tuple[str, str]]:
    return {standing: (gettext(name), tone) for standing, (name, tone) in STANDINGS.items()}


def _kinds(means: Means) -> tuple[Kind, ...]:
    """Kinds that means can carry."""
    return NOTICE_KINDS if means is Means.MAIL else CARRIED_KINDS


def _typed() -> Wish:
    """What was typed, to be shown again; a number that is none becomes 0."""
    form = request.form
    minutes = form.get("digest_minutes", "0").strip()
    return Wish(
        form.get("means", ""),
        form.get("target", ""),
        tuple(form.getlist("kind")),
        form.get("language", "zh"),
        int(minutes) if _is_count(minutes) else 0,
    )


def _wish() -> Wish:
    """What was typed. Raises BadRequest for a number that is none."""
    _count("digest_minutes", 0)
    return _typed()


def _count(name: str, otherwise: int) -> int:
    text = request.form.get(name, "").strip()
    if not text:
        return otherwise
    if not _is_count(text):
        raise BadRequest(f"{name} is a whole number", "请填写整数")
    return int(text)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
