"""A real server that dies on order: the archive as it is served, with a place to be killed.

The order is a file: it names a step of filing, and whoever comes to that step first
takes the file away and kills the whole server, as a power cut would (SIGKILL, no
clean-up, every worker); or, if an exclamation mark follows, itself alone. Beside the
steps of the ceremony there are

    keep       a rejected or postponed delivery is on disk, nothing of it is recorded
    report     the report on a postponed delivery is on disk, not yet recorded
    take-up    a postponed delivery is about to be examined
    take-down  it was recorded as filed, what was kept of it still lies there

Servers are forked from a process that has imported everything once (forkserver), so a
start costs what opening the archive costs.
"""

import multiprocessing
import os
import signal
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from flask import Flask

from filing.app import Site, create_app
from filing.cli import gunicorn_server
from filing.config import Settings
from filing.custody.drill import Drilling

ORDER = "die-at"
LOG = "server.log"
STEPS = ("seal", "stage", "barrier", "claim", "publish", "log")


class Drill(Site):
    """The archive, obeying an order to die."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, after=lambda step: obey(settings.home, step))
        keep, drop = self.staging.keep, self.staging.drop

        def keeping(submission_id: str, *given: object) -> None:
            keep(submission_id, *given)
            obey(settings.home, "report" if submission_id.endswith("-report") else "keep")

        def dropping(submission_id: str) -> None:
            obey(settings.home, "take-down")
            drop(submission_id)

        self.staging.keep, self.staging.drop = keeping, dropping

    def _take_up(self, submission_id: str) -> None:
        obey(self.settings.home, "take-up")
        super()._take_up(submission_id)


def obey(home: Path, step: str) -> None:
    """Die if that is the order for this step and nobody was faster."""
    order = home / ORDER
    try:
        given = order.read_text()
        if given.removesuffix("!") != step:
            return
        order.unlink()
    except FileNotFoundError:
        return
    if given.endswith("!"):
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def serve(settings: Settings) -> None:
    """Serve in a process group of its own; what it says goes to a file in the home."""
    os.setsid()
    said = os.open(settings.home / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)

    # The first rebuilding is due at once; its event would be an entry that no delivery made.
    Drilling.do = lambda self, still_ours: False

    def make() -> Flask:
        return create_app(settings, Drill(settings))

    gunicorn_server.run(settings, make)


def started(settings: Settings) -> ForkServerProcess:
    """A server process, begun."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=serve, args=(settings,))
    process.start()
    return process
