"""What one kind of event says, for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one kind says. ``detail`` names the members of Event.detail, each with its sense."""

    zh: str
    en: str
    detail: Mapping[str, str] = field(default_factory=dict)
