"""A virus scanner: clamd by its own protocol, or none.

Whatever is not a plain "OK" or "FOUND" for the whole of the bytes is UNDETERMINED:
a scanner that is full, slow, limited in size or gone has not said the file is clean.

Source: clamd(8), INSTREAM. The daemon must be reached on this machine; nothing is
encrypted on the way.
"""

import ipaddress
import socket
import struct

from filing.errors import Misconfigured
from filing.model.finding import Outcome
from filing.model.inspection import Scan
from filing.model.package import Content

_CHUNK = 256 << 10
_ANSWER_LIMIT_BYTES = 4096
#: A question without bytes is answered at once, or nobody is there.
_PING_SECONDS = 10.0


class NoScanner:
    """No scanner is configured: every file stays unscanned; the catalogue says it once for all."""

    def ping(self) -> Outcome:
        """UNDETERMINED: there is nobody to ask."""
        return Outcome.UNDETERMINED

    def scan(self, content: Content) -> Scan:
        """UNDETERMINED."""
        return Scan(Outcome.UNDETERMINED)


class Clamd:
    """clamd, one connection per question.

    address         path of its unix socket, or "host:port" on a loopback address
    limit_seconds   longest silence to bear, on connecting and on each answer; a ping has ten

    Raises Misconfigured for an address that leaves this machine.
    """

    def __init__(self, address: str, limit_seconds: float = 60.0) -> None:
        self._address = _parse(address)
        self._limit_seconds = limit_seconds

    def ping(self) -> Outcome:
        """PASSED when clamd answers PONG, UNDETERMINED otherwise. Never raises."""
        try:
            with self._connect(min(_PING_SECONDS, self._limit_seconds)) as line:
                line.sendall(b"zPING\0")
                return Outcome.PASSED if _answer(line) == "PONG" else Outcome.UNDETERMINED
        except OSError:
            return Outcome.UNDETERMINED

    def scan(self, content: Content) -> Scan:
        """Send the bytes and read clamd's word. Never raises."""
        try:
            with self._connect(self._limit_seconds) as line:
                return _judge(_send(line, content))
        except OSError as error:
            return Scan(Outcome.UNDETERMINED, f"clamd: {type(error).__name__}")

    def _connect(self, limit_seconds: float) -> socket.socket:
        family = socket.AF_UNIX if isinstance(self._address, str) else socket.AF_INET
        if isinstance(self._address, tuple) and ":" in self._address[0]:
            family = socket.AF_INET6
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(limit_seconds)
            line.connect(self._address)
        except BaseException:
            line.close()
            raise
        return line


def _parse(address: str) -> str | tuple[str, int]:
    if address.startswith("/"):
        return address
    host, _, port = address.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host, int(port)
    except ValueError:
        pass
    raise Misconfigured(
        f"scanner address {address!r} must be a socket path or host:port on a loopback address",
        f"病毒扫描地址 {address!r} 应为套接字路径，或本机环回地址加端口",
    )


def _send(line: socket.socket, content: Content) -> str:
    """Stream the bytes; return what clamd says.

    clamd may answer and close before it has taken everything (its size limit): then
    the answer is read although sending failed.
    """
    try:
        line.sendall(b"zINSTREAM\0")
        with content.open() as stream:
            while chunk := stream.read(_CHUNK):
                line.sendall(struct.pack(">L", len(chunk)) + chunk)
        line.sendall(struct.pack(">L", 0))
    except (BrokenPipeError, ConnectionResetError):
        # What clamd said before it hung up; never "OK", which needs all the bytes.
        return f"{_answer(line) or '…'} (not all bytes were taken)"
    return _answer(line)


def _answer(line: socket.socket) -> str:
    """Text up to the closing NUL, or what there is when the connection ends."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _ANSWER_LIMIT_BYTES:
        chunk = line.recv(_ANSWER_LIMIT_BYTES)
        if not chunk:
            break
        answer += chunk
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _judge(answer: str) -> Scan:
    """Read "stream: OK" and "stream: NAME FOUND"; anything else is no answer.

    "Heuristics.Limits.Exceeded" is clamd's way of saying that it did not look at all
    of it (AlertExceedsMax), so it is no virus and no clean bill either.
    """
    if answer == "stream: OK":
        return Scan(Outcome.PASSED)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        name = answer.removeprefix("stream: ").removesuffix(" FOUND")
        if "Limits.Exceeded" not in name:
            return Scan(Outcome.FAILED, name[:200])
    # In clamd's own words: the sentence around them is the catalogue's, in either language.
    return Scan(Outcome.UNDETERMINED, f"clamd: {answer[:200] or '…'}")
