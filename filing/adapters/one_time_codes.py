"""One-time codes by time: six digits, thirty seconds, SHA-1, as authenticator apps expect.

Source: RFC 6238, RFC 4226; SHA-1 stands inside an HMAC here and nothing else is in use.
"""

from datetime import datetime
from hmac import compare_digest

import pyotp

_DIGITS, _SECONDS = 6, 30


class TimedCodes:
    """Keeps the promises of filing.people.accounts.Codes. ``issuer`` is shown in the app."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def new_secret(self) -> str:
        """160 random bits, Base32."""
        return pyotp.random_base32()

    def uri(self, secret: str, login: str) -> str:
        """What an authenticator app takes, as text or as a picture of it."""
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=self._issuer)

    def step(self, secret: str, code: str, at: datetime) -> int | None:
        """The time step the code belongs to: this one, the one before or the one after."""
        typed = "".join(code[:20].split())
        if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
            return None
        codes = pyotp.TOTP(secret, digits=_DIGITS, interval=_SECONDS)
        now = int(at.timestamp()) // _SECONDS
        steps = [one for one in (now, now - 1, now + 1) if one >= 0]
        fitting = [one for one in steps if compare_digest(codes.generate_otp(one), typed)]
        return fitting[0] if fitting else None
