"""Who is calling, and over which channel.

A caller shows a token (RFC 6750), a TLS client certificate, or both; both must
then be the same agency's. Headers a proxy adds are believed only when the
connection comes from a trusted proxy, and a connection that shows signs of a
proxy nobody configured is not counted as local.
"""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from filing.api.headers import byte_sequence
from filing.api.settings import ApiSettings
from filing.errors import NotAllowed, NotIdentified
from filing.model.agency import Agency, Channel
from filing.services import Services

Environ = Mapping[str, Any]  # PEP 3333: the values are of any type
_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/-]{1,512}=*)")
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")
_MAX_CERTIFICATE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency, and how it came in."""

    agency: Agency
    channel: Channel


def identify(environ: Environ, services: Services, settings: ApiSettings) -> Caller:
    """Say who calls.

    Raises NotIdentified without a valid token or certificate, CredentialExpired,
    NotAllowed when the two belong to different agencies.
    """
    token = _token(environ)
    certificate = peer_certificate(environ, settings)
    by_token = services.agency_by_token(token) if token else None
    by_certificate = services.agency_by_certificate(certificate) if certificate else None
    if token and by_token is None:
        raise NotIdentified("the token is not valid", "令牌无效")
    if by_token and by_certificate and by_token.id != by_certificate.id:
        raise NotAllowed(
            "token and certificate belong to different agencies", "令牌与证书属于不同的立档单位"
        )
    agency = by_token or by_certificate
    if agency is None:
        raise NotIdentified(
            "show a token (Authorization: Bearer) or a registered client certificate",
            "请提供令牌（Authorization: Bearer）或已登记的客户端证书",
        )
    return Caller(agency, Channel.MTLS if by_certificate else channel(environ, settings))


def _token(environ: Environ) -> str:
    """The bearer token, "" if no Authorization came."""
    field = environ.get("HTTP_AUTHORIZATION", "")
    if not field:
        return ""
    found = _BEARER.fullmatch(field.strip())
    if found is None:
        raise NotIdentified(
            "Authorization is written: Bearer TOKEN", "Authorization 应写作 Bearer 令牌"
        )
    return found[1]


def peer_certificate(environ: Environ, settings: ApiSettings) -> bytes | None:
    """The caller's certificate, DER, as the TLS server verified it; None if none.

    From the connection itself (gunicorn), or from Client-Cert (RFC 9440) of a
    trusted proxy. Raises BadRequest if the proxy's header is not a byte sequence.
    """
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, ssl.SSLSocket):
        # With CERT_NONE no certificate is asked for; one that is here was verified.
        return connection.getpeercert(True)
    field = environ.get("HTTP_CLIENT_CERT", "")
    if not field or not settings.trusts(environ.get("REMOTE_ADDR", "")):
        return None
    return byte_sequence(field.strip()[: 2 * _MAX_CERTIFICATE_BYTES], "Client-Cert")


def channel(environ: Environ, settings: ApiSettings) -> Channel:
    """TLS, LOOPBACK or PLAIN. A certificate's MTLS is decided in ``identify``.

    ``wsgi.url_scheme`` is not asked under gunicorn: by default it believes
    X-Forwarded-Proto from every local process.
    """
    address = environ.get("REMOTE_ADDR", "")
    if settings.trusts(address):
        by_proxy = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https"
        return Channel.TLS if by_proxy else Channel.PLAIN
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, ssl.SSLSocket):
        return Channel.TLS
    if connection is None and environ.get("wsgi.url_scheme") == "https":
        return Channel.TLS
    if _is_local(address) and not any(name in environ for name in _FORWARDED):
        return Channel.LOOPBACK
    return Channel.PLAIN


def _is_local(address: str) -> bool:
    """A loopback address, or a UNIX socket, which has none."""
    if not address:
        return True
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
