"""A holding made by the archive's own ceremony, for audits to be measured on.

Small records are sample packages examined one by one. Of large ones one is examined, the
others are it under another 档号, with a file of random bytes beside it; they are not opened.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from examples.good import good
from filing.app import Site
from filing.ingest.judged import Judged
from filing.model.digest import Digest
from filing.model.package import Content
from tests.crash.yard import SENDER
from tests.ingest.made import judged

_BATCH = 512


def file_records(site: Site, first: int, last: int, file_bytes: int, aside: Path) -> None:
    """File records ``first`` to ``last``; ``file_bytes`` 0 makes small ones."""
    for start in range(first, last, _BATCH):
        some = _filed(site, start, min(_BATCH, last - start), file_bytes, aside)
        site.ceremony.commit([site.ceremony.prepare(one) for one in some])


def _filed(site: Site, start: int, count: int, file_bytes: int, aside: Path) -> Iterator[Judged]:
    """Records as they come from the examination; a large one brings a file more."""
    if not file_bytes:
        for sample in good(count, start=start, agency=SENDER, annexes=0):
            yield judged(site, sample)
        return
    sample = next(iter(good(1, start=start, agency=SENDER, annexes=0)))
    pattern, codes = judged(site, sample), (sample.archival_code, sample.electronic_code)
    for number in range(start, start + count):
        one = _under(pattern, codes, number, site.clock.new_id)
        path = aside / f"{one.submission.id}.bin"
        big = Content("large.bin", file_bytes, (_random_file(path, file_bytes),), path)
        package = replace(one.package, members=(big,), size_bytes=file_bytes)
        submission = replace(one.submission, size_bytes=file_bytes)
        yield replace(one, package=package, submission=submission)


def _under(one: Judged, codes: tuple[str, str], number: int, new_id: Callable[[], str]) -> Judged:
    """The same under other codes of the same length: offsets into the document stay."""
    document = one.package.metadata
    assert document is not None and isinstance(document.body, bytes)
    archival, electronic = codes
    others = (
        f"{archival[:-8]}{number // 10_000:03}-{number % 10_000:04}",
        f"{electronic[:-6]}{number:06}",
    )
    body, fields = document.body, one.package.fields
    for before, after in zip(codes, others, strict=True):
        body = body.replace(before.encode(), after.encode())
        fields = tuple(each._replace(value=each.value.replace(before, after)) for each in fields)
    digest = Digest("sha256", hashlib.sha256(body).digest())
    package = replace(
        one.package,
        digest=digest,
        metadata=replace(document, body=body, digests=(digest,)),
        fields=fields,
    )
    submission = replace(
        one.submission,
        id=new_id(),
        record_id=new_id(),
        delivery_key=f"digest:{digest.hex}",
        package_digest=str(digest),
    )
    return replace(one, package=package, submission=submission)


def _random_file(path: Path, size_bytes: int) -> Digest:
    whole = hashlib.sha256()
    with path.open("wb") as stream:
        for left in range(size_bytes, 0, -(1 << 20)):
            block = os.urandom(min(left, 1 << 20))
            whole.update(block)
            stream.write(block)
    return Digest("sha256", whole.digest())
