"""Signing in, and the session that follows.

1. The attempt is counted, for the login and for the address; who must wait is told so.
2. Login and password are looked at. Whatever is wrong, the answer is the same and takes
   as long.
3. If the account has a second factor, its code is asked for; a code is taken once.
4. A new token is made. Only its digest is kept.

Does not know cookies; see filing.web.session.
"""

import hashlib
import json
import secrets
from contextlib import suppress

from filing.errors import BadRequest, NotIdentified, OutsideUnavailable
from filing.model.events import Kind
from filing.model.people import Session, SignIn
from filing.people.accounts import Provider
from filing.people.door import HALF_SECONDS, OUTSIDE, Door, digest, login_of, refusal

_TOKEN_BYTES = 32
#: How often at most a session in use is written down.
_TOUCH_SECONDS = 60


class SigningIn(Door):
    """See filing.services.people.People."""

    def sign_in(self, login: str, password: str, address: str, agent: str = "") -> SignIn:
        """See filing.services.people.People."""
        name = login_of(login)
        counted = self._count(name or login[:200], address)
        account = self._at.accounts.by_login(name) if name else None
        if not self._fits(account, password) or account is None or account.person.disabled:
            raise self._failed(account, counted)
        if account.person.totp:
            return self._wait_for_code(account, counted)
        self._renew_hash(account, password)
        return self._open(account, counted, address, agent, "password")

    def second_factor(self, second: str, code: str, address: str, agent: str = "") -> SignIn:
        """See filing.services.people.People."""
        account = self._half(second)
        if account is None:
            raise refusal()
        counted = self._count(account.person.login, address)
        secret = self._at.box.open("totp", account.totp) or ""
        step = self._at.codes.step(secret, code, self._at.clock.now()) if secret else None
        if step is None or not self._at.accounts.take_step(account.person.id, step):
            raise self._failed(account, counted)
        return self._open(account, counted, address, agent, "one-time-code")

    def session(self, token: str) -> Session | None:
        """See filing.services.people.People."""
        found = self._at.sessions.find(digest(token))
        if found is None:
            return None
        kept, person, password_owed = found
        now = self._at.clock.now()
        unused = (now - kept.seen_at).total_seconds()
        if person.disabled or now >= kept.expires_at or unused >= self._at.idle_seconds:
            return None
        if unused >= min(_TOUCH_SECONDS, self._at.idle_seconds / 4):
            with suppress(OutsideUnavailable):  # the page is worth more than the note
                self._at.sessions.touch(kept.digest, now)
        return Session(
            person=person,
            form_token=hashlib.sha256(b"form:" + token.encode("utf-8", "replace")).hexdigest(),
            signed_in_at=kept.signed_in_at,
            expires_at=kept.expires_at,
            password_owed=password_owed,
            id=kept.id,
        )

    def sign_out(self, token: str) -> None:
        """See filing.services.people.People."""
        found = self._at.sessions.find(digest(token))
        if found is not None:
            kept, person, _ = found
            event = self._event(Kind.SIGNED_OUT, person.who, {"person": person.id})
            self._at.sessions.end(kept.digest, (event,))

    # By way of a provider: OpenID Connect.

    def outside(self) -> str:
        """The provider's name; "" where there is none."""
        return self._at.provider.issuer if self._at.provider else ""

    def begin_outside(self, back: str, then: str) -> tuple[str, str]:
        """See filing.services.people.People."""
        state, nonce, verifier = (secrets.token_urlsafe(_TOKEN_BYTES) for _ in range(3))
        where = self._provider().address(back, state, nonce, verifier)
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "then": then}
        return where, self._at.box.seal(OUTSIDE, json.dumps(kept))

    def finish_outside(
        self, sealed: str, state: str, code: str, back: str, address: str, agent: str = ""
    ) -> tuple[SignIn, str]:
        """See filing.services.people.People."""
        opened = self._at.box.open(OUTSIDE, sealed, HALF_SECONDS)
        begun = json.loads(opened) if opened else None
        if begun is None or not secrets.compare_digest(
            begun["state"].encode(), state.encode("utf-8", "replace")
        ):
            raise NotIdentified(
                "this sign-in was not begun in this browser, or too long ago; begin again",
                "登录已过期或并非由本浏览器发起，请重新登录",
            )
        counted = self._count(f"openid {state}", address)
        subject = self._provider().subject(back, code, begun["nonce"], begun["verifier"])
        account = self._at.accounts.by_identity(f"{self._provider().issuer} {subject}")
        if account is None or account.person.disabled:
            # Said openly: whoever stands here has proved who they are.
            raise NotIdentified(
                "no account here is linked to this identity; ask an administrator to link it",
                "该身份尚未关联本系统账号，请联系管理员关联",
            )
        if account.person.totp:
            return self._wait_for_code(account, counted), begun["then"]
        return self._open(account, counted, address, agent, "openid"), begun["then"]

    def _provider(self) -> Provider:
        if self._at.provider is None:
            raise BadRequest("no outside identity provider is set", "未配置统一身份认证")
        return self._at.provider
