"""OpenID Connect providers on loopback: a real one as a process, and one that lies on request."""

import base64
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

_START_SECONDS = 60


@contextlib.contextmanager
def a_provider(port: int) -> Iterator[str]:
    """A real provider's address, while the block runs."""
    program = Path(sys.executable).with_name("oidc-provider-mock")
    server = subprocess.Popen(
        [program, "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5)
                yield str(found.json()["issuer"])
                return
            except requests.ConnectionError:
                assert server.poll() is None, "the provider ended"
                assert time.monotonic() < until, "the provider did not start"
                time.sleep(0.05)
    finally:
        server.terminate()
        server.wait(30)


def signed_in(address: str, subject: str) -> dict[str, str]:
    """What the provider sends the browser back with once ``subject`` signed in there."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=30)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


class Liar:
    """A provider whose answers a test chooses.

    claims     of the ID token; ``key`` signs it, ``shown`` is what its key set shows
    describes  changes what it says of itself
    body       instead of the token's answer, bytes as they are
    """

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.shown = self.key
        self.claims: dict[str, object] = {}
        self.describes: dict[str, object] = {}
        self.body: Callable[[], Iterator[bytes]] | None = None
        self.algorithm = "RS256"
        self.asked: list[str] = []
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked.append(self.path)
                if self.path == "/keys":
                    self.say(KeySet([liar.shown]).as_dict(private=False))
                else:
                    self.say(liar.description())

            def do_POST(self) -> None:
                liar.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                if liar.body is None:
                    self.say(
                        {"token_type": "Bearer", "access_token": "x", "id_token": liar.token()}
                    )
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                with contextlib.suppress(OSError):
                    for block in liar.body():
                        self.wfile.write(block)

            def say(self, value: object) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def description(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.describes,
        }

    def token(self) -> str:
        if self.algorithm == "none":
            return f"{_part({'alg': 'none', 'kid': 'one'})}.{_part(self.claims)}."
        return jwt.encode(
            {"alg": self.algorithm, "kid": self.key.kid}, self.claims, self.key,
            algorithms=[self.algorithm],
        )  # fmt: skip

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
