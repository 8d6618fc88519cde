"""The floor: a server that does only what cannot be left out.

It reads the body from the socket, hashes it (SHA-256), signs the digest (ECDSA
P-256), writes one file, makes it durable, commits one row, and answers. It looks at
nothing: no XML, no checks, no identification of the caller, no log.

Two of them: ``alone``, where every submission has a barrier (fsync) and a commit of
its own, and ``shared``, where whoever waits shares one ``syncfs`` and one commit. Their
processes keep to one processor each, as ours do.

Run as ``python -m benchmarks.floor FOLDER URL PORT PROCESSES THREADS KIND``; it prints
one line when it listens.
"""

import base64
import ctypes
import hashlib
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from filing.processors import keep_to_one

BLOCK = 1 << 20
Row = tuple[str, str, int, bytes]
_TABLE = "submission (id TEXT PRIMARY KEY, digest TEXT, size_bytes BIGINT, signature {})"
_libc = ctypes.CDLL(None, use_errno=True)


class Group:
    """Work shared by whoever waits: one of those waiting does it for all.

    Nobody is handed to another thread, so that a lone caller pays nothing for it.
    """

    def __init__(self, work: Callable[[Sequence[Row]], None]) -> None:
        self._work = work
        self._guard = threading.Lock()
        self._waiting: list[tuple[Row, _Turn]] = []
        self._led = False

    def submit(self, row: Row) -> None:
        """Return when ``row`` is durable."""
        turn = _Turn()
        with self._guard:
            self._waiting.append((row, turn))
            leads, self._led = not self._led, True
        if not leads:
            turn.wait()
        if leads or turn.leads:
            self._lead()

    def _lead(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting, []
        self._work([row for row, _ in batch])
        for _, turn in batch:
            turn.done()
        with self._guard:
            if self._waiting:
                self._waiting[0][1].lead()
            else:
                self._led = False


class _Turn:
    """One caller's wait: ends when its row is durable, or when it must lead."""

    def __init__(self) -> None:
        self.leads = False
        self._lock = threading.Lock()
        self._lock.acquire()

    def wait(self) -> None:
        self._lock.acquire()

    def done(self) -> None:
        if self._lock.locked():
            self._lock.release()

    def lead(self) -> None:
        self.leads = True
        self._lock.release()


def committer(folder: int, url: str) -> Callable[[Sequence[Row]], None]:
    """One barrier and one commit for a batch.

    folder   descriptor of a folder on the file system to sync
    url      path of a SQLite database, or a PostgreSQL connection string
    """
    insert = _postgresql(url) if url.startswith("postgresql") else _sqlite(url)

    wait = barrier(folder)

    def commit(rows: Sequence[Row]) -> None:
        wait()
        insert(rows)

    return commit


def barrier(folder: int) -> Callable[[], None]:
    """Waits until all that was written to the file system of ``folder`` is on disk."""

    def wait() -> None:
        if _libc.syncfs(folder) != 0:
            raise OSError(ctypes.get_errno(), "syncfs")

    return wait


class Alone:
    """A commit for every row; the barrier was the file's own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own = threading.local()
        self._writer = threading.Lock() if not url.startswith("postgresql") else nullcontext()

    def submit(self, row: Row) -> None:
        """Return when ``row`` is durable."""
        insert = getattr(self._own, "insert", None)
        if insert is None:
            insert = (
                _postgresql(self._url) if self._url.startswith("postgresql") else _sqlite(self._url)
            )
            self._own.insert = insert
        with self._writer:
            insert([row])


def _sqlite(path: str) -> Callable[[Sequence[Row]], None]:
    database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE.format('BLOB')}")

    def insert(rows: Sequence[Row]) -> None:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO submission VALUES (?, ?, ?, ?)", rows)
        database.execute("COMMIT")

    return insert


def _postgresql(url: str) -> Callable[[Sequence[Row]], None]:
    import psycopg

    database = psycopg.connect(url)

    def insert(rows: Sequence[Row]) -> None:
        with database.cursor() as cursor:
            cursor.executemany("INSERT INTO submission VALUES (%s, %s, %s, %s)", rows)
        database.commit()

    return insert


def prepare(url: str) -> None:
    """Make the table, once, before the processes start."""
    if url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(url) as database:
            database.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE.format('BYTEA')}")
    else:
        _sqlite(url)


class Worker:
    """One process: its key, its group, and the threads that answer."""

    def __init__(self, folder: Path, url: str, kind: str) -> None:
        self._folder = str(folder)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._alone = kind == "alone"
        self._group = (
            Alone(url) if self._alone else Group(committer(os.open(folder, os.O_RDONLY), url))
        )
        self._names = f"{os.getpid()}-"
        self._next = iter(range(sys.maxsize)).__next__

    def serve(self, listener: socket.socket, threads: int) -> None:
        """Answer connections on ``threads`` threads until the process is stopped."""
        for _ in range(threads):
            threading.Thread(target=self._answer_all, args=(listener,), daemon=True).start()
        signal.pause()

    def _answer_all(self, listener: socket.socket) -> None:
        block = memoryview(bytearray(BLOCK))
        while True:
            line, _ = listener.accept()
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with line:
                try:
                    while self._answer(line, block):
                        pass
                except ConnectionError:
                    pass

    def _answer(self, line: socket.socket, block: memoryview) -> bool:
        """One request; False when the client has closed."""
        head = b""
        while (end := head.find(b"\r\n\r\n")) < 0:
            more = line.recv(65_536)
            if not more:
                return False
            head += more
        at = head.lower().index(b"content-length:") + 15
        size = int(head[at : head.index(b"\r\n", at)])
        identifier, signature, digest = self._keep(line, block, head[end + 4 :], size)
        self._group.submit((identifier, digest, size, signature))
        body = b'{"id":"%s","sha256":"%s","signature":"%s"}' % (
            identifier.encode(),
            digest.encode(),
            base64.b64encode(signature),
        )
        line.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        return True

    def _keep(
        self, line: socket.socket, block: memoryview, first: bytes, size: int
    ) -> tuple[str, bytes, str]:
        """Write the body as it comes, hashing it; sign the digest."""
        identifier = self._names + str(self._next())
        whole = hashlib.sha256(first)
        name = f"{self._folder}/{identifier}"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            filled, left = len(first), size - len(first)
            block[:filled] = first
            while left or filled:
                # One call for all that is to come: threads wake once, not once a packet.
                wanted = min(left, BLOCK - filled)
                taken = line.recv_into(block[filled:], wanted, socket.MSG_WAITALL) if wanted else 0
                if taken < wanted:
                    raise ConnectionError
                whole.update(block[filled : filled + taken])
                filled, left = filled + taken, left - taken
                os.write(handle, block[:filled])
                filled = 0
            if self._alone:
                os.fsync(handle)
        finally:
            os.close(handle)
        value = whole.digest()
        signature = self._key.sign(value, ec.ECDSA(Prehashed(hashes.SHA256())))
        return identifier, signature, value.hex()


def main(folder: str, url: str, port: str, processes: str, threads: str, kind: str) -> None:
    """Listen on loopback with so many processes of so many threads each."""
    prepare(url)
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=512)
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            keep_to_one(number, int(processes))
            Worker(Path(folder), url, kind).serve(listener, int(threads))
            os._exit(0)
        children.append(child)

    def stop(*_: object) -> None:
        for child in children:
            os.kill(child, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    print("listening", flush=True)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
