"""A mail server on loopback: takes mails, or does what a test wants of a bad one."""

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.notices.serving import serving


@dataclass
class Mailbox:
    """A mail server. ``answers`` overrides what it says to a command (by its first word).

    context   TLS of the server: from the first byte when ``implicit``, else by STARTTLS
    """

    answers: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    implicit: bool = False
    came: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    more: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 60) -> None:
        with self.more:
            assert self.more.wait_for(lambda: len(self.came) >= count, seconds), len(self.came)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        super().__init__(("127.0.0.1", mailbox.port), _Talk)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that hangs up is no matter of ours."""


class _Talk(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.box = self.server.mailbox
        if self.box.context and self.box.implicit:
            self.request = self.box.context.wrap_socket(self.request, server_side=True)
        self.stream = self.request.makefile("rb")
        self.say(self.box.answers.get("", "220 mail ready"))
        while line := self.stream.readline():
            command = line.decode("utf-8", "replace").strip()
            self.box.commands.append(command)
            if not self.obey(command):
                break
        self.stream.close()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()

    def obey(self, command: str) -> bool:
        word = command.split(" ", 1)[0].upper()
        if word in self.box.answers:
            self.say(self.box.answers[word])
        elif word == "EHLO":
            secured = isinstance(self.request, ssl.SSLSocket)
            offer = "250-STARTTLS\r\n" if self.box.context and not secured else ""
            self.say(f"250-mail\r\n{offer}250-AUTH PLAIN\r\n250 8BITMIME")
        elif word == "STARTTLS":
            assert self.box.context
            self.say("220 go on")
            self.stream.close()
            self.request = self.box.context.wrap_socket(self.request, server_side=True)
            self.stream = self.request.makefile("rb")
        elif word == "AUTH":
            self.say("235 welcome")
        elif word == "RCPT":
            self.box.recipients.append(command)
            self.say("250 ok")
        elif word == "DATA":
            self.take()
        elif word == "QUIT":
            return False
        else:
            self.say("250 ok")
        return True

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.stream.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.say("250 taken")
        with self.box.more:
            self.box.came.append(b"".join(lines).decode())
            self.box.more.notify_all()

    def say(self, text: str) -> None:
        self.request.sendall(f"{text}\r\n".encode())


@contextlib.contextmanager
def delivering(mailbox: Mailbox) -> Iterator[Mailbox]:
    """The server, up while the block runs."""
    with serving(_Server(mailbox)) as mailbox.port:
        yield mailbox
