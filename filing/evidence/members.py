"""Read the members of a JSON object strictly: each by name and type, none left over.

For documents we wrote ourselves (statement, proof, receipt) and meet again from
other hands. Everything raises ValueError, naming the place.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from filing.model.digest import Digest

_Item = TypeVar("_Item")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


class Members:
    """The members of one object. ``where`` is its path, for messages."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{where}: an object is expected")
        self._left: dict[str, object] = dict(value)
        self._where = where

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise ValueError(f"{self._where}: {name!r} is missing")
        return self._left.pop(name)

    def has(self, name: str) -> bool:
        """Whether a member that may be left out is there and not yet read."""
        return name in self._left

    def value(self, name: str) -> object:
        """Any value, unread."""
        return self._take(name)

    def text(self, name: str) -> str:
        """A string."""
        return a_text(self._take(name), f"{self._where}/{name}")

    def number(self, name: str) -> int:
        """A whole number, not negative."""
        found = self._take(name)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise ValueError(f"{self._where}/{name}: a whole number is expected")
        return found

    def group(self, name: str) -> "Members":
        """An object."""
        return Members(self._take(name), f"{self._where}/{name}")

    def items(self, name: str, read: Callable[[object, str], _Item]) -> tuple[_Item, ...]:
        """A list, each of its items read by ``read`` (value, path)."""
        found = self._take(name)
        if not isinstance(found, list):
            raise ValueError(f"{self._where}/{name}: a list is expected")
        return tuple(read(one, f"{self._where}/{name}[{at}]") for at, one in enumerate(found))

    def moment(self, name: str) -> datetime:
        """A time as ``moment_text`` writes it."""
        found = self.text(name)
        if not _MOMENT.fullmatch(found):
            raise ValueError(f"{self._where}/{name}: a UTC time is expected")
        return datetime.fromisoformat(found)

    def digest(self, name: str) -> Digest:
        """A digest as ``algorithm:hex``."""
        found = self.text(name)
        if not _HEX.fullmatch(found.partition(":")[2]):
            raise ValueError(f"{self._where}/{name}: lower-case hexadecimal is expected")
        return Digest.parse(found)

    def digests(self, name: str) -> tuple[Digest, ...]:
        """Digests as an object of algorithm and hex; at least one."""
        group = self.group(name)
        found = tuple(Digest.parse(f"{one}:{group.hexadecimal(one)}") for one in list(group._left))
        if not found:
            raise ValueError(f"{self._where}/{name}: a digest is expected")
        return found

    def hexadecimal(self, name: str) -> str:
        """Lower-case hexadecimal."""
        found = self.text(name)
        if not _HEX.fullmatch(found):
            raise ValueError(f"{self._where}/{name}: lower-case hexadecimal is expected")
        return found

    def blob(self, name: str) -> bytes:
        """Base64 (RFC 4648, section 4) in the one form that encodes the bytes."""
        return a_blob(self._take(name), f"{self._where}/{name}")

    def constant(self, name: str, wanted: str) -> None:
        """A string that must be ``wanted``."""
        found = self.text(name)
        if found != wanted:
            raise ValueError(f"{self._where}/{name}: {wanted!r} is expected, found {found[:80]!r}")

    def end(self) -> None:
        """Nothing may be left."""
        if self._left:
            raise ValueError(f"{self._where}: {min(self._left)[:80]!r} does not belong here")


@contextmanager
def reading(value: object, where: str) -> Iterator[Members]:
    """The members of an object; at the end of the block none may be left."""
    members = Members(value, where)
    yield members
    members.end()


def a_text(value: object, where: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError(f"{where}: a string is expected")
    return value


def a_blob(value: object, where: str) -> bytes:
    """Base64; see Members.blob."""
    text = a_text(value, where)
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError(f"{where}: Base64 is expected") from None
    # Other spare bits at the end would decode to the same bytes.
    if blob_text(found) != text:
        raise ValueError(f"{where}: Base64 in another than its one form")
    return found


def blob_text(content: bytes) -> str:
    """Bytes in Base64."""
    return base64.b64encode(content).decode("ascii")


def moment_text(moment: datetime) -> str:
    """A time in UTC to the microsecond: 2026-11-22T01:02:03.000000Z.

    Raises ValueError for a time without offset.
    """
    if moment.utcoffset() is None:
        raise ValueError("a time must carry its UTC offset")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
