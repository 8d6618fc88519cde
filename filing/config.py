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
_FILES = (
    "tls_certificate",
    "tls_key",
    "tls_client_ca",
    "webhook_ca",
    "smtp_password_file",
    "oidc_client_secret_file",
)


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
        self._one_of("suite", SUITES)
        self._one_of("signature", SIGNATURES)
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise _together("FILING_TLS_CERTIFICATE", "FILING_TLS_KEY")
        if self.tls_client_ca and not self.tls_certificate:
            raise _needs("FILING_TLS_CLIENT_CA", "FILING_TLS_CERTIFICATE")
        for name in (
            "workers",
            "threads",
            "batch_records",
            "max_body_bytes",
            "deliveries_per_agency",
            "drill_days",
        ):
            if getattr(self, name) < 1:
                raise Misconfigured(
                    f"FILING_{name.upper()} must be at least 1", f"FILING_{name.upper()} 至少为 1"
                )
        self._host_and_port("listen")
        self._check_notices()
        self._check_people()

    def _one_of(self, name: str, allowed: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in allowed:
            which, some = f"FILING_{name.upper()}", ", ".join(allowed)
            raise Misconfigured(
                f"{which} is {value!r}, not one of {some}", f"{which} 为“{value}”，应为 {some} 之一"
            )

    def _host_and_port(self, name: str) -> None:
        _, colon, port = getattr(self, name).rpartition(":")
        if not (colon and port.isascii() and port.isdigit() and int(port) < 1 << 16):
            raise self._not_so(name, "host:port", "主机:端口")

    def _not_so(self, name: str, form: str, zh: str) -> Misconfigured:
        which, value = f"FILING_{name.upper()}", getattr(self, name)
        return Misconfigured(f"{which} is {value!r}, not {form}", f"{which} 为“{value}”，应为 {zh}")

    def _check_people(self) -> None:
        if self.public_url and not self.public_url.startswith(("https://", "http://")):
            raise self._not_so("public_url", "https://host", "https://主机")
        if not 60 <= self.session_idle_seconds <= self.session_seconds:
            raise Misconfigured(
                "FILING_SESSION_IDLE_SECONDS is at least 60, and FILING_SESSION_SECONDS no less",
                "FILING_SESSION_IDLE_SECONDS 至少为 60，且不大于 FILING_SESSION_SECONDS",
            )
        if not self.oidc_issuer:
            return
        if not self.oidc_client_id:
            raise _needs("FILING_OIDC_ISSUER", "FILING_OIDC_CLIENT_ID")
        issuer = urlsplit(self.oidc_issuer)
        here = issuer.scheme == "http" and issuer.hostname in ("127.0.0.1", "::1", "localhost")
        if not issuer.hostname or not (here or issuer.scheme == "https"):
            raise self._not_so("oidc_issuer", "https://host", "https://主机")

    def _check_notices(self) -> None:
        for one in filter(None, (part.strip() for part in self.webhook_networks.split(","))):
            try:
                ipaddress.ip_network(one)
            except ValueError as error:
                raise Misconfigured(
                    f"FILING_WEBHOOK_NETWORKS: {error}",
                    f"FILING_WEBHOOK_NETWORKS：“{one}”不是网段（例 10.20.0.0/16）",
                ) from error
        self._one_of("smtp_security", SMTP_SECURITY)
        if self.smtp:
            self._host_and_port("smtp")
        if self.smtp and "@" not in self.smtp_from:
            raise Misconfigured(
                "FILING_SMTP needs FILING_SMTP_FROM, an address",
                "设置了 FILING_SMTP，还须在 FILING_SMTP_FROM 写明发件地址",
            )
        if bool(self.smtp_user) != bool(self.smtp_password_file):
            raise _together("FILING_SMTP_USER", "FILING_SMTP_PASSWORD_FILE")
        if self.smtp_user and self.smtp_security == "none":
            raise Misconfigured(
                "FILING_SMTP_SECURITY is none: a password is not sent to a mail server without TLS",
                "FILING_SMTP_SECURITY 为 none：不经 TLS 不向邮件服务器发送口令",
            )

    def check_files(self) -> None:
        """See that every file a setting names can be read. Raises Misconfigured."""
        for name in _FILES:
            file = getattr(self, name)
            try:
                if file:
                    Path(file).open("rb").close()
            except OSError as error:
                which = f"FILING_{name.upper()}"
                raise Misconfigured(
                    f"{which}: {file} cannot be read: {error.strerror}",
                    f"{which}：无法读取 {file}",
                ) from error

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
        raise Misconfigured(f"{file} cannot be read: {error}", f"无法读取 {file}") from error
    if unknown := sorted(set(given) - known):
        some = ", ".join(unknown)
        raise Misconfigured(
            f"{file}: unknown settings {some}; docs/settings.md lists those there are",
            f"{file}：没有这些设置：{some}；见 docs/settings.md",
        )
    return given


def _typed(cls: type[Settings], name: str, value: object) -> object:
    default = next(one.default for one in fields(cls) if one.name == name)
    if isinstance(default, int):
        try:
            return int(str(value))
        except ValueError:
            raise Misconfigured(
                f"FILING_{name.upper()} is {value!r}, not a whole number",
                f"FILING_{name.upper()} 为“{value}”，应为整数",
            ) from None
    return Path(str(value)) if isinstance(default, Path) else str(value)


def _together(one: str, other: str) -> Misconfigured:
    return Misconfigured(f"{one} and {other} go together", f"{one} 与 {other} 须同时设置")


def _needs(one: str, other: str) -> Misconfigured:
    return Misconfigured(f"{one} needs {other}", f"设置了 {one}，还须设置 {other}")
