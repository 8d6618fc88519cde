"""Further copies are held to every digest their seal states, as the main one is."""

import hashlib
from collections import Counter

import obstore
import pytest

from filing.adapters.custody import further, reading, walking
from filing.adapters.locations import s3
from filing.app.copies import CopyParts
from filing.evidence import hashing
from filing.model.copies import RepairState
from filing.model.custody import Answer
from filing.model.digest import Digest
from tests.custody.copies import Copied, copied
from tests.custody.holding import ALL, a_holding
from tests.custody.test_s3 import patiently, server, where

__all__ = ["server"]


@pytest.fixture
def another_sm3(monkeypatch):
    """From when it is called the content of files has another SM3 than it had."""
    right = hashing.running

    class Other(hashing.Hasher):
        def digests(self):
            return tuple(
                one if one.algorithm != "sm3" else Digest("sm3", bytes(32))
                for one in super().digests()
            )

    def other(algorithm):
        return right(algorithm) if algorithm != "sm3" else hashlib.sha256(b"another")

    def begin():
        for module in (further, reading):
            monkeypatch.setattr(module, "running", other)
        monkeypatch.setattr(s3, "Hasher", Other)

    return begin


def audited(made: Copied, location: str):
    keeping = made.parts.keeping.at(location)
    return keeping.run(None, keeping.begin(None, ALL).id, lambda each: None)


def codes(made: Copied) -> set[str]:
    return {code for _, code in made.holding.open()}


def test_a_folder_is_held_to_sm3_too(tmp_path, another_sm3):
    with copied(tmp_path, count=2, suite="both") as made:
        assert audited(made, "second-0").answer is Answer.INTACT
        another_sm3()
        assert audited(made, "second-0").damaged == 2
        assert codes(made) == {"CX-1-4"}
        # Nothing that is so proven is a source to copy or heal from.
        (fresh,) = made.holding.file_some(1, 7000)
        made.caught_up()
        assert not made.folder("second-0", fresh).exists()
        done = made.parts.keeping.repair(None, "second-0", made.holding.ids[0])
        assert done.state is RepairState.NO_COPY


def test_a_service_is_held_to_sm3_too_by_one_request_for_each_file(
    tmp_path, server, another_sm3, monkeypatch
):
    with a_holding(tmp_path / "home", count=2, suite="both") as holding:
        made = Copied(holding, CopyParts(holding.site, holding.parts), {})
        patiently(lambda: made.parts.keeping.add(None, "cloud", where(tmp_path, server)))
        made.folders["cloud"] = server.folder / "bucket/copies/filing"
        made.caught_up()
        monkeypatch.setattr(walking, "KEPT_BYTES", 200)
        asked, get = Counter(), obstore.get
        monkeypatch.setattr(
            obstore, "get", lambda one, path: asked.update([path]) or get(one, path)
        )
        assert audited(made, "cloud").answer is Answer.INTACT
        of_records = {path: times for path, times in asked.items() if "/content/" in path}
        assert len(of_records) > 2
        assert set(of_records.values()) == {1}
        another_sm3()
        assert audited(made, "cloud").damaged == 2
