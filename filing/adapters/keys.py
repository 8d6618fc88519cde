"""The archive's private keys and certificates, in a folder of their own.

``<key>.key.pem`` (PKCS#8, readable by the owner alone) and ``<key>.crt.pem``.
Keys are made once, by ``filing init``; the server only reads them. An operator
may put a certificate from a CA in the place of the self-signed one.
"""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import random_serial_number

from filing.adapters import webhook_secrets
from filing.adapters.private import write_private
from filing.config import Settings
from filing.errors import Misconfigured, NotGenuine
from filing.evidence import certificates, key_encoding, suites
from filing.evidence.der import to_pem
from filing.evidence.signatures import Signer, signer

_NATIONAL = "sm2-sm3"
_VALID_DAYS = 3650


def suites_in_force(settings: Settings) -> tuple[str, ...]:
    """Names of the suites that seal, in order."""
    return {
        "international": (settings.signature,),
        "national": (_NATIONAL,),
        "both": (settings.signature, _NATIONAL),
    }[settings.suite]


def digest_algorithms(settings: Settings) -> tuple[str, ...]:
    """Digests computed of every file; sha256 is always first, the store stands on it."""
    return ("sha256",) if settings.suite == "international" else ("sha256", "sm3")


def key_name(suite: str) -> str:
    """The name of the archive's key of a suite."""
    return f"archive-{suite}"


def make_missing(settings: Settings, now: datetime) -> tuple[str, ...]:
    """Make keys and certificates for suites that have none, and the key of webhooks; names.

    Raises Misconfigured where a certificate is there and its key is not: nothing is made over it.
    """
    made = []
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for suite in suites_in_force(settings):
        name = key_name(suite)
        private, public = _files(settings, name)
        if private.exists():
            continue
        if public.exists():
            raise _keyless(public, private)
        key = suites.generate(suite)
        der = certificates.self_signed(
            suite,
            key,
            settings.name,
            "",
            random_serial_number(),
            now - timedelta(minutes=5),
            now + timedelta(days=_VALID_DAYS),
        )
        # The certificate first: a key without one would look complete and is not.
        write_private(public, to_pem("CERTIFICATE", der))
        write_private(private, key_encoding.private_key_pem(key))
        made.append(name)
    if webhook_secrets.make_missing(settings.keys):
        made.append("webhooks")
    return tuple(made)


def _keyless(public: Path, private: Path) -> Misconfigured:
    return Misconfigured(
        f"{public} is there, its key {private.name} is not: bring the key back; if it is lost for"
        " good, keep the certificate under another name that ends in .crt.pem and run this again",
        f"有 {public}，却没有它的密钥 {private.name}：请恢复密钥；确已遗失的，把该证书改名留在原处"
        "（仍以 .crt.pem 结尾），再运行一次",
    )


def load(settings: Settings) -> tuple[Signer, ...]:
    """The signers in force.

    Raises Misconfigured if a key or certificate is missing, damaged, or the
    two do not belong together.
    """
    found = []
    for suite in suites_in_force(settings):
        name = key_name(suite)
        private, public = _files(settings, name)
        try:
            key = key_encoding.load_private_key(private.read_bytes())
            chain = certificates.load_chain(public.read_bytes())
            one = signer(name, key, chain)
        except FileNotFoundError as error:
            raise Misconfigured(
                f"{error.filename} is missing; run filing init in a new archive, else bring it"
                " back: is the folder mounted?",
                f"缺少 {error.filename}：新建的档案馆请运行 filing init；已有档案时请先恢复该文件，"
                "并检查密钥目录是否已挂载",
            ) from error
        except (OSError, ValueError, NotGenuine) as error:
            raise Misconfigured(
                f"key {name} in {settings.keys} cannot be used: {error}",
                f"{settings.keys} 中的密钥 {name} 无法使用，请从备份恢复",
            ) from error
        if one.suite != suite:
            raise Misconfigured(
                f"key {name} is for {one.suite}: FILING_SUITE and FILING_SIGNATURE name another",
                f"密钥 {name} 的算法为 {one.suite}，与 FILING_SUITE、FILING_SIGNATURE 不符",
            )
        found.append(one)
    return tuple(found)


def certificates_pem(settings: Settings) -> dict[str, bytes]:
    """The certificates in force, by suite; what is handed to verifiers."""
    names = {suite: _files(settings, key_name(suite))[1] for suite in suites_in_force(settings)}
    return {suite: path.read_bytes() for suite, path in names.items()}


def _files(settings: Settings, name: str) -> tuple[Path, Path]:
    return settings.keys / f"{name}.key.pem", settings.keys / f"{name}.crt.pem"
