"""The guide for agencies, followed to the letter against a served archive."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILING = [sys.executable, "-c", "from filing.app import main; main()"]
BLOCK = re.compile(r"^```(bash|python|java)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START_SECONDS = 30


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs/integration.md").read_text(encoding="utf-8"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the archive did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment the guide asks for, with an archive behind it."""
    home = tmp_path_factory.mktemp("home")
    listen = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "FILING_HOME": str(home),
        "FILING_LISTEN": listen,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FILING_URL": f"http://{listen}",
    }

    def filing(*words: str) -> str:
        told = subprocess.run(
            [*FILING, *words], env=environment, capture_output=True, text=True, cwd=home
        )
        assert told.returncode == 0, told.stderr
        return told.stdout.strip()

    filing("init")
    filing("agency", "add", "sample-water", "省水务样例厅", "--fonds", "Z109")
    environment["FILING_TOKEN"] = filing("agency", "token", "sample-water").splitlines()[-1]
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*FILING, "serve"], env=environment, cwd=home, stdout=out, stderr=out
        )
    try:
        wait_for(environment["FILING_URL"], server, log)
        yield environment
    finally:
        server.terminate()
        server.wait(20)


def test_the_guide_leads_from_nothing_to_receipts(agency, tmp_path):
    statuses = []
    for language, body in blocks():
        if language != "bash":
            (tmp_path / body.split(maxsplit=2)[1]).write_text(body, encoding="utf-8")
            continue
        if "java " in body and not shutil.which("java"):
            continue
        told = subprocess.run(
            ["bash", "-euc", body], env=agency, cwd=tmp_path, capture_output=True, text=True
        )
        assert told.returncode == 0, body + told.stdout + told.stderr
        if re.fullmatch(r"\d{3}\n", told.stdout):
            statuses.append(told.stdout.strip())
            assert "receipt" in json.loads((tmp_path / "receipt.json").read_bytes())
    assert statuses == ["201"] * (3 if shutil.which("java") else 2)


def test_the_program_run_again_gets_the_same_receipt(agency, tmp_path):
    for language, body in blocks():
        if language == "python":
            (tmp_path / body.split(maxsplit=2)[1]).write_text(body, encoding="utf-8")
    answers = []
    for program in ("package.py", "submit.py", "submit.py"):
        told = subprocess.run(
            [sys.executable, program], env=agency, cwd=tmp_path, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr
        if program == "submit.py":
            answers.append((told.stdout.strip(), (tmp_path / "receipt.json").read_bytes()))
    assert [status for status, _ in answers] == ["201", "200"]
    assert answers[0][1] == answers[1][1]
