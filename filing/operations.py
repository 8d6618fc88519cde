"""What an operator may ask for on the archive's own machine, put together.

Keeps the promises of filing.services.Operations. Decides nothing itself: each
method asks the use case whose business it is.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from filing.administration.changing import refuse
from filing.administration.profile_faults import faults_of_new
from filing.administration.tokens import SOON, end_of, new_token
from filing.errors import NotFound
from filing.ingest.examine import Examine
from filing.ingest.receive import PARTS, Staging, receiving
from filing.ingest.recover import Recovered
from filing.model.agency import Agency, Channel
from filing.ports import Clock
from filing.rules.facts import Registration
from filing.services import AgencyView, CredentialView

_BLOCK = 1 << 20


class Register(Protocol):
    """Agencies and credentials, each call one transaction."""

    def add(self, agency: Agency) -> None: ...
    def agency(self, agency_id: str) -> Agency | None: ...
    def agencies(self) -> tuple[Agency, ...]: ...
    def add_credential(
        self,
        agency_id: str,
        kind: str,
        secret: bytes,
        label: str,
        expires_at: datetime | None = None,
    ) -> str: ...
    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]: ...
    def ending(self, within: timedelta) -> tuple[CredentialView, ...]: ...
    def revoke(self, fingerprint: str) -> CredentialView: ...


class Operating:
    """One archive's operations in one process.

    max_body_bytes   of a delivery that is tried on this machine
    certificates     the archive's own, PEM, by suite
    """

    def __init__(
        self,
        *,
        register: Register,
        staging: Staging,
        examine: Examine,
        clock: Clock,
        recover: Callable[[], Recovered],
        certificates: Callable[[], Mapping[str, bytes]],
        max_body_bytes: int,
    ) -> None:
        self._register = register
        self._staging = staging
        self._examine = examine
        self._clock = clock
        self._recover = recover
        self._certificates = certificates
        self._max_body_bytes = max_body_bytes

    def recover(self) -> Mapping[str, int]:
        """See filing.services.Operations."""
        done = self._recover()
        return {"finished": done.finished, "cleared": done.cleared, "doubtful": len(done.doubtful)}

    def add_agency(self, agency: Agency) -> None:
        """See filing.services.Operations."""
        refuse(faults_of_new(agency))
        self._register.add(agency)

    def add_token(self, agency_id: str, label: str, last_day: date | None = None) -> str:
        """See filing.services.Operations."""
        token, end = new_token(), end_of(last_day, self._clock.now())
        self._register.add_credential(agency_id, "token", token.encode(), label, end)
        return token

    def add_certificate(self, agency_id: str, der: bytes, label: str) -> str:
        """See filing.services.Operations."""
        return self._register.add_credential(agency_id, "certificate", der, label)

    def credentials(self, agency_id: str) -> tuple[CredentialView, ...]:
        """See filing.services.Operations."""
        return self._register.credentials(self._known(agency_id).id)

    def ending(self) -> tuple[CredentialView, ...]:
        """See filing.services.Operations."""
        return self._register.ending(SOON)

    def revoke(self, fingerprint: str) -> CredentialView:
        """See filing.services.Operations."""
        return self._register.revoke(fingerprint)

    def agencies(self) -> tuple[AgencyView, ...]:
        """See filing.services.Operations."""
        return tuple(
            AgencyView(
                one.id,
                one.name,
                tuple(rule.fonds for rule in one.rules),
                one.signature,
                one.channel.value,
            )
            for one in self._register.agencies()
        )

    def check(
        self,
        agency_id: str,
        media_type: str,
        files: tuple[tuple[str, str], ...],
        registration: Registration,
    ) -> bytes:
        """See filing.services.Operations."""
        sender = self._known(agency_id) if agency_id else None
        name = f"check-{self._clock.new_id()}"
        with receiving(self._staging, name, media_type, None, self._max_body_bytes) as arriving:
            for part, path in files:
                if media_type == PARTS:
                    arriving.begin_part(part, Path(path).name)
                with Path(path).open("rb") as stream:
                    while block := stream.read(_BLOCK):
                        arriving.write(block)
            found = self._examine(
                arriving.finish({}), sender, Channel.OFFLINE, registration, filing=False
            )
        return found.report

    def trusted_keys(self) -> Mapping[str, bytes]:
        """See filing.services.Operations."""
        return self._certificates()

    def _known(self, agency_id: str) -> Agency:
        found = self._register.agency(agency_id)
        if found is None:
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        return found
