"""What an archive changes of the shipped rules for an agency or a kind of record, as data.

Only values; what may be changed, and what comes of it, is in filing.rules.tuning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CheckTuning:
    """What one check does to acceptance; "" leaves it as it is.

    severity       "reject" or "note": what a failed finding does
    undetermined   "reject" or "accept": what "could not tell" does
    """

    severity: str = ""
    undetermined: str = ""


@dataclass(frozen=True, slots=True)
class FieldTuning:
    """What is asked of one metadata field.

    must     "required", "optional", or "" to leave it
    max      most characters; 0 to leave it
    values   recommended or allowed values; None to leave them
    closed   whether only ``values`` are allowed (with ``values`` alone)
    """

    must: str = ""
    max: int = 0
    values: tuple[str, ...] | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Which deliveries a tuning is for; "" stands for all.

    agency_id       one sender
    category        档案门类代码 in the 档号 (WS)
    document_type   文种 (通知)
    """

    agency_id: str = ""
    category: str = ""
    document_type: str = ""

    @property
    def key(self) -> str:
        """What tells the scopes of one agency apart; see ``of``."""
        return f"{self.category}/{self.document_type}"

    @classmethod
    def of(cls, agency_id: str, key: str) -> "Scope":
        """The scope with this ``key``."""
        category, _, document_type = key.partition("/")
        return cls(agency_id, category, document_type)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """The narrower scope has the last word: an agency before a category before a type."""
        return bool(self.agency_id), bool(self.category), bool(self.document_type)

    def covers(self, category: str, document_type: str) -> bool:
        """Whether a delivery of its agency with these is meant."""
        return self.category in ("", category) and self.document_type in ("", document_type)


@dataclass(frozen=True, slots=True)
class Tuning:
    """All that is changed in one scope: by check code, and by field path."""

    checks: Mapping[str, CheckTuning] = field(default_factory=dict)
    fields: Mapping[str, FieldTuning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuning with its scope."""

    scope: Scope
    tuning: Tuning
