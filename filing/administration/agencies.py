"""Agencies: added, changed, and known by their credentials.

What an agency is and files, and by which credentials it is known, are set by different
people (三员分立): the table PARTS says who may change which part. Every change is a
version with its reason; none is made without the version it was seen in.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # what JSON holds is checked by building the agency

from filing.administration.changing import (
    SEEN_BY,
    a_key,
    a_reason,
    must_be,
    need_any,
    next_version,
    refuse,
)
from filing.administration.ports import Agencies, Settings
from filing.administration.profile_faults import faults, faults_of_new
from filing.administration.tokens import end_of, new_token
from filing.errors import BadRequest, NotFound
from filing.evidence.canonical import canonical
from filing.model.administration import Setting, SettingKind, Version
from filing.model.agency import Agency, CredentialView
from filing.model.agency_profile import agency_of, profile
from filing.model.events import Event, Kind
from filing.model.people import Person
from filing.model.roles import Permission
from filing.ports import Clock

_LONGEST_LABEL = 200
#: Part of a profile -> who may change it: any of these.
PARTS: dict[str, tuple[Permission, ...]] = {
    "name": (Permission.CHANGE_AGENCIES,),
    "names": (Permission.CHANGE_AGENCIES,),
    "rules": (Permission.CHANGE_AGENCIES, Permission.CHANGE_RULES),
    "signature": (Permission.CHANGE_AGENCIES,),
    "channel": (Permission.CHANGE_AGENCIES,),
    "process": (Permission.CHANGE_AGENCIES, Permission.CHANGE_RULES),
    "trusted_signers": (Permission.CHANGE_CREDENTIALS,),
}


@dataclass(frozen=True, slots=True)
class AgencyDesk:
    """The use cases. ``certificate`` reads PEM or DER and gives DER; raises ValueError."""

    agencies: Agencies
    settings: Settings
    clock: Clock
    certificate: Callable[[bytes], bytes]

    def listed(self, by: Person, after: str, limit: int) -> Sequence[Agency]:
        """By id, behind ``after``."""
        need_any(by, SEEN_BY[SettingKind.AGENCY])
        return self.agencies.agencies(a_key(after), limit)

    def one(self, by: Person, agency_id: str) -> tuple[Agency, Version]:
        """An agency and its version in force. Raises NotFound."""
        need_any(by, SEEN_BY[SettingKind.AGENCY])
        found = self.agencies.agency(a_key(agency_id))
        if found is None:
            raise NotFound(f"there is no agency {agency_id}", f"没有立档单位 {agency_id}")
        version = self.settings.current(Setting(SettingKind.AGENCY, agency_id))
        return found, version or self.agencies.stood(found)

    def add(self, by: Person, agency: Agency, reason: str) -> None:
        """A new agency. Raises WrongState if the id is taken, BadRequest, NotAllowed."""
        by.need(Permission.CHANGE_AGENCIES)
        if agency.trusted_signers:
            by.need(Permission.CHANGE_CREDENTIALS)
        refuse(faults_of_new(agency))
        which = Setting(SettingKind.AGENCY, agency.id)
        version = next_version(which, 0, body_of(agency), reason, by, self.clock)
        detail = {"agency": agency.id, "version": 1}
        self.agencies.add(agency, version, self._event(Kind.AGENCY_ADDED, by, detail))

    def judged(self, by: Person, agency: Agency) -> tuple[str, ...]:
        """The parts that would change, for a preview. Raises as ``change`` but for versions."""
        before, _ = self.one(by, agency.id)
        return self._parts(by, before, agency)

    def change(self, by: Person, agency: Agency, seen: int, reason: str) -> None:
        """Put a changed profile in force.

        Raises ChangedMeanwhile, BadRequest (nothing changed, or not so), NotAllowed.
        """
        before, stands = self.one(by, agency.id)
        must_be(seen, stands.number)
        parts = self._parts(by, before, agency)
        if not parts:
            raise BadRequest("nothing is changed", "没有任何改动")
        version = next_version(stands.setting, seen, body_of(agency), reason, by, self.clock)
        detail = {"agency": agency.id, "version": version.number, "parts": list(parts)}
        event = self._event(Kind.AGENCY_CHANGED, by, detail)
        self.agencies.change(agency, stands, version, event)

    def credentials(self, by: Person, agency_id: str) -> Sequence[CredentialView]:
        """Every credential, revoked ones too, oldest first."""
        self.one(by, agency_id)
        return self.agencies.credentials(agency_id)

    def add_token(
        self, by: Person, agency_id: str, label: str, reason: str, last_day: date | None = None
    ) -> str:
        """A new token, shown this once; only its digest is kept.

        last_day   it is good for; None where it has no end

        Raises BadRequest (a day that is past among others), NotAllowed, NotFound.
        """
        token = new_token()
        self._add(by, agency_id, "token", token.encode(), label, reason, last_day)
        return token

    def add_certificate(
        self, by: Person, agency_id: str, file: bytes, label: str, reason: str
    ) -> str:
        """Let the agency be known by a certificate (PEM or DER); its fingerprint."""
        try:
            der = self.certificate(file)
        except ValueError as error:
            raise BadRequest(
                "this file is no X.509 certificate in PEM or DER",
                "文件不是 X.509 证书（PEM 或 DER）",
            ) from error
        return self._add(by, agency_id, "certificate", der, label, reason)

    def revoke(self, by: Person, agency_id: str, fingerprint: str, reason: str) -> CredentialView:
        """Take a credential's power for good. Raises NotFound."""
        by.need(Permission.CHANGE_CREDENTIALS)
        found = {one.fingerprint: one for one in self.credentials(by, agency_id)}
        if fingerprint not in found:
            raise NotFound("this agency has no such credential", "该单位没有这一凭证")
        kind = found[fingerprint].kind
        event = self._credential(Kind.CREDENTIAL_REVOKED, by, agency_id, kind, reason)(fingerprint)
        return self.agencies.revoke(agency_id, fingerprint, event)

    def _add(
        self,
        by: Person,
        agency_id: str,
        kind: str,
        secret: bytes,
        label: str,
        reason: str,
        last_day: date | None = None,
    ) -> str:
        by.need(Permission.CHANGE_CREDENTIALS)
        self.one(by, agency_id)
        end = end_of(last_day, self.clock.now())
        if len(label) > _LONGEST_LABEL or not label.isprintable():
            raise BadRequest(
                "this label is too long or has invisible characters", "凭证名称过长或含不可见字符"
            )
        event = self._credential(Kind.CREDENTIAL_ADDED, by, agency_id, kind, reason, last_day)
        return self.agencies.add_credential(agency_id, kind, secret, label, end, event)

    def _credential(
        self,
        kind: Kind,
        by: Person,
        agency_id: str,
        of: str,
        reason: str,
        last_day: date | None = None,
    ) -> Callable[[str], Event]:
        said: dict[str, object] = {"agency": agency_id, "kind": of, "reason": a_reason(reason)}
        if last_day is not None:
            said["last_day"] = last_day.isoformat()
        return lambda fingerprint: self._event(kind, by, {**said, "fingerprint": fingerprint})

    def _parts(self, by: Person, before: Agency, after: Agency) -> tuple[str, ...]:
        refuse(faults(after))
        old, new = json.loads(body_of(before)), json.loads(body_of(after))
        parts = tuple(part for part in PARTS if old[part] != new[part])
        for part in parts:
            need_any(by, PARTS[part])
        return parts

    def _event(self, kind: Kind, by: Person, detail: dict[str, object]) -> Event:
        return Event("", "", kind, self.clock.now(), by.who, detail)


def body_of(agency: Agency) -> str:
    """An agency as a version keeps it. Raises BadRequest for text that cannot be written."""
    try:
        return canonical({"name": agency.name, **profile(agency)}).decode()
    except ValueError as error:
        raise BadRequest("a character cannot be written", "含有无法保存的字符") from error


def agency_from(agency_id: str, body: str) -> Agency:
    """The agency a version describes. Raises BadRequest if this release knows no such."""
    try:
        given: dict[str, Any] = json.loads(body)
        return agency_of(agency_id, given["name"], given)
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest("this version cannot be put back any more", "此版本已无法恢复") from error
