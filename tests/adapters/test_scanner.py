import contextlib
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from filing.adapters.scanner import Clamd, NoScanner
from filing.errors import Misconfigured
from filing.model.digest import Digest
from filing.model.finding import Outcome
from filing.model.package import Content

MARKER = b"filing-test-virus-0f7c"


def a_file(body=b"an ordinary letter"):
    return Content("a.txt", len(body), (Digest("sha256", hashlib.sha256(body).digest()),), body)


@contextlib.contextmanager
def fake_clamd(folder, answer, take_bytes=None, silent=False):
    """A server of one connection; gives back (address, what it was sent)."""
    listener = socket.socket(socket.AF_UNIX)
    address = str(folder / "clamd.sock")
    listener.bind(address)
    listener.listen(1)
    taken = bytearray()

    def serve():
        line, _ = listener.accept()
        with line:
            line.settimeout(5)
            while not taken.endswith((b"PING\0", b"\0\0\0\0")):
                if take_bytes is not None and len(taken) >= take_bytes:
                    break
                chunk = line.recv(65536)
                if not chunk:
                    return
                taken.extend(chunk)
            if silent:
                line.recv(1)  # until the client gives up
            else:
                line.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield address, taken
    finally:
        thread.join(10)
        listener.close()


def payload(taken):
    """The file's bytes, out of the INSTREAM frames."""
    assert taken.startswith(b"zINSTREAM\0")
    at, body = len(b"zINSTREAM\0"), b""
    while (size := struct.unpack_from(">L", taken, at)[0]) > 0:
        body += taken[at + 4 : at + 4 + size]
        at += 4 + size
    return body


def test_clean_is_passed_and_every_byte_was_sent(tmp_path):
    body = os.urandom(700_000)
    with fake_clamd(tmp_path, b"stream: OK\0") as (address, taken):
        assert Clamd(address).scan(a_file(body)).outcome is Outcome.PASSED
    assert payload(taken) == body


def test_infected_is_failed_and_the_name_is_told(tmp_path):
    with fake_clamd(tmp_path, b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as (address, _):
        scan = Clamd(address).scan(a_file())
    assert (scan.outcome, scan.detail) == (Outcome.FAILED, "Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"stream: OK but not quite\0",
        b"OK\0",
        b"",
    ],
)
def test_any_other_answer_is_not_a_clean_bill(tmp_path, answer):
    with fake_clamd(tmp_path, answer) as (address, _):
        assert Clamd(address).scan(a_file()).outcome is Outcome.UNDETERMINED


def test_a_scanner_that_hangs_up_before_the_end_has_not_scanned(tmp_path):
    with fake_clamd(tmp_path, b"stream: OK\0", take_bytes=10) as (address, _):
        scan = Clamd(address).scan(a_file(bytes(8_000_000)))
    assert scan.outcome is Outcome.UNDETERMINED
    assert "  " not in scan.detail


def test_a_scanner_that_says_nothing_is_given_up_in_time(tmp_path):
    with fake_clamd(tmp_path, b"", silent=True) as (address, _):
        started = time.monotonic()
        scan = Clamd(address, limit_seconds=0.2).scan(a_file())
        assert time.monotonic() - started < 20
    assert scan.outcome is Outcome.UNDETERMINED
    assert "TimeoutError" in scan.detail


def test_a_scanner_that_is_not_there_is_not_there(tmp_path):
    clamd = Clamd(str(tmp_path / "nobody.sock"))
    assert clamd.ping() is Outcome.UNDETERMINED
    assert clamd.scan(a_file()).outcome is Outcome.UNDETERMINED


def test_a_ping_is_answered(tmp_path):
    with fake_clamd(tmp_path, b"PONG\0") as (address, _):
        assert Clamd(address).ping() is Outcome.PASSED


def test_a_wrong_answer_to_a_ping_is_no_scanner(tmp_path):
    with fake_clamd(tmp_path, b"COMMAND READ TIMED OUT\0") as (address, _):
        assert Clamd(address).ping() is Outcome.UNDETERMINED


def test_a_scanner_on_loopback_is_reached_over_tcp():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            line, _ = listener.accept()
            with line:
                line.recv(64)
                line.sendall(b"PONG\0")

        thread = threading.Thread(target=serve)
        thread.start()
        assert Clamd(f"localhost:{listener.getsockname()[1]}").ping() is Outcome.PASSED
        thread.join(5)


@pytest.mark.parametrize(
    "address", ["192.0.2.1:3310", "scanner.example:3310", "0.0.0.0:3310", "127.0.0.1", "", "[::1]"]
)
def test_files_are_not_sent_off_this_machine(address):
    with pytest.raises(Misconfigured, match="loopback"):
        Clamd(address)


def test_without_a_scanner_nothing_is_clean():
    assert NoScanner().ping() is Outcome.UNDETERMINED
    assert NoScanner().scan(a_file()).outcome is Outcome.UNDETERMINED


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """The real daemon with a database of two signatures of our own."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    folder = tmp_path_factory.mktemp("clamd")
    database = folder / "database"
    database.mkdir()
    (database / "own.ndb").write_text(f"Own.Marker:0:*:{MARKER.hex()}\n", encoding="ascii")
    known = b"a file known by its digest"
    line = f"{hashlib.sha256(known).hexdigest()}:{len(known)}:Own.Digest\n"
    (database / "own.hsb").write_text(line, encoding="ascii")
    address = str(folder / "clamd.sock")
    settings = {
        "DatabaseDirectory": database,
        "LocalSocket": address,
        "Foreground": "yes",
        "StreamMaxLength": "1M",
        "TemporaryDirectory": folder,
        **({"User": "root"} if os.geteuid() == 0 else {}),
    }
    configuration = folder / "clamd.conf"
    text = "".join(f"{name} {value}\n" for name, value in settings.items())
    configuration.write_text(text, encoding="utf-8")
    daemon = subprocess.Popen(
        [program, "--config-file", configuration], stdout=subprocess.DEVNULL, cwd=folder
    )
    try:
        wait_for(Clamd(address), daemon)
        yield Clamd(address)
    finally:
        daemon.terminate()
        daemon.wait(10)


def wait_for(scanner, daemon):
    for _ in range(150):
        if scanner.ping() is Outcome.PASSED:
            return
        if daemon.poll() is not None:
            pytest.fail(f"clamd ended with {daemon.returncode}")
        time.sleep(0.1)
    pytest.fail("clamd does not answer")


def test_the_real_clamd_tells_clean_from_infected(clamd):
    assert clamd.scan(a_file()).outcome is Outcome.PASSED
    found = clamd.scan(a_file(b"before " + MARKER + b" after"))
    assert (found.outcome, found.detail) == (Outcome.FAILED, "Own.Marker.UNOFFICIAL")
    assert clamd.scan(a_file(b"a file known by its digest")).outcome is Outcome.FAILED


def test_the_real_clamd_does_not_pass_what_is_over_its_size_limit(clamd):
    scan = clamd.scan(a_file(bytes(3 << 20)))
    assert scan.outcome is Outcome.UNDETERMINED


def test_the_real_clamd_reads_a_staged_file(clamd, tmp_path):
    staged = tmp_path / "part"
    staged.write_bytes(MARKER)
    content = Content("b", len(MARKER), (), staged)
    assert clamd.scan(content).outcome is Outcome.FAILED
