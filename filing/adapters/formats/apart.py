"""A file looked into by another process, whose memory and time have an end.

A file of a few kilobytes may unpack to millions of objects, all of them made by the library
that reads it before we are asked for one. A child looks at such files under limits the
kernel keeps; a file that does not fit in them was not looked at to its end, which is an
answer, and the process that takes deliveries has lost nothing by it.

A process has one child (``child``): begun when first needed, it looks at one file after
another and ends when nobody has asked for a while, when it has grown, or with the process
that began it. What it answers is data, believed for no more than that.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any  # what JSON holds is checked by building the Inspection

from filing.adapters.formats.view import Exhausted
from filing.errors import OutsideUnavailable
from filing.model.finding import Outcome
from filing.model.inspection import Format, Inspection
from filing.processors import roaming

_ALLOWED_BYTES = 256 << 20
_ALLOWED_SECONDS = 30
_ROOT = str(Path(__file__).resolve().parents[3])
_MEMORY = "读取它所需的内存过多 / it asks for too much memory"
_TIME = "读取它耗时过长 / it takes too long"
_DIED = "读取它的程序意外终止 / the program that reads it died"


class Apart:
    """Looks at PDFs in a child, one at a time; others wait their turn.

    allowed_bytes     of memory for one file, beside the file itself
    allowed_seconds   of processor for one file
    """

    def __init__(
        self, allowed_bytes: int = _ALLOWED_BYTES, allowed_seconds: float = _ALLOWED_SECONDS
    ) -> None:
        self._limits = str(allowed_bytes), str(allowed_seconds)
        self._child: _Child | None = None
        self._turn = threading.Lock()
        # What a forked process inherits belongs to its parent.
        os.register_at_fork(after_in_child=self._forget)

    def look(self, handle: int) -> Inspection:
        """Look into the PDF open at ``handle``.

        Raises Exhausted when the limits end it, OutsideUnavailable when no child can be begun.
        """
        with self._turn:
            if self._child is not None:
                # It may have ended before it heard of the file.
                with suppress(_Died):
                    return self._ask(self._child, handle)
            try:
                return self._ask(_Child(*self._limits), handle)
            except _Died as error:
                raise Exhausted(_DIED) from error

    @property
    def pid(self) -> int | None:
        """Of the child that waits to be asked, if there is one."""
        child = self._child
        return None if child is None else child.pid

    def close(self) -> None:
        """End the child."""
        with self._turn:
            child, self._child = self._child, None
            if child is not None:
                child.close()

    def _ask(self, child: "_Child", handle: int) -> Inspection:
        self._child = None
        try:
            found, stays = child.ask(handle)
        except BaseException:
            child.close()
            raise
        if stays:
            self._child = child
        else:
            child.close()
        return found

    def _forget(self) -> None:
        self._child = None
        self._turn = threading.Lock()


class _Died(Exception):
    """A child ended without an answer."""


class _Child:
    """One child and the line to it."""

    def __init__(self, *limits: str) -> None:
        self._link, theirs = socket.socketpair()
        try:
            # Who asks may keep to one processor; the child need not wait there.
            with theirs, roaming():
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "filing.adapters.formats.child", *limits],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd=_ROOT,
                    env={**os.environ, "PYTHONPATH": _ROOT},
                    start_new_session=True,  # a Ctrl-C is not for it: it ends with its parent
                )
        except OSError as error:
            self._link.close()
            raise _not_begun(error) from error
        if not self._link.recv(1):
            self.close()
            raise _not_begun("it ended at once")

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def ask(self, handle: int) -> tuple[Inspection, bool]:
        """What it found, and whether it can be asked again. Raises _Died, Exhausted."""
        try:
            socket.send_fds(self._link, [b"?"], [handle])
            answer = self._answer()
        except (ConnectionError, EOFError) as error:
            if self._process.wait() == -signal.SIGPROF:
                raise Exhausted(_TIME) from error
            raise _Died from error
        said = json.loads(answer)
        if said["found"] is None:
            raise Exhausted(_MEMORY)
        return _unpacked(said["found"]), bool(said["stays"])

    def close(self) -> None:
        """End it; it hears of it where it waits, and is ended where it does not."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _answer(self) -> bytes:
        said = bytearray()
        while not said.endswith(b"\n"):
            more = self._link.recv(1 << 16)
            if not more:
                raise EOFError
            said += more
        return bytes(said)


def _not_begun(why: object) -> OutsideUnavailable:
    return OutsideUnavailable(
        f"the process that reads PDF files cannot be started: {why}", "读取 PDF 的进程无法启动"
    )


def _unpacked(said: dict[str, Any]) -> Inspection:
    kind = said["format"]
    return Inspection(
        **said
        | {
            "format": None if kind is None else Format(**kind),
            "opens": Outcome(said["opens"]),
            "extensions": tuple(said["extensions"]),
        }
    )
