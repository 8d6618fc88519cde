"""Further copies of the holding: where they are, how one is repaired, who must agree.

Values and their steps; nothing here reads or writes a copy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from filing.errors import BadRequest
from filing.model.custody import MAIN, Answer, Finding

_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}", re.ASCII)
_TEXT = 500


class Medium(StrEnum):
    """What a location is."""

    LOCAL = "local"  # a folder on this machine or mounted on it
    S3 = "s3"


class LocationState(StrEnum):
    """Whether a location still counts."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Where:
    """How to reach a location.

    path          of a LOCAL one, absolute
    endpoint, bucket, prefix, region   of an S3 one
    credentials   file with two lines, key id and secret; "" for the environment
    """

    medium: Medium
    path: str = ""
    endpoint: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = "us-east-1"
    credentials: str = ""

    def __post_init__(self) -> None:
        given = (self.path, self.endpoint, self.bucket, self.prefix, self.region, self.credentials)
        if any(len(one) > _TEXT or any(ord(sign) < 32 for sign in one) for one in given):
            raise BadRequest("an address is a line of at most 500 characters", "位置地址过长或无效")
        if self.medium is Medium.LOCAL and not self.path.startswith("/"):
            raise BadRequest("a folder is given by its absolute path", "请给出绝对路径")
        if self.medium is Medium.S3 and not self.bucket:
            raise BadRequest("an S3 location needs a bucket", "S3 存储位置须指定存储桶")

    @property
    def text(self) -> str:
        """The address in a line."""
        if self.medium is Medium.LOCAL:
            return self.path
        return f"s3://{self.bucket}/{self.prefix} ({self.endpoint or 'aws'})"


@dataclass(frozen=True, slots=True)
class Location:
    """One further location.

    identity    what its marker says: another disk under the same name is another place
    version     of its address; each is kept
    copied_to   every record of the log before this position was copied, or waits as a gap
    """

    name: str
    where: Where
    identity: str
    state: LocationState = LocationState.ACTIVE
    version: int = 1
    copied_to: int = 0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name == MAIN:
            raise BadRequest(
                "a location's name is 1 to 39 of a-z, 0-9 and '-', a letter first, and not 'main'",
                "位置名称须为 1 至 39 个小写字母、数字或连字符，以字母开头，且不得为 main",
            )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a location is behind.

    copied    records it holds
    gaps      records before ``copied_to`` that could not be copied yet
    behind    entries of the log behind ``copied_to``
    """

    location: Location
    copied: int
    gaps: int
    behind: int


class RepairState(StrEnum):
    """Where a repair stands."""

    BEGUN = "begun"
    DONE = "done"
    UNDONE = "undone"  # given up before anything was replaced
    NO_COPY = "no-good-copy"  # nowhere a copy that could be proven good; nothing was touched
    NOT_NEEDED = "not-needed"  # looked at again, nothing was wrong
    NOT_TOLD = "could-not-tell"  # what is to be repaired could not be read


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair of one copy of one record.

    source          the location whose copy was proven good; "" where there was none
    before, after   what was found and what stands now, file by file
    purged_at       when the damaged bytes were removed from quarantine; None: they are kept
    """

    id: str
    location: str
    record_id: str
    source: str
    state: RepairState
    who: str
    begun_at: datetime
    ended_at: datetime | None = None
    before: tuple[Mapping[str, object], ...] = ()
    after: tuple[Mapping[str, object], ...] = ()
    purged_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class SetAside:
    """What one repair set aside, as it lies there now.

    path    of its folder, below the location's root
    """

    path: str
    files: int
    size_bytes: int


class RequestKind(StrEnum):
    """What one person may not do alone."""

    PURGE = "purge-quarantine"  # subject: a repair
    RETIRE = "retire-location"  # subject: a location
    ACCEPT = "accept-damage"  # subject: a finding


class RequestState(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Request:
    """One destructive act, asked for by one and decided by another."""

    id: str
    kind: RequestKind
    subject: str
    reason: str
    asked_by: str
    asked_at: datetime
    state: RequestState = RequestState.ASKED
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a request is about, for whoever decides: one of the three, by its kind.

    set_aside   what purging would remove, attempt by attempt; None where its location
                does not answer
    """

    repair: Repair | None = None
    set_aside: tuple[SetAside, ...] | None = None
    standing: Standing | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing a rebuilt database says differently, or could not be rebuilt."""

    subject: str
    column: str
    stands: str
    rebuilt: str


@dataclass(frozen=True, slots=True)
class Drill:
    """One rebuilding into a scratch place, compared with what stands.

    answer        INTACT only when it came to its end and nothing differed
    log_size      entries the store's own copy of the log held
    differences   how many; the first of them in ``shown``
    """

    id: str
    begun_at: datetime
    ended_at: datetime | None
    answer: Answer
    log_size: int = 0
    records: int = 0
    compared: int = 0
    differences: int = 0
    shown: tuple[Difference, ...] = field(default=())
    reason: str = ""
