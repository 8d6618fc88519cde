"""Duties through a real broker and a real worker: done, whatever happens to messages."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.documents import AGENCIES
from examples.good import good
from filing.adapters.dispatch.celery import sender
from filing.app import Site, initialise, logbook
from filing.config import Settings
from filing.errors import Misconfigured, OutsideUnavailable
from filing.ingest.receive import receiving
from filing.model.agency import Channel
from filing.model.package import Form
from filing.rules.facts import Registration

PATIENCE_SECONDS = 60
WORKER = "from filing.app import main; main()"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis server here")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(PATIENCE_SECONDS)


def test_a_worker_does_what_the_server_only_asks_for(tmp_path, broker):
    home = tmp_path / "home"
    settings = Settings(home=home, broker_url=broker)
    initialise(settings)
    site = Site(settings)
    site.open()
    site.operations.add_agency(AGENCIES[0])
    (sample,) = good(1, form=Form.EEP, agency=AGENCIES[0])
    with receiving(site.staging, "one", sample.media_type, None, 1 << 30) as to:
        to.write(sample.wire())
        site.archive.submit(AGENCIES[0], to.finish({}), Channel.LOOPBACK, Registration(), "", False)
    site.duties.add(logbook.duty(site))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, "worker", "--threads", "2"],
        env={"FILING_HOME": str(home), "FILING_BROKER_URL": broker, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
    )
    try:
        site.duties.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while logbook.logbook(site).end() == 0 and time.monotonic() < until:
            time.sleep(0.1)
        assert logbook.logbook(site).end() == 1
    finally:
        site.close()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0


def test_a_broker_that_is_gone_is_said_so():
    with pytest.raises(OutsideUnavailable):
        sender(f"redis://127.0.0.1:{free_port()}/0")("logbook", 1.0)


@pytest.mark.parametrize("url", ["kafka-of-ours://broker", "http://broker"])
def test_a_kind_of_broker_there_is_none_of_is_said_at_start(url):
    with pytest.raises(Misconfigured, match="FILING_BROKER_URL"):
        sender(url)


def test_a_worker_without_a_broker_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("FILING_HOME", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", WORKER, "worker"],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "FILING_BROKER_URL" in done.stderr
