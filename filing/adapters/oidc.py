"""A second way in: an OpenID Connect provider, by code flow with PKCE.

Believed is only who signed in there (``sub``), from an ID token that came straight from
the provider's token endpoint and is signed by its keys, for us, now, and for this very
sign-in (nonce). Names, addresses and groups it may carry are not looked at.

Every answer is bounded in size and time. A provider that is down takes nobody's password
away.

Source: OpenID Connect Core 1.0, sections 3.1.2, 3.1.3.7; Discovery 1.0, section 4; RFC 7636.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter

from filing.errors import FilingError, NotIdentified, OutsideUnavailable

_log = logging.getLogger("filing.openid")
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 3.05, 5.0, 10.0
_MOST_BYTES = 1 << 20
#: How long what the provider says of itself is believed.
_BELIEVED_SECONDS = 600.0
#: How far its clock and ours may be apart.
_LEEWAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Described:
    """What the provider says of itself, and until when it is believed (monotonic)."""

    authorization: str
    token: str
    keys: KeySet
    until: float


class OpenId:
    """Keeps the promises of filing.people.accounts.Provider.

    secret   reads ours; "" where we have none (PKCE alone)
    """

    def __init__(
        self, issuer: str, client_id: str, secret: Callable[[], str], now: Callable[[], datetime]
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._now = now
        self._lock = threading.Lock()
        self._known: _Described | None = None

    @property
    def issuer(self) -> str:
        """Its address; subjects are its own."""
        return self._issuer

    def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises OutsideUnavailable."""
        described = self._described()
        with self._session(back) as session:
            url, _ = session.create_authorization_url(
                described.authorization, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def subject(self, back: str, code: str, nonce: str, verifier: str) -> str:
        """Who signed in there. Raises NotIdentified, OutsideUnavailable."""
        if not code:
            raise NotIdentified(
                "the provider let nobody in; try again, or sign in with your password",
                "统一身份认证未通过，请重试，或用账号密码登录",
            )
        described = self._described()
        try:
            with self._session(back) as session:
                answer = session.fetch_token(
                    described.token, code=code, code_verifier=verifier, allow_redirects=False
                )
        except AuthlibBaseError as error:
            # Why is for the operator: a secret that does not fit looks the same to people.
            _log.warning("event=openid-refused why=%s", str(error.error)[:80])
            raise NotIdentified(
                "the provider did not confirm this sign-in; try again, or use your password",
                "统一身份认证未予确认，请重试，或用账号密码登录",
            ) from error
        except (requests.RequestException, ValueError) as error:
            raise _unavailable() from error
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or len(token) > _MOST_BYTES:
            raise _not_genuine()
        return self._subject_of(token, nonce, described)

    def _subject_of(self, token: str, nonce: str, described: _Described) -> str:
        """Source: OpenID Connect Core 1.0, section 3.1.3.7."""
        claims = self._signed(token, described)
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            rules.validate(claims)
        except JoseError as error:
            raise _not_genuine() from error
        subject, audience = claims["sub"], claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
            raise _not_genuine()
        if claims.get("azp", self._client_id) != self._client_id:
            raise _not_genuine()
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
            raise _not_genuine()
        return subject

    def _signed(self, token: str, described: _Described) -> dict[str, Any]:  # Any: claims
        """The claims, if one of the provider's keys signed them; new keys are fetched once."""
        for attempt in (0, 1):
            try:
                return jwt.decode(token, described.keys, algorithms=_ALGORITHMS).claims
            except (JoseError, ValueError) as error:
                if attempt:
                    raise _not_genuine() from error
                described = self._described(afresh=True)
        raise _not_genuine()

    def _described(self, afresh: bool = False) -> _Described:
        with self._lock:
            known = self._known
        if known is not None and not afresh and known.until > time.monotonic():
            return known
        found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise _unavailable()
        where = [
            found.get(name)
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        ]  # fmt: skip
        ends = [one for one in where if isinstance(one, str) and self._is_safe(one)]
        if len(ends) != 3:
            raise _unavailable()
        try:
            keys = KeySet.import_key_set(self._get(ends[2]))  # type: ignore[arg-type]  # checked inside
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _unavailable() from error
        until = time.monotonic() + _BELIEVED_SECONDS
        described = _Described(ends[0], ends[1], keys, until)
        with self._lock:
            self._known = described
        return described

    def _is_safe(self, url: str) -> bool:
        """An address over TLS; plain only where the issuer itself is (the settings: loopback)."""
        scheme = urlsplit(url).scheme
        return scheme == "https" or (scheme == "http" and self._issuer.startswith("http:"))

    def _get(self, url: str) -> dict[str, Any]:  # Any: JSON
        try:
            with self._session("") as session:
                answer = session.get(url, withhold_token=True, allow_redirects=False)
                answer.raise_for_status()
                found = json.loads(answer.content)
        except (requests.RequestException, ValueError) as error:
            raise _unavailable() from error
        if not isinstance(found, dict):
            raise _unavailable()
        return found

    def _session(self, back: str) -> Any:  # Any: Authlib has no annotations
        secret = self._secret()
        session = OAuth2Session(
            self._client_id,
            secret or None,
            scope="openid",
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )
        session.trust_env = False  # neither a proxy nor a .netrc nobody meant for this
        session.mount("https://", _Bounded())
        session.mount("http://", _Bounded())
        return session


class _Bounded(HTTPAdapter):
    """Answers of bounded size, within bounded time."""

    def send(self, request: Any, **options: Any) -> requests.Response:  # type: ignore[override]  # Any: as requests calls it
        options |= {"timeout": (_CONNECT_SECONDS, _READ_SECONDS), "stream": True}
        until = time.monotonic() + _WHOLE_SECONDS
        answer = super().send(request, **options)
        content = bytearray()
        for block in answer.iter_content(16_384):
            content += block
            if len(content) > _MOST_BYTES or time.monotonic() > until:
                answer.close()
                raise requests.ConnectionError("the answer was too long")
        answer._content = bytes(content)
        return answer


def _unavailable() -> FilingError:
    return OutsideUnavailable(
        "the identity provider does not answer; sign in with your password",
        "统一身份认证暂不可用，请用账号密码登录",
    )


def _not_genuine() -> NotIdentified:
    return NotIdentified(
        "the provider's answer does not hold; sign in with your password",
        "统一身份认证的应答无效，请用账号密码登录",
    )
