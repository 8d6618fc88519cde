"""A file on its way into a correction when the server is killed: all of it is there, or nothing."""

import http.client
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

import pytest

from examples.bad import bad
from filing.app import Site
from filing.app.people import create_people
from filing.model.roles import Role
from filing.model.submission import State
from tests.crash.yard import Serving, Yard, a_yard

PDF = b"%PDF-1.7\n" + b"x" * (6 << 20)


@pytest.fixture
def yard(database_url, tmp_path) -> Iterator[tuple[Yard, str]]:
    """An archive with a clerk, and the clerk's password."""
    made = a_yard(tmp_path / "home", database_url, workers=1)
    with closing(Site(made.settings)) as site:
        _, password = create_people(site).create(
            "clerk", "clerk", "", frozenset({Role.ARCHIVE_CLERK}), owed=False
        )
    yield made, password


class Browser:
    """A clerk at the pages of a server."""

    def __init__(self, server: Serving, password: str) -> None:
        self.server = server
        self._cookies: dict[str, str] = {}
        given = {"login": "clerk", "password": password, "form_token": self.token("/sign-in")}
        form = urlencode(given)
        kind = "application/x-www-form-urlencoded"
        assert self.ask("POST", "/sign-in", form.encode(), kind)[0] == 303

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = ""):
        host, _, port = self.server.yard.settings.listen.rpartition(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=90)) as connection:
            given = {"Cookie": self.cookie} | ({"Content-Type": kind} if kind else {})
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, text = value.partition(";")[0].partition("=")
                    self._cookies[key] = text
            return answer.status, answer.read().decode()

    def token(self, path: str = "/account") -> str:
        return re.search(r'name="form_token" value="([^"]+)"', self.ask("GET", path)[1])[1]

    def upload(self, one: str) -> tuple[str, bytes, str]:
        """A file in the place of the first there is: path, body and media type of the form."""
        path = f"/submissions/{one}/files"
        page = self.ask("GET", path)[1]
        member = re.search(r'name="member" value="([^"]+)"', page)[1]
        version = re.search(r'name="version" value="(\d+)"', page)[1]
        fields = {"form_token": self.token(), "version": version, "member": member}
        text = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head = 'Content-Disposition: form-data; name="upload"; filename="a.pdf"'
        body = f"{text}--x\r\n{head}\r\nContent-Type: application/pdf\r\n\r\n".encode()
        return path, body + PDF + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"

    def send_some(self, path: str, body: bytes, kind: str, share: float) -> socket.socket:
        """Begin to send; what is not sent is still waited for."""
        host, _, port = self.server.yard.settings.listen.rpartition(":")
        line = socket.create_connection((host, int(port)), timeout=90)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {self.cookie}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        line.sendall(head.encode() + body[: int(len(body) * share)])
        return line


def waiting(yard: Yard) -> list[str]:
    """What lies in staging, without the folders processes have there for themselves."""
    staging = yard.home / "staging"
    every = (one.relative_to(staging) for one in staging.rglob("*") if one.is_file())
    return sorted(one.as_posix() for one in every if not one.name.startswith("."))


@pytest.mark.parametrize("moment", ["half", "keep"])
def test_killed_during_an_upload_nothing_is_half_done_and_nothing_lies_about(yard, moment):
    made, password = yard
    wrong = next(each for each in bad() if each.name == "GD-2-4_empty_title")
    with made.serving() as server:
        one = server.send(wrong).headers["Location"].rpartition("/")[2]
        clerk, before = Browser(server, password), waiting(made)
        path, body, kind = clerk.upload(one)
        if moment == "keep":  # the file is kept, its draft is not recorded yet
            made.order("keep")
            clerk.send_some(path, body, kind, 1.0).close()
            server.died()
            assert len(waiting(made)) > len(before)
        else:
            with clerk.send_some(path, body, kind, 0.5):
                time.sleep(0.2)
                server.kill()
    with made.serving() as server:
        clerk = Browser(server, password)
        page = clerk.ask("GET", f"/submissions/{one}/files")[1]
        assert 'name="version" value="0"' in page
        until = time.monotonic() + 60
        while waiting(made) != before:
            assert time.monotonic() < until, waiting(made)
            time.sleep(0.05)
        # The same again, whole.
        path, body, kind = clerk.upload(one)
        assert clerk.ask("POST", path, body, kind)[0] == 303
        assert 'name="version" value="1"' in clerk.ask("GET", path)[1]
        server.stop()
    with closing(Site(made.settings)) as site:
        assert site.ledger.submission(one).state is State.REJECTED
