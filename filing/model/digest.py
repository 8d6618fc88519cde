"""A digest as a value: algorithm and bytes, never a bare hex string."""

from dataclasses import dataclass

_LENGTHS = {"sha256": 32, "sha512": 64, "sm3": 32}


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest; ``value`` is raw bytes.

    Raises ValueError for an algorithm outside the closed list or bytes of
    the wrong length: a digest that cannot be right is never built.
    """

    algorithm: str
    value: bytes

    def __post_init__(self) -> None:
        wanted = _LENGTHS.get(self.algorithm)
        if wanted is None:
            raise ValueError(f"digest algorithm {self.algorithm!r} not allowed")
        if len(self.value) != wanted:
            raise ValueError(
                f"{self.algorithm} digest must be {wanted} bytes, got {len(self.value)}"
            )

    @property
    def hex(self) -> str:
        """The value in lower-case hexadecimal."""
        return self.value.hex()

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read ``algorithm:hex``. Raises ValueError."""
        algorithm, _, value = text.partition(":")
        return cls(algorithm, bytes.fromhex(value))
