"""Whom the archive's own signatures are by, from the folder of its keys.

Every ``*.crt.pem`` there is a certificate the archive signs or signed with: keep the old
ones. Where one is missing that signed here, nobody is told anything: as of a place that does
not answer, nothing can be said then of what it signed. ``revoked.txt`` lists
what does not count any more, a line each:

    SHA-256 of the certificate, then optionally the time from which it was revoked
    (RFC 3339); without a time it never counted. # begins a comment.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filing.adapters.custody.used_certificates import UsedCertificates
from filing.custody.expected import Trust
from filing.errors import Misconfigured, NotGenuine, OutsideUnavailable
from filing.evidence import certificates

_REVOKED = "revoked.txt"
_HEX = 64


def trust_of(folder: Path, origin: str, used: UsedCertificates | None = None) -> Trust:
    """Read it, and hold it to the certificates that signed here.

    Raises Misconfigured, OutsideUnavailable.
    """
    keys: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.crt.pem")):
        try:
            encoded = certificates.load_chain(path.read_bytes())[0]
            certificates.read(encoded)
        except (OSError, NotGenuine) as error:
            raise Misconfigured(f"{path} cannot be read: {error}", f"无法读取 {path}") from error
        keys[certificates.fingerprint(encoded)] = encoded
    if used is not None and (lost := sorted(used.fingerprints() - keys.keys())):
        raise OutsideUnavailable(
            f"{folder} lacks {len(lost)} of the archive's own certificates, so nothing can be told:"
            f" is it mounted? Else copy {used.path(lost[0])} back into it",
            f"{folder} 缺少本馆自己的证书 {len(lost)} 个，无法判定：请检查该目录是否已挂载，"
            f"否则请将 {used.path(lost[0])} 复制回该目录",
        )
    since = None if used is None else used.since()
    return Trust(keys, dict(_revoked(folder / _REVOKED)), origin, since)


def _revoked(path: Path) -> Iterator[tuple[str, datetime | None]]:
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}", f"无法读取 {path}") from error
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        fingerprint = words[0].replace(":", "").lower()
        try:
            since = datetime.fromisoformat(words[1]) if len(words) > 1 else None
            whole = len(bytes.fromhex(fingerprint)) * 2 == _HEX
        except ValueError:
            whole, since = False, None
        if not whole or len(words) > 2 or (since is not None and since.utcoffset() is None):
            raise Misconfigured(
                f"{path}, line {number}: a fingerprint and a time with its offset are expected",
                f"{path} 第 {number} 行应为证书指纹及带时区的时间",
            )
        yield fingerprint, since
