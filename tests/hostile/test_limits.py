"""What is very long does not make every page so."""

import gc
import html
import json
import re
import threading
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from examples.documents import agency
from filing.model.submission import State
from filing.rules.facts import Registration
from tests.hostile import large
from tests.hostile.forms import forms_of
from tests.hostile.place import a_place, faulty

LONG = "档" * 400_000


def test_a_very_long_title_is_written_out_only_where_it_is_put_right(tmp_path):
    with a_place(tmp_path / "home") as place:
        one = faulty("secrecy_not_in_list", 1)
        body = re.sub("<题名>[^<]*</题名>", f"<题名>{LONG}</题名>", one.body.decode(), count=1)
        at = f"/submissions/{place.send(replace(one, body=body.encode()))}"
        assert LONG in place.get("clerk", at).get_data(as_text=True)
        pages = [f"{at}/report", f"{at}/hand-in", f"{at}/return", f"{at}/files", f"{at}/history"]
        for path in (*pages, f"{at}/xml", "/desk", "/desk/causes"):
            answer = place.get("clerk", path)
            assert answer.status_code == 200
            assert len(answer.data) < 200_000, path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with a_place(tmp_path_factory.mktemp("limits") / "home") as made:
        yield made


@pytest.mark.parametrize(
    "one",
    [large.many_files(1, 1_000), large.many_findings(2, 3_900), large.many_fields(3, 3_900)],
    ids=["1000 files", "10000 findings", "4000 fields"],
)
def test_what_is_very_much_does_not_make_a_page_endless(place, one):
    at = f"/submissions/{place.send(one)}"
    assert place.state(at.rpartition("/")[2]) is State.REJECTED
    for path in ("", "?fields=touched", "/report", "/files", "/files?from=100", "/xml", "/hand-in",
                 "/return", "/history"):  # fmt: skip
        answer = place.get("clerk", f"{at}{path}")
        assert answer.status_code == 200, path
        assert len(answer.data) < 3_000_000, path


def test_of_many_files_the_wrong_ones_come_first_and_every_one_is_listed_once(place):
    at = f"/submissions/{place.send(large.many_findings(4, 350))}/files"
    names, pages = [], 0
    while at:
        page = place.get("clerk", at).get_data(as_text=True)
        names += re.findall(r'<li class="file([^"]*)">\s*<h2>(\S+)', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        at, pages = html.unescape(found[1]) if found else "", pages + 1
    assert pages == 4
    assert len(names) == len(set(names)) == 350 + 4
    wrong = [bool(one) for one, _ in names]
    assert wrong[0]
    assert wrong == sorted(wrong, reverse=True)


def test_the_report_counts_what_it_does_not_list(place):
    found = place.site.ledger.submission(place.send(large.many_findings(6, 3_900)))
    checks = json.loads(place.site.report_of(found))["checks"]
    listed = sum(len(one["findings"]) for one in checks)
    assert listed < 1_000
    assert listed + sum(one.get("more_findings", 0) for one in checks) > 10_000


def test_a_fault_far_down_among_many_values_is_mended_on_the_page(place):
    one = place.send(large.a_far_fault(7, 700))
    at = f"/submissions/{one}"
    page = place.get("clerk", at).get_data(as_text=True)
    assert "没有列出" in page
    long = "长" * 201
    ((form, name),) = (
        (each, name)
        for each in forms_of(page, at)[0]
        for name, value in each.values
        if value == long
    )
    wanted = ("v-", "version", "place", "more")
    sent = {
        key: some for key, some in form.filled(**{name: "恰好"}).items() if key.startswith(wanted)
    }
    assert place.post("clerk", form.action, sent).status_code == 303
    after = place.get("clerk", at).get_data(as_text=True)
    assert "恰好" in after
    assert "妨碍接收的问题，可以提交" in after


@pytest.mark.parametrize("start", ["-1", "x", "999999999", "9" * 30, "²"])
def test_a_list_may_be_asked_for_anywhere(place, start):
    one = place.send(large.many_files(5, 120))
    assert place.get("clerk", f"/submissions/{one}/files?from={start}").status_code == 200


def test_a_hundred_pages_at_once_are_all_answered(place):
    """More than there are connections, deliveries held open, or threads to serve them."""
    ids = [place.send(faulty("secrecy_not_in_list", 100 + number)) for number in range(20)]
    known, gate = place.known("clerk"), threading.Barrier(100)
    paths = ("", "/report", "/files", "/xml", "/history")

    def ask(number: int) -> int:
        window = known.application.test_client()
        window._cookies = dict(known._cookies)
        gate.wait()
        path = f"/submissions/{ids[number % 20]}{paths[number % 5]}"
        return window.get(path, buffered=True).status_code

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(ask, range(100))) == {200}


#: Bytes of a file, and how many more the process may hold while it is opened or filed.
LARGE, LITTLE = 80 << 20, 48 << 20


def _grown(act) -> int:
    """How many bytes more the process held, at most, while ``act`` went on."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = _resident("VmRSS")
    act()
    return _resident("VmHWM") - before


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(one.split()[1]) << 10 for one in lines if one.startswith(name))


def _sent_large(place) -> str:
    """An EEP whose last file is large, its secrecy not in the list."""
    one = faulty("secrecy_not_in_list", 40)
    head, mark, tail = one.body.rpartition("</编码数据>".encode())
    head, _, content = head.rpartition(b">")
    small = b64decode(content)
    start, block = small + b"\n" * (-len(small) % 3), b"\n" * (3 << 20)
    blocks = LARGE // len(block)
    before, size, after = head.rpartition("<计算机文件大小>".encode())
    real = b"%d" % (len(start) + blocks * len(block))
    with place.site.archive.incoming(one.media_type, None) as arriving:
        arriving.write(before + size + after.replace(b"%d" % len(small), real, 1) + b">")
        arriving.write(b64encode(start))
        for _ in range(blocks):
            arriving.write(b64encode(block))
        arriving.write(mark + tail)
        done = place.site.archive.submit(
            agency(one.agency_id), arriving.finish({}), one.channel, Registration(), "", False
        )
    assert done.submission.state is State.REJECTED
    return done.submission.id


def test_a_large_package_is_opened_and_corrected_in_little_memory(place):
    # What is loaded once for all is no matter of size.
    assert place.get("clerk", f"/submissions/{place.send(faulty('secrecy_not_in_list', 41))}").data
    one = _sent_large(place)
    at, pages = f"/submissions/{one}", []
    assert _grown(lambda: pages.append(place.get("clerk", at).text)) < LITTLE
    field = re.search(r'name="(v-[^"]+)"[^>]*aria-invalid', pages[0])[1]
    form = {"version": "0", field: "公开"}
    assert place.post("clerk", f"{at}/changes", form).status_code == 303
    handed = {"version": "1", "reason": "有误"}
    assert _grown(lambda: place.post("clerk", f"{at}/hand-in", handed)) < LITTLE
    assert place.state(one) is State.RECEIPTED
