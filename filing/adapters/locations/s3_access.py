"""An S3-compatible service reached: credentials, time limits, its errors in our own words.

Knows nothing of records. Endpoints with http:// are for services on the machine itself.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from filing.adapters.custody.reading import Unreadable
from filing.errors import Misconfigured, OutsideUnavailable
from filing.model.copies import Where

BLOCK = 1 << 20
MISSING = (NotFoundError, FileNotFoundError)
#: Everything the library raises; it turns some into Python's own.
_ERRORS = (BaseError, OSError, ValueError)


def connect(where: Where) -> S3Store:
    """The bucket, not yet asked anything. Raises Misconfigured."""
    key, secret = _credentials(where.credentials)
    try:
        return S3Store(
            where.bucket,
            prefix=where.prefix or None,
            endpoint=where.endpoint or None,
            region=where.region,
            access_key_id=key,
            secret_access_key=secret,
            virtual_hosted_style_request=not where.endpoint,
            checksum_algorithm="SHA256",
            client_options={
                "allow_http": where.endpoint.startswith("http://"),
                "timeout": timedelta(seconds=60),
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
        )
    except _ERRORS as error:
        raise Misconfigured(f"{where.text}: {_short(error)}") from error


def _credentials(path: str) -> tuple[str, str]:
    if not path:
        key, secret = (
            os.environ.get(f"AWS_{one}", "") for one in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
        )
    else:
        try:
            lines = Path(path).read_text(encoding="utf-8").split()
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{path} cannot be read", f"无法读取凭据文件 {path}") from error
        key, secret = (lines[0], lines[1]) if len(lines) == 2 else ("", "")
    if not key or not secret:
        raise Misconfigured(
            f"{path or 'the environment'} does not hold a key id and a secret",
            f"{path or '环境变量'} 中没有访问密钥",
        )
    return key, secret


class Passing:
    """Blocks digested as they pass."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.digest = hashlib.sha256()
        self.ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = next(self._blocks)
        self.digest.update(block)
        return block

    def up_to(self, count: int) -> bytes:
        """The first blocks, together ``count`` bytes or a little more."""
        found = bytearray()
        for block in self:
            found += block
            if len(found) >= count:
                return bytes(found)
        self.ended = True
        return bytes(found)


def first_of(source: str, size: int) -> Iterator[bytes]:
    with Path(source).open("rb") as stream:
        while size > 0 and (block := stream.read(min(BLOCK, size))):
            size -= len(block)
            yield block


@contextmanager
def telling() -> Iterator[None]:
    try:
        yield
    except MISSING as error:
        raise Unreadable(_short(error), gone=True) from error
    except _ERRORS as error:
        raise Unreadable(_short(error)) from error


@contextmanager
def answering(path: str) -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        raise OutsideUnavailable(f"{path}: {_short(error)}", "对象存储未应答") from error


def _short(error: BaseException) -> str:
    """The first line: the library shows requests, headers and all, below it."""
    return str(error).partition("\n")[0][:300]
