"""What the checks may know: one frozen value, gathered before they run.

Facts in, findings out. Whoever gathers them (filing.ingest.examine) does the
reading, hashing and asking; a check only compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from filing.model.agency import Agency, Channel
from filing.model.finding import Outcome
from filing.model.inspection import Inspection, Scan
from filing.model.package import Package, PackageSignature


@dataclass(frozen=True, slots=True)
class Registration:
    """The figures of the 归档登记表 (GB/T 18894-2016, table A.1) sent with a delivery.

    Each is None when the sender did not state it.

    items        件数: records in the package
    files        number of content files
    total_bytes  bytes of all content files together
    """

    items: int | None = None
    files: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """What verifying one signature of the package found.

    reason        "" when it holds; else a stable slug: "digest-differs",
                  "weak-algorithm", "short-key", "key-unfit", "unknown-rule",
                  "unknown-algorithm", "message-too-large", "no-certificate",
                  "bad-certificate", "region-missing", "not-base64",
                  "expired-certificate", "untrusted-certificate"
    subject       of the certificate, for people
    fingerprint   SHA-256 of the certificate, hex
    key           what the key of the certificate is, for people: "RSA 2048"
    """

    signature: PackageSignature
    outcome: Outcome
    reason: str = ""
    subject: str = ""
    fingerprint: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What the archive already holds that this record would collide with.

    archival_code, electronic_code   submission id that filed the same 档号
                                     (within the fonds) or 电子文件号; "" if none
    """

    archival_code: str = ""
    electronic_code: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """That what is judged was corrected here, and by which changes.

    changes   how many
    digest    of them all, as they go into the statement
    signed    whether the package as received carries its sender's signature
    """

    changes: int
    digest: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a check may ask.

    sender        None when nobody said who sends (an offline check)
    filing        True for a submission, False for a trial (validation, offline)
    holding       None when the holding could not be asked (an offline check)
    inspections   by Content.member
    scans         by Content.member; missing means not scanned
    scanner       whether a virus scanner is configured and answers
    today         the archive's calendar day
    corrected     None for a delivery as its sender sent it
    """

    package: Package
    sender: Agency | None
    channel: Channel
    filing: bool
    registration: Registration
    holding: Holding | None
    today: date
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    scans: Mapping[str, Scan] = field(default_factory=dict)
    scanner: Outcome = Outcome.UNDETERMINED
    signatures: tuple[SignatureFact, ...] = ()
    corrected: Corrected | None = None
