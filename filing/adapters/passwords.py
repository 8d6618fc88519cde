"""Password hashes: argon2id, slow and large on purpose, few at once.

Source: RFC 9106; parameters by OWASP's Password Storage Cheat Sheet, one lane, so that
a hash takes one processor, and 46 MiB, so that a crowd at the door cannot take the memory.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from filing.errors import TooManyAttempts

_MEMORY_KIB = 46 * 1024
_PASSES = 2
#: Hashes reckoned at once in one process, and how long others wait for their turn.
_AT_ONCE = 2
_WAIT_SECONDS = 10.0


class Argon2:
    """Keeps the promises of filing.people.accounts.Hasher."""

    def __init__(
        self,
        memory_kib: int = _MEMORY_KIB,
        passes: int = _PASSES,
        at_once: int = _AT_ONCE,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._nobodys = ""

    def make(self, password: str) -> str:
        """A hash to keep. Raises TooManyAttempts."""
        with self._turn():
            return self._hasher.hash(password)

    def fits(self, kept: str, password: str) -> bool:
        """Whether the password is the one kept; an empty ``kept`` fits none, and takes as long."""
        compared = kept or self._nobody()
        with self._turn():
            try:
                self._hasher.verify(compared, password)
            except (VerificationError, InvalidHashError):
                return False
        return bool(kept)

    def is_old(self, kept: str) -> bool:
        """Whether it was made with other parameters than are in force."""
        return self._hasher.check_needs_rehash(kept)

    def _nobody(self) -> str:
        """The hash of a password nobody has, made with the parameters in force."""
        with self._lock:
            if not self._nobodys:
                self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))
            return self._nobodys

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise TooManyAttempts(
                "too many people are signing in at this moment; try again",
                "登录人数过多，请稍后再试",
            )
        try:
            yield
        finally:
            self._turns.release()
