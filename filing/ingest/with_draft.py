"""A refused delivery with its draft, examined by the engine that judges deliveries.

Signatures are judged over the delivery as received, which no correction touches; what
they cover stays what it was.
"""

from collections import Counter
from dataclasses import replace

from filing.errors import NotAllowed
from filing.evidence.corrections import Correction, FileOf, digest_of
from filing.ingest.amending import Applied
from filing.ingest.examine import Examination, Examine
from filing.ingest.opening import Case, Desk, changes_of
from filing.model.correction import Draft, FileFact
from filing.model.digest import Digest
from filing.model.package import Package
from filing.rules.correction import is_signed
from filing.rules.facts import Corrected, Registration


def judged(
    examine: Examine, case: Case, draft: Draft, desk: Desk, reason: str
) -> tuple[Applied | None, Examination, tuple[Correction, ...]]:
    """The delivery with its draft, examined; the changes as the statement will have them."""
    given, opened = case.given, case.opened
    if not draft.changes:
        found = examine.judge_package(
            opened.package, case.sender, given.channel, given.registration, filing=True
        )
        return None, found, ()
    applied = desk.applied(case, changes_of(draft))
    must_keep_signed(opened.package, applied.package)
    said = corrections_of(draft, reason)
    found = examine.judge_package(
        applied.package,
        case.sender,
        given.channel,
        registered(given.registration, opened.package, applied.package),
        filing=True,
        received=opened.package,
        corrected=Corrected(len(said), str(digest_of(said)), bool(opened.package.signatures)),
    )
    return applied, found, said


def registered(stated: Registration, received: Package, corrected: Package) -> Registration:
    """The figures of the 登记表, carried over to what files a correction exchanged.

    They were stated of the delivery as received: where they were right of that, they are
    right; where they were wrong of both, they stay as they are.
    """
    before, after = _figures(received), _figures(corrected)
    files, total = stated.files, stated.total_bytes
    if files not in after[0] and files in before[0]:
        files = next(iter(after[0]))
    if total not in after[1] and total in before[1]:
        total = next(iter(after[1]))
    return replace(stated, files=files, total_bytes=total)


def _figures(package: Package) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The numbers of files and of bytes that would be right, as the checks see it."""
    described = [one.content.size_bytes for one in package.components if one.content]
    everything = [one.size_bytes for one in package.contents()]
    files = (len(described), len(everything), len(package.components))
    return files, (sum(described), sum(everything))


def corrections_of(draft: Draft, reason: str) -> tuple[Correction, ...]:
    """A draft's changes as the seal statement has them."""
    return tuple(
        Correction(
            field=one.change.field,
            before=one.change.before,
            after=one.change.after,
            reason=reason,
            by=one.by,
            at=one.at,
            kind=one.change.kind,
            xpath=one.change.xpath,
            member=one.change.member,
            old=_file_of(one.change.old),
            new=_file_of(one.change.new),
        )
        for one in draft.changes
    )


def _file_of(fact: FileFact | None) -> FileOf | None:
    return None if fact is None else FileOf(fact.name, fact.size_bytes, fact.digests)


def must_keep_signed(received: Package, corrected: Package) -> None:
    """Of a signed package every content file stays, and none comes that was not promised.

    Raises NotAllowed.
    """
    if not is_signed(received):
        return
    promised = {one.promised for one in received.components if one.promised}
    broken = {
        one.content.digests[0]
        for one in received.components
        if one.content and one.promised and one.promised not in one.content.digests
    }
    before, after = _contents(received), _contents(corrected)
    lost = [one for one in (before - after) if one not in broken]
    new = [
        one.content
        for one in corrected.components
        if one.content and one.content.digests[0] in (after - before)
    ]
    if lost or any(promised.isdisjoint(one.digests) for one in new):
        raise NotAllowed(
            "the agency's signature covers this file: signed-content",
            "该文件在立档单位的电子签名之内，不得替换、增减；请退回",
        )


def _contents(package: Package) -> Counter[Digest]:
    return Counter(one.content.digests[0] for one in package.components if one.content)
