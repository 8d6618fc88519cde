"""An agency (立档单位) as a sender: what it may file, and by which rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a delivery came in, from weak to strong."""

    OFFLINE = "offline"  # no network: the command-line check
    PLAIN = "plain"  # HTTP without TLS from another machine
    LOOPBACK = "loopback"  # HTTP on this machine
    TLS = "tls"
    MTLS = "mtls"  # TLS with the agency's certificate


@dataclass(frozen=True, slots=True)
class FilingRule:
    """What an agency files under one fonds, and how its 档号 is made.

    forms        archival code forms it uses: "dat22", "dat13"
    categories   档案门类代码 it may file (WS, …); its 归档范围
    retentions   保管期限代码 it may use (Y, D30, D10)
    first_year   earliest 年度 it may file
    """

    fonds: str
    forms: tuple[str, ...] = ("dat13", "dat22")
    categories: tuple[str, ...] = ("WS",)
    retentions: tuple[str, ...] = ("Y", "D30", "D10")
    first_year: int = 1949


@dataclass(frozen=True, slots=True)
class Agency:
    """A sender.

    names              立档单位名称 it may file under (its own and former names)
    rules              one per fonds
    signature          "required": an unsigned EEP is refused; "optional"
    channel            the weakest channel it may use
    process            业务行为 every record must show (GD-2-5): any one of each group,
                       as groups of alternatives
    trusted_signers    SHA-256 fingerprints (hex) of certificates its signatures may
                       use; empty: any certificate in the package, said as such
    """

    id: str
    name: str
    names: tuple[str, ...] = ()
    rules: tuple[FilingRule, ...] = ()
    signature: str = "optional"
    channel: Channel = Channel.LOOPBACK
    process: tuple[tuple[str, ...], ...] = (
        ("起草", "拟稿", "签收", "登记"),
        ("签发", "承办", "批办", "拟办"),
    )
    trusted_signers: tuple[str, ...] = ()

    def rule(self, fonds: str) -> FilingRule | None:
        """The rule for ``fonds``, or None if it may not file there."""
        return next((one for one in self.rules if one.fonds == fonds), None)


@dataclass(frozen=True, slots=True)
class CredentialView:
    """One token or certificate of an agency, by its fingerprint; the secret is not kept.

    kind         "token" or "certificate"
    fingerprint  SHA-256 in hex, of the token's text or the certificate's DER
    revoked_at   None unless it was revoked
    expires_at   the moment it ends by itself; None where it does not
    expired      whether that was over when it was looked at
    """

    fingerprint: str
    kind: str
    agency_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None = None
    expired: bool = False
