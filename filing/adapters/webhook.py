"""A POST to another's server, once: bounded in time and bytes, following nothing.

Only the status of the answer counts, and no more than its head is read. The whole
attempt, from the name's resolution to the last byte, has one deadline, however slowly
the other side gives its bytes.

Not covered: proxies; HTTP/2.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TypeVar

from filing.adapters.targets import Reach, Refused, Target
from filing.model.notices import Attempt

_SECONDS = 10.0
_MOST_HEAD = 16 * 1024
T = TypeVar("T")


class PostWebhook:
    """Keeps the promises of filing.notices.ports.PostWebhook.

    networks   see filing.config.Settings.webhook_networks
    ca         PEM file of a CA to trust besides the system's; "" for none
    """

    def __init__(self, networks: str = "", ca: str = "", seconds: float = _SECONDS) -> None:
        self._reach = Reach.parse(networks)
        self._ca = ca
        self._seconds = seconds

    def may_reach(self, url: str) -> str:
        """See filing.notices.ports.PostWebhook."""
        try:
            self._reach.target(url)
        except Refused as refusal:
            return str(refusal)
        return ""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """See filing.notices.ports.PostWebhook."""
        until = time.monotonic() + self._seconds
        try:
            target = self._reach.target(url)
            status = self._exchange(target, _request(target, headers, body), until)
        except Refused as refusal:
            return Attempt(str(refusal))
        except TimeoutError:
            return Attempt("timeout")
        except ssl.SSLCertVerificationError:
            return Attempt("tls-untrusted")
        except ssl.SSLError:
            return Attempt("tls-failed")
        except ConnectionRefusedError:
            return Attempt("connection-refused")
        except OSError:
            return Attempt("connection-lost")
        except ValueError:  # a host's name that TLS knows no certificate for
            return Attempt("not-a-url")
        if 200 <= status < 300:
            return Attempt()
        return Attempt(f"redirect-{status}" if 300 <= status < 400 else f"status-{status}")

    def _exchange(self, target: Target, request: bytes, until: float) -> int:
        addresses = self._reach.addresses(target, until - time.monotonic())
        with _connected(addresses, target.port, until) as plain:
            plain.setblocking(False)
            wire = _Wire(self._secured(plain, target), until)
            try:
                wire.shake_hands()
                wire.send(request)
                return _status(wire)
            finally:
                wire.close()

    def _secured(self, plain: socket.socket, target: Target) -> socket.socket:
        if not target.secure:
            return plain
        return self._tls.wrap_socket(
            plain, server_hostname=target.host, do_handshake_on_connect=False
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._ca:
            context.load_verify_locations(self._ca)
        return context


class _Wire:
    """A socket that does not block, with one deadline for all that is done on it."""

    def __init__(self, plain: socket.socket, until: float) -> None:
        self._socket = plain
        self._until = until

    def shake_hands(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket):
            self._do(self._socket.do_handshake, select.POLLIN)

    def send(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self._do(partial(self._socket.send, rest), select.POLLOUT) :]

    def receive(self) -> bytes:
        return self._do(lambda: self._socket.recv(4096), select.POLLIN)

    def close(self) -> None:
        self._socket.close()

    def _do(self, act: Callable[[], T], wants: int) -> T:
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT)
            except BlockingIOError:
                self._wait(wants)

    def _wait(self, wants: int) -> None:
        left = self._until - time.monotonic()
        poll = select.poll()
        poll.register(self._socket, wants)
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError("the deadline has passed")


def _connected(addresses: tuple[str, ...], port: int, until: float) -> socket.socket:
    """A connection to the first address that answers. Raises OSError."""
    failure: OSError = ConnectionRefusedError("no address")
    for number, address in enumerate(addresses):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        try:
            return socket.create_connection((address, port), left / (len(addresses) - number))
        except OSError as error:
            failure = error
    raise failure


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "User-Agent: filing-webhook/1",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(wire: _Wire) -> int:
    """The status of the answer, once its head is whole. Raises Refused, OSError."""
    head = b""
    while b"\r\n\r\n" not in head:
        if len(head) > _MOST_HEAD:
            raise Refused("answer-malformed")
        more = wire.receive()
        if not more:
            raise ConnectionResetError("the answer ended early")
        head += more
    parts = head.partition(b"\r\n")[0].split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise Refused("answer-malformed")
    if len(parts[1]) != 3:
        raise Refused("answer-malformed")
    return int(parts[1])
