"""The demo before it serves; that it serves and checks itself is run by .ci/run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from examples.__main__ import lawful
from filing.cli.demo_samples import samples

ROOT = Path(__file__).parents[2]


def test_a_taken_port_is_said_before_anything_is_made(tmp_path):
    """Or the demo would file with whoever answers there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        told = subprocess.run(
            [sys.executable, "-m", "filing", "demo"],
            env={**os.environ, "FILING_HOME": str(tmp_path / "home"), "FILING_LISTEN": listen},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert told.returncode == 5
    assert "端口" in told.stderr
    assert "FILING_LISTEN=" in told.stderr
    assert not (tmp_path / "home").exists()


def test_samples_a_reader_sends_collide_with_none_the_demo_filed(monkeypatch):
    monkeypatch.setenv("FILING_CORPUS", "/nowhere")
    filed = [one for one in samples() if not one.codes]
    taken = {one.archival_code for one in filed} | {one.electronic_code for one in filed}
    for one in lawful(1):
        assert not {one.archival_code, one.electronic_code} & taken
