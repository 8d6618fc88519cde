"""What is kept of a submission that outlives its request: its delivery, its reports, files.

Names of what is kept, all below the submission's id:

    ID              the delivery, and behind it the report when it was refused at once
    ID-report       the report on a delivery that had been kept for later
    ID-report-N     the report on a correction handed in, N the submission's version by it
    ID-draft-HEX    a file brought in by a draft, by the first half of its sha256

Does not keep; see filing.adapters.staging.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from filing.errors import KeptLost, NotFound
from filing.ingest.receive import PARTS, Staged, Tray
from filing.model.agency import Channel
from filing.model.digest import Digest
from filing.model.package import Content
from filing.model.submission import Submission
from filing.rules.facts import Registration

#: What a report is called where it stands behind a delivery.
REPORT = "report.json"
_FIGURES = ("items", "files", "total_bytes")


class Kept(Protocol):
    """What was kept under one name."""

    @property
    def contents(self) -> tuple[Content, ...]: ...
    @property
    def facts(self) -> Mapping[str, str]: ...


class Keeping(Protocol):
    """Where it is kept; each call is durable when it returns."""

    def keep(
        self, submission_id: str, contents: Sequence[Content], facts: Mapping[str, str]
    ) -> None:
        """Raises WrongState when something else is kept under the name."""

    def load(self, submission_id: str) -> Kept:
        """Raises NotFound, KeptLost."""

    def drop(self, submission_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """A kept delivery as it was when it had just arrived, and what was known of it."""

    staged: Staged
    channel: Channel
    registration: Registration


def facts_of(
    staged: Staged, channel: Channel, registration: Registration, *, report: bool
) -> dict[str, str]:
    """What to keep beside a delivery, to judge it again as it was judged.

    report   whether its report stands behind it
    """
    facts = {"media_type": staged.media_type, "channel": channel.value}
    if staged.metadata is not None:
        facts["metadata"] = "first"
    if report:
        facts["report"] = "last"
    for name in _FIGURES:
        if (figure := getattr(registration, name)) is not None:
            facts[name] = str(figure)
    return facts


def restage(before: Submission, kept: Kept, tray: Tray) -> Delivered:
    """A kept delivery again. Raises KeptLost where what is kept is not one."""
    facts, files = kept.facts, kept.contents
    if "report" in facts:
        files = files[:-1]
    body = metadata = None
    media_type = facts.get("media_type", "")
    try:
        if media_type != PARTS:
            body, files = files[0], ()
        elif "metadata" in facts:
            metadata, files = files[0], files[1:]
        figures = {name: int(facts[name]) for name in _FIGURES if name in facts}
        channel = Channel(facts["channel"])
    except (KeyError, IndexError, ValueError) as error:
        raise KeptLost(
            f"what was kept of {before.id} is no whole delivery: {error}",
            f"归档提交 {before.id} 的暂存内容不完整",
        ) from error
    staged = Staged(
        digest=Digest.parse(before.package_digest),
        size_bytes=before.size_bytes,
        media_type=media_type,
        body=body,
        metadata=metadata,
        files=files,
        tray=tray,
    )
    return Delivered(staged, channel, Registration(**figures))


def report_place(submission: Submission, version: int) -> str:
    """The name of the report on a correction that brought a submission to ``version``."""
    return f"{submission.id}-report-{version}"


def file_place(submission_id: str, digest: Digest) -> str:
    """The name of a file a draft brings in."""
    return f"{submission_id}-draft-{digest.hex[:32]}"


def newest_report(found: Submission, keeping: Keeping) -> bytes:
    """The report that stands for a submission; b"" while there is none."""
    names = [report_place(found, version) for version in range(found.version, 0, -1)]
    return _first_report((*names, f"{found.id}-report", found.id), keeping)


def first_report(found: Submission, keeping: Keeping) -> bytes:
    """The report that refused a delivery as received; b"" when there is none."""
    return _first_report((f"{found.id}-report", found.id), keeping)


def _first_report(names: Sequence[str], keeping: Keeping) -> bytes:
    for name in names:
        try:
            contents = keeping.load(name).contents
        except NotFound:
            continue
        # Behind the delivery: a file of it may go by the same name.
        if contents and contents[-1].member == REPORT:
            with contents[-1].open() as stream:
                return stream.read()
    return b""
