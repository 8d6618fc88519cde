"""What an operator may set about the HTTP face. One frozen value, checked at birth."""

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Limits of the HTTP face, and whose headers it believes.

    max_body_bytes      largest delivery read at all; staging may set a lower limit
    max_parts           most parts of a multipart delivery
    max_deliveries      deliveries of one agency at the same time, per server process
    idle_seconds        longest silence while a body is read
    slowest_rate        bytes per second a body must reach on average, after idle_seconds
    retry_seconds       what Retry-After says
    page_size           entries of a list where the caller names no limit
    trusted_proxies     networks ("10.0.0.0/8"), or "unix" for a UNIX socket, whose
                        Client-Cert and X-Forwarded-Proto headers are believed
    icon                address on this site of the icon of the page for people, "" for none

    Raises ValueError for a number below 1 or a network that is none.
    """

    max_body_bytes: int = 4 << 30
    max_parts: int = 10_000
    max_deliveries: int = 16
    idle_seconds: float = 60.0
    slowest_rate: int = 1024
    retry_seconds: int = 5
    page_size: int = 100
    trusted_proxies: tuple[str, ...] = ()
    icon: str = ""

    def __post_init__(self) -> None:
        numbers = (
            self.max_body_bytes,
            self.max_parts,
            self.max_deliveries,
            self.retry_seconds,
            self.page_size,
        )
        if min(numbers) < 1 or self.idle_seconds <= 0 or self.slowest_rate < 0:
            raise ValueError("limits of the HTTP face must be positive")
        self.networks()

    def networks(self) -> tuple[Network, ...]:
        """The trusted proxies as networks, without "unix"."""
        named = (name for name in self.trusted_proxies if name != "unix")
        return tuple(ipaddress.ip_network(name) for name in named)

    def trusts(self, address: str) -> bool:
        """Is ``address`` (REMOTE_ADDR) one of the proxies?"""
        if not address:
            return "unix" in self.trusted_proxies
        try:
            peer = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(peer in network for network in self.networks())
