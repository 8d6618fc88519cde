"""What is posted: lawful packages, each with its own 档号, made before anything is timed.

Every body lies in a file "NNNNNN.body" with its own headers in "NNNNNN.head".
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from examples.documents import AGENCIES
from examples.good import good
from examples.sample import Sample
from filing.model.package import Form

AGENCY = AGENCIES[0]
#: Bytes of the files in a package, so that the package comes near its name.
SIZES = {
    "20 KB": (3_000, 2_000, 2_000),
    "200 KB": (134_000, 6_000, 6_000),
}


def make(folder: Path, name: str, start: int, count: int) -> int:
    """Write ``count`` EEP packages of about ``name``; return their mean size in bytes."""
    return _write(folder, good(count, form=Form.EEP, start=start, annexes=0, sizes=SIZES[name]))


def make_large(folder: Path, start: int, size_bytes: int) -> int:
    """Write one multipart delivery whose first file has about ``size_bytes``."""
    sizes: Sequence[int] = (size_bytes, 4_000, 4_000)
    return _write(folder, good(1, form=Form.RECORD_PARTS, start=start, annexes=0, sizes=sizes))


def _write(folder: Path, samples: Iterable[Sample]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    total = count = 0
    for count, sample in enumerate(samples, 1):
        body = sample.wire()
        total += len(body)
        (folder / f"{count - 1:06}.body").write_bytes(body)
        fields = (("Content-Type", sample.content_type), *sample.headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        (folder / f"{count - 1:06}.head").write_text(head, encoding="ascii")
    return total // count
