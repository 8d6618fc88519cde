"""Files that ask for much: another process looks at them, and its end is not ours."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest

from filing.adapters.formats import inspect, pdf
from filing.adapters.formats.apart import Apart
from filing.adapters.formats.view import Exhausted, as_handle
from filing.errors import OutsideUnavailable
from filing.model.finding import Outcome
from tests.adapters.formats.made import a_content, a_pdf
from tests.adapters.formats.test_pdf import a_pdf_of, packed_pdf

MUCH = 12 << 20


@pytest.fixture
def apart():
    found = Apart()
    yield found
    found.close()


def looked(apart, body):
    with as_handle(a_content(body)) as handle:
        return apart.look(handle)


def held():
    """The most memory this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


#: What an array may hold, over and over.
HELD = {
    "numbers": b"1 ",
    "arrays": b"[]",
    "nested": b"[" + b"1 " * 500 + b"]",
    "dictionaries": b"<</A 1>>",
}


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize("one", HELD.values(), ids=HELD.keys())
def test_objects_that_need_much_memory_are_not_looked_at_to_their_end(one, packed, tmp_path):
    text = b"[" + one * (MUCH // len(one)) + b"]"
    staged = tmp_path / "staged.pdf"
    body = packed_pdf(text) if packed else a_pdf(text, catalog="/OpenAction 5 0 R")
    staged.write_bytes(body)
    before = held()
    found = inspect(a_content(staged))
    assert held() - before < 20 << 10
    assert (found.opens, found.searched) == (Outcome.UNDETERMINED, False)
    assert "内存" in found.detail
    assert found.format.puid == "fmt/276"
    assert inspect(a_content(a_pdf_of(9))).opens is Outcome.PASSED


def test_one_long_string_is_not_looked_at_to_its_end():
    apart = Apart(allowed_bytes=64 << 20)
    with pytest.raises(Exhausted, match="内存"):
        looked(apart, a_pdf(b"(" + b"a" * (40 << 20) + b")", catalog="/OpenAction 5 0 R"))


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
def test_an_object_the_reader_gave_up_on_is_not_called_searched(packed):
    hidden = b"<</S/JavaScript/JS(a)/X[" + b"/A" * 1_000_001 + b"]>>"
    body = packed_pdf(hidden) if packed else a_pdf(hidden, catalog="/OpenAction 5 0 R")
    found = inspect(a_content(body))
    assert (found.active, found.searched) == ("", False)


@pytest.mark.parametrize("size", ["full", "over"])
@pytest.mark.parametrize("place", ["catalog", "page", "trailer"])
def test_what_has_no_room_or_is_beyond_our_limits_is_never_called_damaged(place, size):
    """The document hangs on each of them: without it there is none, and we did not look."""
    junk = "/X[" + ("[1]" * (4 << 20) if size == "full" else "/A" * 1_000_001) + "]"
    found = inspect(a_content(a_pdf(**{place: junk})))
    assert found.opens is not Outcome.FAILED
    assert not found.searched


@pytest.mark.parametrize("beside", [b"", b"/#58"], ids=["here", "there"])
def test_a_document_without_its_catalogue_is_damaged_all_the_same(beside):
    body = a_pdf().replace(b"1 0 obj\n<<", b"9 0 obj\n<<" + beside)
    assert inspect(a_content(body)).opens is Outcome.FAILED


def test_a_file_that_takes_long_is_given_up():
    apart = Apart(allowed_seconds=0.05)
    with pytest.raises(Exhausted, match="耗时过长"):
        looked(apart, packed_pdf(b"[" + b"1 " * 2_000_000 + b"]"))
    assert apart.pid is None


def test_one_child_looks_at_one_file_after_another(apart):
    assert looked(apart, a_pdf_of(9)).opens is Outcome.PASSED
    first = apart.pid
    assert looked(apart, a_pdf_of(10)).opens is Outcome.PASSED
    assert apart.pid == first is not None


def test_who_comes_meanwhile_waits_for_a_turn(apart):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(looked(apart, a_pdf_of(9)))) for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.opens for one in found} == {Outcome.PASSED}
    assert len(found) == 6


def test_a_child_that_died_meanwhile_is_replaced(apart):
    looked(apart, a_pdf_of(9))
    first = apart.pid
    os.kill(first, signal.SIGKILL)
    assert looked(apart, a_pdf_of(9)).opens is Outcome.PASSED
    assert apart.pid not in {first, None}


def test_a_child_that_dies_of_a_file_twice_leaves_it_undetermined(apart, monkeypatch):
    from filing.adapters.formats import apart as module

    class Dying(module._Child):
        def __init__(self, *limits):
            super().__init__(*limits)
            self._process.kill()
            self._process.wait()

    monkeypatch.setattr(module, "_Child", Dying)
    with pytest.raises(Exhausted, match="意外终止"):
        looked(apart, a_pdf_of(9))


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere"])
def test_a_child_that_does_not_start_is_our_fault(apart, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(OutsideUnavailable, match="cannot be started"):
        looked(apart, a_pdf_of(9))


def test_children_end_with_the_process_that_began_them(tmp_path):
    staged = tmp_path / "staged.pdf"
    staged.write_bytes(a_pdf())
    code = (
        "import os, sys\n"
        "from filing.adapters.formats.apart import Apart\n"
        "apart = Apart()\n"
        "apart.look(os.open(sys.argv[1], os.O_RDONLY))\n"
        "print(apart.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    said = subprocess.check_output([sys.executable, "-c", code, staged], text=True)
    child, until = Path(f"/proc/{int(said)}"), time.monotonic() + 60
    while child.exists() and "State:\tZ" not in (child / "status").read_text("ascii"):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    "body",
    [
        a_pdf(),
        a_pdf()[:300],
        a_pdf(catalog="/OpenAction<</S/JavaScript/JS(a)>>"),
        a_pdf_of(9),
        packed_pdf(b"<</S/Launch/F(a.exe)>>"),
        b"%PDF-1.7\n" + zlib.compress(bytes(999)),
    ],
)
def test_it_is_told_the_same_here_and_there(apart, body):
    with as_handle(a_content(body)) as handle:
        assert apart.look(handle) == pdf.look_at(handle)


@pytest.mark.parametrize(
    "name", [b"/XRef", b"/#58Ref", b"/XR#65f", b"/XRe#66", b"/ObjSt#6d", b"/#4f#62#6a"]
)
def test_names_that_may_hold_packed_objects_are_seen_however_they_are_written(name, monkeypatch):
    asked = []
    monkeypatch.setattr(
        pdf._apart, "look", lambda handle: asked.append(handle) or pdf.look_at(handle)
    )
    assert inspect(a_content(a_pdf(b"<</Type%s>>" % name))).opens is Outcome.PASSED
    assert inspect(a_content(a_pdf(b"<</Type/Font/BaseFont/Song#20Ti>>"))).opens is Outcome.PASSED
    assert len(asked) == 1
