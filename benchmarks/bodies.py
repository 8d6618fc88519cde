"""What is posted: lawful packages, each with its own 档号, made before anything is timed.

Every body lies in a file "NNNNNN.body" with its own headers in "NNNNNN.head".
"""

import mmap
import os
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from examples.documents import AGENCIES, official
from examples.good import deliver, good, metadata
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
    folder.mkdir(parents=True, exist_ok=True)
    small = official(start, 1, AGENCY, annexes=0)
    first = small.documents[0].files[0]
    with (folder / "large.ofd").open("w+b") as file:
        file.write(first.body)
        _enlarge(file, size_bytes)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            # What only measures, hashes and copies a file's bytes takes a map for bytes.
            large = replace(first, body=cast(bytes, mapped))
            head = replace(small.documents[0], files=(large, *small.documents[0].files[1:]))
            document = replace(small, documents=(head, *small.documents[1:]))
            xml = metadata(document, Form.RECORD_PARTS)
            return _write(folder, (deliver(document, Form.RECORD_PARTS, xml),))


def _enlarge(ofd: BinaryIO, size_bytes: int) -> None:
    """Add a stored picture of noise to the OFD; zlib has nothing to do, only the checksum."""
    noise = os.urandom(16 << 20)
    with (
        zipfile.ZipFile(ofd, "a", zipfile.ZIP_STORED) as archive,
        archive.open("Doc_0/Res/scan.bin", "w", force_zip64=True) as picture,
    ):
        for at in range(0, size_bytes, len(noise)):
            picture.write(noise[: size_bytes - at])


def _write(folder: Path, samples: Iterable[Sample]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    total = count = 0
    for count, sample in enumerate(samples, 1):
        body = sample.wire()
        total += len(body)
        (folder / f"{count - 1:06}.body").write_bytes(body)
        fields = (("Content-Type", sample.content_type), *sample.headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        (folder / f"{count - 1:06}.head").write_bytes(head.encode("ascii"))
    return total // count
