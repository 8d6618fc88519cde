"""What administration asks of the outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from filing.ingest.receive import Staged
from filing.model.administration import Setting, SettingKind, Version
from filing.model.agency import Agency, CredentialView
from filing.model.events import Event, Kind
from filing.model.notices import Template
from filing.model.submission import State, Submission
from filing.model.tuning import Tuned
from filing.rules.rule_set import RulesUsed


class Settings(Protocol):
    """Settings and their versions. Each method is one transaction."""

    def mark(self) -> int:
        """A number that grows with every change of any setting; cheap to ask for."""

    def current(self, setting: Setting) -> Version | None:
        """The version in force; None while nobody changed it."""

    def version(self, setting: Setting, number: int) -> Version | None: ...

    def versions(self, setting: Setting, before: int, limit: int) -> Sequence[Version]:
        """The newest first, with numbers below ``before`` (0: from the newest)."""

    def listed(self, kind: SettingKind, after: tuple[str, str], limit: int) -> Sequence[Version]:
        """What is in force of a kind, by owner and key, behind ``after``."""

    def tunings(self, agency_id: str) -> Sequence[Tuned]:
        """The tunings in force for this agency: its own and the whole archive's."""

    def save(self, version: Version, event: Event) -> None:
        """Keep the next version and put it in force.

        Raises ChangedMeanwhile unless ``version.number`` follows the one in force.
        """

    def keep_rules(self, used: RulesUsed) -> None:
        """Keep the text of tuned rules, for as long as anybody may ask."""

    def rules(self, digest: str) -> RulesUsed | None: ...


class Agencies(Protocol):
    """Agencies and credentials. Each method is one transaction."""

    def agencies(self, after: str, limit: int) -> Sequence[Agency]:
        """By id, behind ``after``."""

    def agency(self, agency_id: str) -> Agency | None: ...

    def stood(self, agency: Agency) -> Version:
        """An agency nobody has changed yet, as its first version."""

    def add(self, agency: Agency, version: Version, event: Event) -> None:
        """Raises WrongState if the id is taken."""

    def change(self, agency: Agency, before: Version, version: Version, event: Event) -> None:
        """Put an agency's new version in force; ``before`` is kept too if it never was.

        Raises ChangedMeanwhile unless ``before`` is still in force.
        """

    def credentials(self, agency_id: str) -> Sequence[CredentialView]: ...

    def add_credential(
        self,
        agency_id: str,
        kind: str,
        secret: bytes,
        label: str,
        expires_at: datetime | None,
        event: Callable[[str], Event],
    ) -> str:
        """Its fingerprint, of which ``event`` is made. Raises NotFound, WrongState."""

    def revoke(self, agency_id: str, fingerprint: str, event: Event) -> CredentialView:
        """One in force of this agency. Raises NotFound."""


class Past(Protocol):
    """Deliveries this archive has decided on."""

    def recent(self, agency_id: str, state: State, limit: int) -> Sequence[Submission]:
        """The newest in this state first; ``agency_id`` "" for all agencies."""

    def opened(self, submission: Submission) -> AbstractContextManager[Staged]:
        """One as it came, staged anew until the block ends. Raises FilingError if it is gone."""


class Texts(Protocol):
    """The words of notices; as filing.notices asks for them."""

    def __call__(self, kind: Kind, language: str) -> Template:
        """Raises KeyError for a kind that is no notice."""


class Wording(Protocol):
    """What may stand in the words of a notice, and how they look filled in."""

    def unknown(self, template: Template) -> Sequence[str]:
        """Names in it that stand for nothing."""

    def names(self) -> Sequence[tuple[str, str, str]]:
        """Name, Chinese and English meaning of each that may be used."""

    def sample(self, kind: Kind, template: Template, language: str) -> Template:
        """Filled in with a sample of its kind."""
