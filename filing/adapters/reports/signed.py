"""Signatures over the files of a folder: a list of their digests, signed by the archive.

SHA256SUMS is what sha256sum writes and checks; each key in force signs exactly its bytes.
So a report of any size is signed at the cost of reading it once, and all its forms at once.
"""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from filing.evidence.signatures import Signer

SUMS, RECIPE = "SHA256SUMS", "VERIFY.txt"
_VERIFY = {
    "ecdsa-p256-sha256": "openssl dgst -sha256 -verify {key} -signature {sig} SHA256SUMS",
    "ed25519": "openssl pkeyutl -verify -pubin -inkey {key} -rawin -in SHA256SUMS -sigfile {sig}",
    "sm2-sm3": (
        "openssl pkeyutl -verify -pubin -inkey {key} -rawin -digest sm3"
        " -pkeyopt distid:1234567812345678 -in SHA256SUMS -sigfile {sig}"
    ),
}


def sign(folder: Path, names: Sequence[str], signers: Sequence[Signer]) -> list[str]:
    """Sign these files; the names of everything that is in the folder then."""
    (folder / RECIPE).write_text(_recipe(signers), encoding="utf-8")
    listed = [*names, RECIPE]
    sums = "".join(f"{_digest(folder / one)}  {one}\n" for one in listed).encode()
    (folder / SUMS).write_bytes(sums)
    written = [*listed, SUMS]
    for one in signers:
        signature, certificate = f"{SUMS}.{one.suite}.sig", f"archive-{one.suite}.pem"
        (folder / signature).write_bytes(one.sign(sums))
        (folder / certificate).write_text("".join(_pem(each) for each in one.chain))
        written += [signature, certificate]
    return written


def _recipe(signers: Sequence[Signer]) -> str:
    """How to verify it with openssl 3 and coreutils alone."""
    lines = [
        "# 验证本报告，不需要本系统 Verifying this report without our system",
        "# 证书请以另行取得的为准：比对其指纹",
        "# Take the certificate from elsewhere, or compare its fingerprint:",
    ]
    for one in signers:
        certificate, key = f"archive-{one.suite}.pem", f"key-{one.suite}.pem"
        command = _VERIFY[one.suite].format(key=key, sig=f"{SUMS}.{one.suite}.sig")
        lines += [
            f"openssl x509 -in {certificate} -noout -fingerprint -sha256",
            f"openssl x509 -in {certificate} -noout -pubkey > {key}",
            command,
        ]
    lines += ["# 文件与所签摘要一致 The files are the ones signed:"]
    return "\n".join([*lines, f"sha256sum --check --strict {SUMS}", ""])


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pem(encoded: bytes) -> str:
    text = base64.encodebytes(encoded).decode().replace("\n", "")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
