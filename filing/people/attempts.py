"""How often one may fail before one must wait: arithmetic on counts and times.

An attempt is counted before it is looked at, so that many at once are not looked at
together; one that succeeds is given back. An unknown login is counted like any other:
waiting tells nobody that an account is there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from filing.errors import TooManyAttempts


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and how the wait grows after them.

    forget_seconds   after so long without an attempt the count begins anew
    """

    free: int
    first_wait_seconds: int
    longest_wait_seconds: int
    forget_seconds: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted under one key. ``until`` is when the wait ends."""

    failures: int
    since: datetime
    last_at: datetime
    until: datetime | None = None


#: One account: five free, then one minute, doubling to an hour.
ACCOUNT = Limit(free=5, first_wait_seconds=60, longest_wait_seconds=3600, forget_seconds=86_400)
#: One address: a whole office may sit behind it.
ADDRESS = Limit(free=60, first_wait_seconds=60, longest_wait_seconds=900, forget_seconds=900)


def keys(login: str, address: str) -> Mapping[str, Limit]:
    """The counts one attempt falls under. What was typed is kept as a digest only."""
    return {f"address:{address[:64]}": ADDRESS, key_of(login): ACCOUNT}


def key_of(login: str) -> str:
    """What a login's attempts are counted under."""
    return "login:" + hashlib.sha256(login.encode("utf-8", "replace")).hexdigest()


def count(tally: Tally | None, limit: Limit, at: datetime) -> Tally:
    """The tally with one more attempt. Raises TooManyAttempts while it must wait."""
    if tally is None or (at - tally.last_at).total_seconds() > limit.forget_seconds:
        tally = Tally(0, at, at)
    if tally.until is not None and at < tally.until:
        raise TooManyAttempts(
            "too many failed attempts; wait a while, or ask a security administrator",
            "登录失败次数过多，请稍后再试，或联系安全管理员解除锁定",
        )
    failures = tally.failures + 1
    until = at + timedelta(seconds=seconds) if (seconds := wait(failures, limit)) else None
    return Tally(failures, tally.since, at, until)


def wait(failures: int, limit: Limit) -> int:
    """Seconds to wait after so many failures in a row."""
    over = failures - limit.free
    if over < 0:
        return 0
    return min(limit.first_wait_seconds << min(over, 20), limit.longest_wait_seconds)


def give_back(tally: Tally) -> Tally:
    """The tally without the attempt that has just been let through: it was none that failed."""
    return Tally(max(tally.failures - 1, 0), tally.since, tally.last_at, None)
