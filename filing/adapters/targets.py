"""Where a message of ours may go: an address on the web, judged before anything connects.

A name is resolved once, and what was judged is what is connected to. Public addresses
may be reached over TLS; others, and plain HTTP, only in networks the operator named:
a subscription must not become a way into the archive's own network.

Does not connect.
"""

import ipaddress
import socket
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from filing.adapters.time_limit import within

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Addresses that are public by themselves and carry another inside (6to4, Teredo, NAT64).
_WRAPPING = tuple(
    ipaddress.ip_network(one)
    for one in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)
_MOST_ADDRESSES = 3


class Refused(Exception):
    """It may not be reached, or nobody knows where it is; the text is a slug."""


@dataclass(frozen=True, slots=True)
class Target:
    """One URL, taken apart. ``path`` with its query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached. ``networks`` are those the operator named."""

    networks: tuple[_Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Reach":
        """From the setting: networks by comma. Raises ValueError."""
        parts = (one.strip() for one in text.split(","))
        return cls(tuple(ipaddress.ip_network(one) for one in parts if one))

    def target(self, url: str) -> Target:
        """Take a URL apart. Raises Refused for what can never be reached."""
        if not url.isascii() or not url.isprintable() or " " in url:
            raise Refused("not-a-url")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Refused("not-a-url") from None
        if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
            raise Refused("not-a-url")
        if "@" in parts.netloc:
            raise Refused("credentials")
        secure = parts.scheme == "https"
        if not secure and not self.networks:
            raise Refused("needs-https")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        found = Target(secure, parts.hostname, port or (443 if secure else 80), path)
        literal = _literal(found.host)
        if literal is not None and not self._allowed(literal, secure):
            raise Refused("not-reachable")
        return found

    def addresses(self, target: Target, seconds: float) -> tuple[str, ...]:
        """Where it is, as far as it may be reached. Raises Refused, TimeoutError."""
        literal = _literal(target.host)
        if literal is not None:
            return (str(literal),)
        found = [ipaddress.ip_address(one) for one in _resolve(target, seconds)]
        allowed = [str(one) for one in found if self._allowed(one, target.secure)]
        if not allowed:
            raise Refused("not-reachable")
        return tuple(allowed[:_MOST_ADDRESSES])

    def _allowed(self, address: _Address, secure: bool) -> bool:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in one for one in self.networks if one.version == address.version):
            return True
        if address.version == 6 and any(address in one for one in _WRAPPING):
            return False
        return secure and address.is_global and not address.is_multicast


def _literal(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _resolve(target: Target, seconds: float) -> list[str]:
    """Ask for a name's addresses; the system's resolver has no time-out to give."""
    ask = partial(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    try:
        found = within(seconds, ask)
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        raise Refused("name-unknown") from error
    # A zone ("%eth0") belongs to link-local addresses alone.
    return list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
