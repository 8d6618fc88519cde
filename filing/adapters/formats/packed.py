"""Compressed archives: ZIP (whole), 7z, RAR, gzip, bzip2, xz, zstd, tar (by their first bytes).

A record is filed as documents, not as an archive of documents (DA/T 70, GD-3-8), so
``packed`` is the answer that matters; only ZIP is opened, checksum by checksum.
"""

from filing.adapters.formats import zipped
from filing.adapters.formats.view import Bytes, Damaged, Exhausted, counted
from filing.adapters.formats.zipped import Directory
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection

_ZIP = Format("x-fmt/263", "ZIP", "", "application/zip", "signature")
# Offset, first bytes, PUID, name, version, media type, extensions.
_TABLE: tuple[tuple[int, bytes, str, str, str, str, str], ...] = (
    (0, b"7z\xbc\xaf\x27\x1c", "fmt/484", "7-Zip", "", "application/x-7z-compressed", "7z"),
    (0, b"Rar!\x1a\x07\x01\0", "fmt/613", "RAR", "5.0", "application/vnd.rar", "rar"),
    (0, b"Rar!\x1a\x07\0", "", "RAR", "1.5-4", "application/vnd.rar", "rar"),
    (0, b"\x1f\x8b\x08", "x-fmt/266", "GZIP", "", "application/gzip", "gz tgz"),
    (0, b"BZh", "x-fmt/268", "bzip2", "", "application/x-bzip2", "bz2 tbz2"),
    (0, b"\xfd7zXZ\0", "fmt/1098", "XZ", "", "application/x-xz", "xz txz"),
    (0, b"\x28\xb5\x2f\xfd", "", "Zstandard", "", "application/zstd", "zst"),
    (257, b"ustar", "x-fmt/265", "tar", "", "application/x-tar", "tar"),
)


def look(data: Bytes) -> Inspection | None:
    """An archive other than ZIP, by its first bytes; None when it is none."""
    head = data[:512]
    for at, start, puid, name, version, mime, suits in _TABLE:
        if head[at : at + len(start)] == start:
            kind = Format(puid, name, version, mime, "signature")
            detail = "压缩包，不打开 / an archive; not opened"
            return Inspection(
                kind, Outcome.UNDETERMINED, detail, packed=True, extensions=tuple(suits.split())
            )
    return None


def zip_(data: Bytes, directory: Directory) -> Inspection:
    """A ZIP that is no document: every checksum compared."""
    encrypted = any(member.encrypted for member in directory.values())
    outcome, detail = Outcome.PASSED, counted(len(directory), "项", "entry")
    if encrypted:
        outcome, detail = Outcome.UNDETERMINED, "加密的压缩包 / encrypted archive"
    else:
        try:
            zipped.check_all(data, iter(directory.values()), zipped.allowance(data))
        except Damaged as damage:
            outcome, detail = Outcome.FAILED, str(damage)
        except Exhausted:
            outcome, detail = Outcome.UNDETERMINED, "解压量超过上限，未查完 / inflates to too much"
    return Inspection(_ZIP, outcome, detail, encrypted=encrypted, packed=True, extensions=("zip",))


def damaged_zip(why: str) -> Inspection:
    """A ZIP whose directory cannot be read."""
    return Inspection(_ZIP, Outcome.FAILED, why, packed=True, extensions=("zip",))
