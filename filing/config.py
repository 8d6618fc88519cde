"""Settings: one frozen value, read once at start, checked before anything runs.

Order: built-in value, then ``FILING_HOME/filing.toml``, then the environment
(``FILING_`` and the name in capitals). docs/settings.md lists them all.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from filing.errors import Misconfigured

SUITES = ("international", "national", "both")
SIGNATURES = ("ecdsa-p256-sha256", "ed25519")
SMTP_SECURITY = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set. Sizes in bytes, times in seconds."""

    home: Path = field(default=Path("var"), metadata={"say": "folder of all that is kept here"})
    database_url: str = field(
        default="", metadata={"say": "SQLAlchemy URL; SQLite in home if empty"}
    )
    name: str = field(default="示例省档案馆", metadata={"say": "the archive's name, on receipts"})
    origin: str = field(default="filing.example/log", metadata={"say": "name of the log"})
    suite: str = field(default="international", metadata={"say": " | ".join(SUITES)})
    signature: str = field(
        default="ecdsa-p256-sha256", metadata={"say": " | ".join(SIGNATURES) + ", international"}
    )
    listen: str = field(default="127.0.0.1:8760", metadata={"say": "address and port to serve"})
    workers: int = field(default=2, metadata={"say": "server processes"})
    threads: int = field(default=16, metadata={"say": "threads in each server process"})
    tls_certificate: str = field(default="", metadata={"say": "PEM file; TLS is on when it is set"})
    tls_key: str = field(default="", metadata={"say": "PEM file of its private key"})
    tls_client_ca: str = field(
        default="", metadata={"say": "PEM file of the CA of agencies' certificates (mTLS)"}
    )
    trusted_proxies: str = field(
        default="", metadata={"say": "addresses, by comma, whose Client-Cert header is believed"}
    )
    max_body_bytes: int = field(default=4 << 30, metadata={"say": "largest delivery"})
    async_above_bytes: int = field(
        default=2 << 30, metadata={"say": "larger deliveries are answered 202 and worked on later"}
    )
    batch_records: int = field(
        default=64, metadata={"say": "records sealed in one ceremony at most"}
    )
    deliveries_per_agency: int = field(
        default=256, metadata={"say": "deliveries of one agency under way in one process at most"}
    )
    broker_url: str = field(
        default="",
        metadata={"say": "Celery broker for background work; it is done by the server if empty"},
    )
    clamd: str = field(default="", metadata={"say": "clamd socket: a path, or host:port"})
    free_bytes: int = field(
        default=256 << 20, metadata={"say": "deliveries are refused when less than this is free"}
    )
    webhook_networks: str = field(
        default="",
        metadata={"say": "networks, by comma, that webhooks may reach besides public addresses"},
    )
    webhook_ca: str = field(
        default="", metadata={"say": "PEM file of a CA that webhooks trust besides the public ones"}
    )
    smtp: str = field(default="", metadata={"say": "mail server as host:port; no mail if empty"})
    smtp_security: str = field(default="starttls", metadata={"say": " | ".join(SMTP_SECURITY)})
    smtp_user: str = field(default="", metadata={"say": "who signs in to the mail server"})
    smtp_password_file: str = field(default="", metadata={"say": "file with that password"})
    smtp_from: str = field(default="", metadata={"say": "sender's address of mails"})
    public_url: str = field(
        default="", metadata={"say": "address people use, https://…; as each request says if empty"}
    )
    session_idle_seconds: int = field(
        default=1800, metadata={"say": "a session of the pages ends when unused for so long"}
    )
    session_seconds: int = field(
        default=43_200, metadata={"say": "a session of the pages ends after so long in any case"}
    )
    drill_days: int = field(
        default=30, metadata={"say": "days between two drills that rebuild the database"}
    )
    oidc_issuer: str = field(
        default="",
        metadata={"say": "OpenID Connect provider people may sign in with; none if empty"},
    )
    oidc_client_id: str = field(default="", metadata={"say": "our name at that provider"})
    oidc_client_secret_file: str = field(default="", metadata={"say": "file with our secret there"})

    def __post_init__(self) -> None:
        if self.suite not in SUITES:
            raise Misconfigured(f"FILING_SUITE is {self.suite!r}, not one of {', '.join(SUITES)}")
        if self.signature not in SIGNATURES:
            raise Misconfigured(
                f"FILING_SIGNATURE is {self.signature!r}, not one of {', '.join(SIGNATURES)}"
            )
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise Misconfigured("FILING_TLS_CERTIFICATE and FILING_TLS_KEY go together")
        if self.tls_client_ca and not self.tls_certificate:
            raise Misconfigured("FILING_TLS_CLIENT_CA needs FILING_TLS_CERTIFICATE")
        for name in (
            "workers",
            "threads",
            "batch_records",
            "max_body_bytes",
            "deliveries_per_agency",
            "drill_days",
        ):
            if getattr(self, name) < 1:
                raise Misconfigured(f"FILING_{name.upper()} must be at least 1")
        _, _, port = self.listen.rpartition(":")
        if not port.isdigit():
            raise Misconfigured(f"FILING_LISTEN is {self.listen!r}, not host:port")
        self._check_notices()
        self._check_people()

    def _check_people(self) -> None:
        if self.public_url and not self.public_url.startswith(("https://", "http://")):
            raise Misconfigured(f"FILING_PUBLIC_URL is {self.public_url!r}, not https://host")
        if not 60 <= self.session_idle_seconds <= self.session_seconds:
            raise Misconfigured(
                "FILING_SESSION_IDLE_SECONDS is at least 60, and FILING_SESSION_SECONDS no less"
            )
        if self.oidc_issuer and not self.oidc_client_id:
            raise Misconfigured("FILING_OIDC_ISSUER needs FILING_OIDC_CLIENT_ID")
        issuer = urlsplit(self.oidc_issuer)
        if issuer.scheme == "http" and issuer.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise Misconfigured("FILING_OIDC_ISSUER is an https:// address")
        if self.oidc_issuer and (issuer.scheme not in ("http", "https") or not issuer.hostname):
            raise Misconfigured(f"FILING_OIDC_ISSUER is {self.oidc_issuer!r}, not https://host")

    def _check_notices(self) -> None:
        for one in filter(None, (part.strip() for part in self.webhook_networks.split(","))):
            try:
                ipaddress.ip_network(one)
            except ValueError as error:
                raise Misconfigured(f"FILING_WEBHOOK_NETWORKS: {error}") from error
        if self.smtp_security not in SMTP_SECURITY:
            raise Misconfigured(
                f"FILING_SMTP_SECURITY is {self.smtp_security!r},"
                f" not one of {', '.join(SMTP_SECURITY)}"
            )
        if self.smtp and not self.smtp.rpartition(":")[2].isdigit():
            raise Misconfigured(f"FILING_SMTP is {self.smtp!r}, not host:port")
        if self.smtp and "@" not in self.smtp_from:
            raise Misconfigured("FILING_SMTP needs FILING_SMTP_FROM, an address")
        if bool(self.smtp_user) != bool(self.smtp_password_file):
            raise Misconfigured("FILING_SMTP_USER and FILING_SMTP_PASSWORD_FILE go together")
        if self.smtp_user and self.smtp_security == "none":
            raise Misconfigured("a password is not sent to a mail server without TLS")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment and the home's filing.toml.

        Raises Misconfigured for an unknown name in the file or a value that
        is not what it should be.
        """
        environ = os.environ if environ is None else environ
        home = Path(environ.get("FILING_HOME", "var"))
        given: dict[str, object] = {}
        file = home / "filing.toml"
        if file.is_file():
            given.update(_from_file(file, {one.name for one in fields(cls)} - {"home"}))
        for one in fields(cls):
            if (text := environ.get(f"FILING_{one.name.upper()}")) is not None:
                given[one.name] = text
        given["home"] = home.absolute()
        return cls(**{name: _typed(cls, name, value) for name, value in given.items()})  # type: ignore[arg-type]  # _typed gives each field its own type

    @property
    def url(self) -> str:
        """The database, SQLite in the home where nothing is set."""
        return self.database_url or f"sqlite:///{self.home / 'filing.db'}"

    @property
    def store(self) -> Path:
        """The OCFL storage root."""
        return self.home / "store"

    @property
    def staging(self) -> Path:
        """Where deliveries wait; the same file system as the store."""
        return self.home / "staging"

    @property
    def keys(self) -> Path:
        """The archive's private keys and certificates."""
        return self.home / "keys"


def _from_file(file: Path, known: set[str]) -> dict[str, object]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}") from error
    if unknown := sorted(set(given) - known):
        raise Misconfigured(f"{file}: unknown settings {', '.join(unknown)}")
    return given


def _typed(cls: type[Settings], name: str, value: object) -> object:
    default = next(one.default for one in fields(cls) if one.name == name)
    if isinstance(default, int):
        try:
            return int(str(value))
        except ValueError:
            raise Misconfigured(f"FILING_{name.upper()} is {value!r}, not a whole number") from None
    return Path(str(value)) if isinstance(default, Path) else str(value)
