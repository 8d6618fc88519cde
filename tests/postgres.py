"""A private PostgreSQL server for the tests: made, used and thrown away.

One cluster per test process, in a temporary folder, reached through a Unix
socket in that folder alone; the network hears nothing of it. It syncs to disk
like a real one, because what is tested is what is kept.

Not here: the choice between databases; see the fixture database_url.
"""

import os
import shutil
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

_START_SECONDS = 30
#: The server refuses to run as root; then this user owns the cluster.
_USER = "postgres"


def server_binaries() -> Path | None:
    """The folder with initdb and postgres, the newest version found; None without one."""
    folders = [Path(found).parent for name in ("initdb",) if (found := shutil.which(name))]
    folders = [folder.resolve() for folder in folders]
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    wanted = ("initdb", "postgres")
    return next((one for one in folders if all((one / name).exists() for name in wanted)), None)


class Cluster:
    """A running server. Leave the ``with`` block and it is gone, with all its data."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self._user = _USER if os.geteuid() == 0 else None

    def __enter__(self) -> "Cluster":
        self._folder = Path(tempfile.mkdtemp(prefix="filing-pg-"))
        try:
            if self._user:
                shutil.chown(self._folder, self._user, self._user)
            self._make()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.send_signal(2)  # SIGINT: end sessions, write a last checkpoint, stop
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self) -> str:
        """Make an empty database and return its URL for SQLAlchemy."""
        name = f"filing_{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )
        return f"postgresql+psycopg://filing@/{name}?host={self._folder}"

    def drop(self, url: str) -> None:
        """Remove a database of ``database()``, whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        with self._connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _make(self) -> None:
        done = subprocess.run(
            [
                self._binaries / "initdb",
                *("--pgdata", self._folder / "data", "--username", "filing"),
                *("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-instructions"),
            ],
            cwd=self._folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _start(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._folder / "data", *options],
                cwd=self._folder,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._server and self._server.poll() is None:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()}")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user="filing", dbname="postgres", autocommit=True
        )
