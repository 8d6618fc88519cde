"""Receive a delivery: stage it as it comes, digest it, hold it to what was announced.

The bytes go to staging piece by piece and are never wholly in memory. Leaving
the ``with`` block clears the staging, whatever happened.

Does not look inside the package; see filing.ingest.examine.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from filing.errors import BadRequest, DigestMismatch, TooLarge, UnsupportedMedia
from filing.evidence.hashing import Hasher
from filing.model.digest import Digest
from filing.model.package import Content

XML = "application/xml"
ZIP = "application/zip"
PARTS = "multipart/form-data"
MEDIA_TYPES = (XML, ZIP, PARTS)
#: The metadata part of a multipart delivery goes by this name.
METADATA = "metadata"


class Spool(Protocol):
    """Takes one file's bytes."""

    def write(self, chunk: bytes) -> None: ...
    def close(self) -> Content: ...


class Tray(Protocol):
    """One delivery's place in staging."""

    def open(self, member: str) -> Spool: ...
    def discard(self) -> None: ...


class Staging(Protocol):
    """Where deliveries wait."""

    def begin(self, name: str) -> Tray: ...


@dataclass(frozen=True, slots=True)
class Staged:
    """A delivery, wholly staged.

    digest    sha256 of the body; of a multipart delivery the member-list digest
    body      the package; None for a multipart delivery
    metadata  the metadata part, if one came
    files     the file parts, in order of arrival
    tray      where the reader may stage what it takes out of the package
    """

    digest: Digest
    size_bytes: int
    media_type: str
    body: Content | None
    metadata: Content | None
    files: tuple[Content, ...]
    tray: Tray

    def contents(self) -> tuple[Content, ...]:
        """Everything that arrived, as it must be kept."""
        some = [self.body, self.metadata]
        return (*(one for one in some if one is not None), *self.files)


class Arriving:
    """A delivery on its way in; keeps the promise of filing.services.Incoming."""

    def __init__(self, tray: Tray, media_type: str, limit_bytes: int) -> None:
        self._tray = tray
        self._media_type = media_type
        self._limit_bytes = limit_bytes
        self._spool: Spool | None = None
        self._is_metadata = False
        self._metadata: Content | None = None
        self._files: list[Content] = []
        self._size_bytes = 0
        if media_type != PARTS:
            self._spool = tray.open("package")

    def begin_part(self, name: str, file_name: str) -> None:
        """See filing.services.Incoming."""
        self._end_part()
        if name == METADATA:
            if self._metadata is not None:
                raise BadRequest("two parts named metadata", "出现两个 metadata 部分")
            self._is_metadata = True
            self._spool = self._tray.open("metadata.xml")
        elif name == "file":
            if not file_name:
                raise BadRequest("a file part has no file name", "file 部分缺少文件名")
            self._is_metadata = False
            self._spool = self._tray.open(file_name)
        else:
            raise BadRequest(
                f"part {name!r} is neither metadata nor file",
                f"部分“{name}”既不是 metadata 也不是 file",
            )

    def write(self, chunk: bytes) -> None:
        """See filing.services.Incoming."""
        self._size_bytes += len(chunk)
        if self._size_bytes > self._limit_bytes:
            raise TooLarge(
                f"more than {self._limit_bytes} bytes", f"超过上限 {self._limit_bytes} 字节"
            )
        if self._spool is None:
            raise BadRequest("bytes outside any part", "数据不属于任何部分")
        self._spool.write(chunk)

    def finish(self, announced: Mapping[str, bytes]) -> Staged:
        """See filing.services.Incoming; ``announced`` is for a body that is one package."""
        if self._media_type == PARTS:
            return self._finish_parts()
        if self._spool is None or self._size_bytes == 0:
            raise BadRequest("the body is empty", "请求体为空")
        body, self._spool = self._spool.close(), None
        verify_announced(body, announced)
        return Staged(
            digest=_sha256(body),
            size_bytes=body.size_bytes,
            media_type=self._media_type,
            body=body,
            metadata=None,
            files=(),
            tray=self._tray,
        )

    def _finish_parts(self) -> Staged:
        self._end_part()
        if self._metadata is None and not self._files:
            raise BadRequest("no parts came", "没有收到任何部分")
        listed = self._files if self._metadata is None else [self._metadata, *self._files]
        return Staged(
            digest=member_list_digest(listed),
            size_bytes=self._size_bytes,
            media_type=PARTS,
            body=None,
            metadata=self._metadata,
            files=tuple(self._files),
            tray=self._tray,
        )

    def _end_part(self) -> None:
        if self._spool is None:
            return
        content, self._spool = self._spool.close(), None
        if self._is_metadata:
            self._metadata = content
        else:
            self._files.append(content)


def member_list_digest(contents: Iterable[Content]) -> Digest:
    """One digest over the members of a package, whatever carried them.

    SHA-256 of the lines ``<sha256 in hex><two spaces><member><line feed>``, in
    UTF-8, sorted by member as bytes: the output of ``sha256sum`` over the files.
    """
    lines = []
    for content in contents:
        digest = content.digest("sha256")
        if digest is None:
            raise ValueError(f"{content.member!r} has no sha256 digest")
        lines.append((content.member.encode("utf-8", "surrogateescape"), digest.hex.encode()))
    listing = b"".join(value + b"  " + member + b"\n" for member, value in sorted(lines))
    return Digest("sha256", hashlib.sha256(listing).digest())


def verify_announced(body: Content, announced: Mapping[str, bytes]) -> None:
    """Hold a body to the digests its sender announced.

    An algorithm we did not compute while staging is computed now.

    Raises DigestMismatch, BadRequest for a digest of the wrong length.
    """
    for algorithm, value in announced.items():
        try:
            promised = Digest(algorithm, value)
        except ValueError as error:
            raise BadRequest(f"Content-Digest: {error}", "Content-Digest 长度不符") from error
        found = body.digest(algorithm)
        if found is None:
            with body.open() as stream:
                hasher = Hasher((algorithm,))
                while block := stream.read(1 << 20):
                    hasher.update(block)
            found = hasher.digests()[0]
        if found != promised:
            raise DigestMismatch(
                f"the body arrived as {found}, announced was {promised}",
                f"收到内容的摘要为 {found}，与声明的 {promised} 不一致",
            )


@contextmanager
def receiving(
    staging: Staging, name: str, media_type: str, announced_bytes: int | None, limit_bytes: int
) -> Iterator[Arriving]:
    """Open staging for one delivery and clear it at the end.

    announced_bytes   Content-Length, None when unknown

    Raises UnsupportedMedia, TooLarge.
    """
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMedia(
            f"{media_type or 'no media type'}: send {', '.join(MEDIA_TYPES)}",
            f"不支持“{media_type}”，请使用 {'、'.join(MEDIA_TYPES)}",
        )
    if announced_bytes is not None and announced_bytes > limit_bytes:
        raise TooLarge(
            f"{announced_bytes} bytes, at most {limit_bytes} are taken",
            f"共 {announced_bytes} 字节，超过上限 {limit_bytes} 字节",
        )
    tray = staging.begin(name)
    try:
        yield Arriving(tray, media_type, limit_bytes)
    finally:
        tray.discard()


def _sha256(content: Content) -> Digest:
    found = content.digest("sha256")
    if found is None:
        raise ValueError(f"{content.member} was staged without sha256")
    return found
