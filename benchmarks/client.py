"""The load: a process of its own that posts prepared bytes and keeps the times.

Everything to be sent lies ready in memory (or, for one huge body, in a file that the
kernel sends), connections stay open, one thread waits on all of them. So the client
costs about as little as a client can, and the same for whoever is measured.

Run as ``python -m benchmarks.client``: reads one plan as JSON per line on standard
input, writes one result as JSON per line on standard output, ends with its input.
"""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    bodies       folder of files "000000.head", "000000.body", … made beforehand
    first, count which of them to post
    connections  how many at a time
    path         of the request line
    headers      added to every request ("Authorization: …")
    """

    port: int
    bodies: str
    first: int
    count: int
    connections: int
    path: str
    headers: str = ""


@dataclass(slots=True)
class Result:
    """``seconds`` from the first byte sent to the last answer; ``times`` one per request."""

    seconds: float
    bytes: int
    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def request(plan: Plan, number: int) -> tuple[bytes, Path]:
    """The head to send, and the file whose bytes follow."""
    body = Path(plan.bodies) / f"{number:06}.body"
    own = (Path(plan.bodies) / f"{number:06}.head").read_bytes().decode("ascii")
    head = (
        f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n{own}{plan.headers}"
        f"Content-Length: {body.stat().st_size}\r\n\r\n"
    )
    return head.encode("ascii"), body


class Connection:
    """One connection and the request on it."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.setblocking(False)
        self.unsent = memoryview(b"")
        self.answer = b""
        self.started = 0.0

    def begin(self, message: memoryview) -> None:
        """Start sending ``message``."""
        self.unsent, self.answer, self.started = message, b"", time.perf_counter()

    def send(self) -> bool:
        """Send what the socket takes; True when all is sent."""
        while self.unsent:
            try:
                self.unsent = self.unsent[self.line.send(self.unsent) :]
            except BlockingIOError:
                return False
            except BrokenPipeError:
                self.unsent = memoryview(b"")  # what it said before it closed is read next
        return True

    def receive(self) -> str | None:
        """The answer's status line and body once it is whole; None before."""
        try:
            more = self.line.recv(262_144)
        except BlockingIOError:
            return None
        if not more:
            raise ConnectionError(f"closed after {self.answer[:200]!r}")
        self.answer += more
        return whole(self.answer)


def whole(answer: bytes) -> str | None:
    """Status and body of an answer that is complete; None of one that is not."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return None
    at = head.lower().find(b"content-length:")
    if at < 0:
        done = body.endswith(b"0\r\n\r\n")
    else:
        done = len(body) >= int(head[at + 15 :].partition(b"\r\n")[0])
    status = head[9:12].decode("ascii")
    return f"{status} {body[:600].decode('utf-8', 'replace')}" if done else None


def run(plan: Plan) -> Result:
    """Post them all and take the times."""
    messages = []
    for number in range(plan.first, plan.first + plan.count):
        head, body = request(plan, number)
        messages.append(memoryview(head + body.read_bytes()))
    waiting = iter(messages)
    poll = select.epoll()
    open_: dict[int, Connection] = {}
    for _ in range(min(plan.connections, len(messages))):
        one = Connection(plan.port)
        open_[one.line.fileno()] = one
        poll.register(one.line, select.EPOLLIN | select.EPOLLOUT)
    result = Result(0.0, sum(map(len, messages)))
    started = time.perf_counter()
    for one in open_.values():
        one.begin(next(waiting))
    while open_:
        for handle, events in poll.poll():
            _step(poll, open_, handle, events, waiting, result)
    result.seconds = time.perf_counter() - started
    return result


def _step(
    poll: select.epoll,
    open_: dict[int, Connection],
    handle: int,
    events: int,
    waiting: Iterator[memoryview],
    result: Result,
) -> None:
    """Go on with one connection: send, receive, begin the next request or close."""
    one = open_[handle]
    if events & select.EPOLLOUT and one.send():
        poll.modify(handle, select.EPOLLIN)
    if not events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
        return
    answer = one.receive()
    if answer is None:
        return
    result.times.append(time.perf_counter() - one.started)
    if not answer.startswith("201"):
        result.refused.append(answer)
    following = next(waiting, None)
    if following is None:
        poll.unregister(handle)
        open_.pop(handle).line.close()
        return
    one.begin(following)
    if not one.send():
        poll.modify(handle, select.EPOLLIN | select.EPOLLOUT)


def run_one_large(plan: Plan) -> Result:
    """Post one body that is too large for memory: the kernel sends the file."""
    head, body = request(plan, plan.first)
    with (
        socket.create_connection(("127.0.0.1", plan.port)) as line,
        body.open("rb") as file,
    ):
        started = time.perf_counter()
        line.sendall(head)
        at, size = 0, body.stat().st_size
        while at < size:
            at += os.sendfile(line.fileno(), file.fileno(), at, min(1 << 30, size - at))
        answer = b""
        while (said := whole(answer)) is None:
            more = line.recv(262_144)
            if not more:
                raise ConnectionError(f"closed after {answer[:200]!r}")
            answer += more
        seconds = time.perf_counter() - started
    return Result(seconds, size, [seconds], [] if said.startswith("201") else [said])


def main() -> None:
    """Serve plans until there are no more."""
    for text in sys.stdin:
        given = json.loads(text)
        large = given.pop("large", False)
        plan = Plan(**given)
        result = run_one_large(plan) if large else run(plan)
        print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main()
