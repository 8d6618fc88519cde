"""A server of the packages and the layout this project stands on, that judges nothing.

Flask behind our gunicorn reads the body, hashes it and cuts its Base64 out to decode and
hash each file; lxml parses the rest and holds it to the XSD; a statement is signed and an
OCFL object of eight files written; whoever waits shares one ``syncfs``, one commit through
SQLAlchemy and one signature of a checkpoint; the receipt is signed and answered.

It knows no caller, no delivery that came before, no rule, no format, no log and no
report, so a server on these packages that does its work can come near it, never above.

Run as ``python -m benchmarks.bare FOLDER URL PORT PROCESSES THREADS KIND``. A body lies in
memory whole, so only small packages are sent to it.
"""

import base64
import hashlib
import json
import os
import re
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import flask
import pybase64
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from benchmarks.floor import Group, Row, barrier
from filing.cli.gunicorn_server import run
from filing.config import Settings

_XSD = Path(__file__).parent.parent / "schemas" / "packages" / "eep-2009.xsd"
_CONTENT = re.compile("<编码数据[^<>]*>([A-Za-z0-9+/=\\s]+)<".encode())
_TABLE = sa.Table(
    "submission",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text),
    sa.Column("size_bytes", sa.BigInteger),
    sa.Column("signature", sa.LargeBinary),
)


class Bare:
    """One process: its key, its schemas, its group."""

    def __init__(self, folder: str, url: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True)
        self._idle: list[etree.XMLSchema] = []
        self._engine = _engine(url)
        self._group = Group(self._commit)
        self._barrier = barrier(os.open(folder, os.O_RDONLY))

    def take(self) -> tuple[flask.Response, int]:
        """Keep the package that is asked for now; the receipt."""
        body = flask.request.get_data()
        digest, identifier = hashlib.sha256(body).hexdigest(), uuid.uuid4().hex
        members = self._read(body)
        statement = _json({"id": identifier, "package": digest, "members": members})
        signature = self._sign(statement)
        self._write(identifier, digest, body, statement, signature)
        self._group.submit((identifier, digest, len(body), signature))
        receipt = self._sign(statement + signature)
        both = {"seal": _text(signature), "signature": _text(receipt)}
        return flask.jsonify(statement=statement.decode(), **both), 201

    def close(self) -> None:
        """Give the database back; gunicorn's worker asks for it."""
        self._engine.dispose()

    def _read(self, body: bytes) -> list[str]:
        """Digests of the files in it. Raises ValueError where the XSD is not kept to."""
        rest, members, at = [], [], 0
        for found in _CONTENT.finditer(body):
            rest.append(body[at : found.start(1)])
            members.append(hashlib.sha256(pybase64.b64decode(found[1])).hexdigest())
            at = found.end(1)
        tree = etree.fromstring(b"".join((*rest, body[at:])), self._parser)
        with self._schema() as schema:
            if not members or not schema.validate(tree):
                raise ValueError(str(schema.error_log))
        return members

    @contextmanager
    def _schema(self) -> Iterator[etree.XMLSchema]:
        one = self._idle.pop() if self._idle else etree.XMLSchema(etree.parse(_XSD))
        yield one
        self._idle.append(one)

    def _write(
        self, identifier: str, digest: str, body: bytes, statement: bytes, signature: bytes
    ) -> None:
        """An OCFL object of one version."""
        place = f"{self._folder}/{identifier}"
        for folder in (place, f"{place}/v1", f"{place}/v1/content"):
            os.mkdir(folder)  # noqa: PTH102  # as cheap as a folder can be made
        files = {"package": body, "statement.json": statement, "seal.json": signature}
        known = {"package": digest}
        state = {
            known.get(name) or hashlib.sha256(content).hexdigest(): [name]
            for name, content in files.items()
        }
        inventory = _json(
            {
                "id": identifier,
                "type": "https://ocfl.io/1.1/spec/#inventory",
                "digestAlgorithm": "sha256",
                "head": "v1",
                "manifest": {key: [f"v1/content/{name}"] for key, (name,) in state.items()},
                "versions": {"v1": {"created": "2026-01-01T00:00:00Z", "state": state}},
            }
        )
        sidecar = hashlib.sha256(inventory).hexdigest().encode() + b" inventory.json\n"
        for name, content in files.items():
            _put(f"{place}/v1/content/{name}", content)
        for folder in (f"{place}/v1", place):
            _put(f"{folder}/inventory.json", inventory)
            _put(f"{folder}/inventory.json.sha256", sidecar)
        _put(f"{place}/0=ocfl_object_1.1", b"ocfl_object_1.1\n")

    def _commit(self, rows: Sequence[Row]) -> None:
        self._barrier()
        self._sign(repr(rows).encode())
        names = _TABLE.c.keys()
        with self._engine.begin() as connection:
            connection.execute(
                _TABLE.insert(), [dict(zip(names, one, strict=True)) for one in rows]
            )

    def _sign(self, content: bytes) -> bytes:
        return self._key.sign(content, ec.ECDSA(hashes.SHA256()))


def _engine(url: str) -> sa.Engine:
    if url.startswith("postgresql"):
        return sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    engine = sa.create_engine(f"sqlite:///{url}")

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: object, record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # the driver's

    return engine


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _text(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def _put(path: str, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    os.write(handle, content)
    os.close(handle)


def main(folder: str, url: str, port: str, processes: str, threads: str, kind: str) -> None:
    """Listen on loopback with so many processes of so many threads each."""
    _TABLE.metadata.create_all(_engine(url))
    settings = {
        "FILING_HOME": folder,
        "FILING_LISTEN": f"127.0.0.1:{port}",
        "FILING_WORKERS": processes,
        "FILING_THREADS": threads,
    }

    def make() -> flask.Flask:
        app = flask.Flask(kind)
        app.extensions["filing"] = bare = Bare(folder, url)
        app.add_url_rule("/", "take", bare.take, methods=["POST"])
        return app

    run(Settings.from_environ(settings), make)


if __name__ == "__main__":
    main(*sys.argv[1:])
