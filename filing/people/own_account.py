"""One's own account: password, second factor, language, sessions.

Whoever found a session open still does not know the password: it is asked for, and
counted, before password or second factor change. A changed password ends every session.
"""

from collections.abc import Mapping
from dataclasses import replace

from filing.errors import BadRequest, NotFound, WrongState
from filing.model.events import Kind
from filing.model.people import Person, SignIn
from filing.people import passwords
from filing.people.accounts import Account
from filing.people.door import Counted, Door


class OwnAccount(Door):
    """See filing.services.people.People."""

    def change_password(
        self, person: Person, old: str, new: str, address: str, agent: str = ""
    ) -> SignIn:
        """See filing.services.people.People."""
        account = self._own(person)
        chosen = passwords.check(new, person.login, person.name)
        if chosen == passwords.normal(old):
            raise BadRequest("the new password is the old one", "新密码与原密码相同")
        counted = self._prove(account, old, address)
        changed = replace(
            account,
            password=self._at.hasher.make(chosen),
            password_owed=False,
            password_at=self._at.clock.now(),
        )
        event = self._event(Kind.PASSWORD_CHANGED, person.who, {"person": person.id})
        kept = self._at.accounts.save(account, changed, (event,), end_sessions=True)
        return self._open(kept, counted, address, agent, "password")

    def begin_totp(self, person: Person) -> str:
        """See filing.services.people.People."""
        account = self._own(person)
        if account.totp:
            raise WrongState("a second factor is set already", "两步验证已经启用")
        secret = self._at.codes.new_secret()
        pending = replace(account, totp_pending=self._at.box.seal("totp", secret))
        self._at.accounts.save(account, pending, ())
        return self._at.codes.uri(secret, person.login)

    def pending_totp(self, person: Person) -> str:
        """See filing.services.people.People."""
        secret = self._at.box.open("totp", self._own(person).totp_pending)
        return self._at.codes.uri(secret, person.login) if secret else ""

    def confirm_totp(self, person: Person, code: str, address: str) -> None:
        """See filing.services.people.People."""
        account = self._own(person)
        counted = self._count(person.login, address)
        secret = self._at.box.open("totp", account.totp_pending) or ""
        step = self._at.codes.step(secret, code, self._at.clock.now()) if secret else None
        if step is None:
            self._failed(account, counted)
            raise BadRequest(
                "the code does not fit; is the clock of the phone right?",
                "验证码不正确，请检查手机时间是否准确",
            )
        self._at.attempts.give_back(counted.keys)
        confirmed = replace(
            account,
            person=replace(account.person, totp=True),
            totp=account.totp_pending,
            totp_pending="",
            totp_step=step,
        )
        event = self._event(Kind.SECOND_FACTOR_SET, person.who, {"person": person.id})
        self._at.accounts.save(account, confirmed, (event,))

    def end_totp(self, person: Person, password: str, address: str) -> None:
        """See filing.services.people.People."""
        account = self._own(person)
        self._at.attempts.give_back(self._prove(account, password, address).keys)
        ended = replace(
            account, person=replace(account.person, totp=False), totp="", totp_pending=""
        )
        event = self._event(Kind.SECOND_FACTOR_ENDED, person.who, {"person": person.id})
        self._at.accounts.save(account, ended, (event,))

    def choose_language(self, person: Person, language: str) -> Person:
        """See filing.services.people.People."""
        if language not in ("zh", "en"):
            raise BadRequest("there is no such language here", "没有这种语言")
        account = self._own(person)
        chosen = replace(account, person=replace(account.person, language=language))
        return self._at.accounts.save(account, chosen, ()).person

    def sessions(self, person: Person) -> tuple[Mapping[str, object], ...]:
        """See filing.services.people.People."""
        now = self._at.clock.now()
        return tuple(
            {
                "id": one.id,
                "signed_in_at": one.signed_in_at,
                "seen_at": one.seen_at,
                "expires_at": one.expires_at,
                "address": one.address,
                "agent": one.agent,
                "way": one.way,
            }
            for one in self._at.sessions.of(person.id)
            if one.expires_at > now and (now - one.seen_at).total_seconds() < self._at.idle_seconds
        )

    def end_session(self, person: Person, session_id: str) -> None:
        """See filing.services.people.People."""
        detail = {"person": person.id, "sessions": 1}
        event = self._event(Kind.SESSIONS_ENDED, person.who, detail)
        if not self._at.sessions.end_one(person.id, session_id, (event,)):
            raise NotFound("there is no such session any more", "该会话已经结束")

    def _own(self, person: Person) -> Account:
        account = self._at.accounts.by_id(person.id)
        if account is None:
            raise NotFound("there is no such account", "没有该账号")
        return account

    def _prove(self, account: Account, password: str, address: str) -> Counted:
        """See that it is the owner who asks. Raises BadRequest, TooManyAttempts."""
        counted = self._count(account.person.login, address)
        if not self._fits(account, password):
            self._failed(account, counted)
            raise BadRequest("the present password is not right", "当前密码不正确")
        return counted
