"""Tokens: how one is made, and when it ends."""

import secrets
from datetime import date, datetime, time, timedelta, timezone

from filing.errors import BadRequest

#: A last day is one of China's, where the agencies are.
_ZONE = timezone(timedelta(hours=8))
_BYTES = 32
#: How long before its end a token is said to end soon.
SOON = timedelta(days=30)


def new_token() -> str:
    """A token nobody can guess: letters, digits, "-" and "_"."""
    return secrets.token_urlsafe(_BYTES)


def last_day_of(end: datetime) -> date:
    """The last day a token that ends then is good for."""
    return (end - timedelta(microseconds=1)).astimezone(_ZONE).date()


def end_of(last_day: date | None, now: datetime) -> datetime | None:
    """The moment behind the last day a token is good for; None where it has no end.

    Raises BadRequest for a day that is past.
    """
    if last_day is None:
        return None
    try:
        end = datetime.combine(last_day + timedelta(days=1), time.min, _ZONE)
    except OverflowError as error:
        raise BadRequest(f"{last_day} is too far away", f"日期 {last_day} 过远") from error
    if end <= now:
        raise BadRequest(
            f"the token would have ended already: {last_day} is past",
            f"{last_day} 已过，令牌无从使用",
        )
    return end
