"""Processes that share the reading find what one finds; one that dies costs nothing but time."""

import os
import pickle
import signal
from dataclasses import replace

import pytest

from filing.adapters.custody import pool
from filing.app.custody import CustodyParts
from filing.errors import OutsideUnavailable
from filing.model.custody import Answer, Fault, Look
from tests.custody.holding import ALL, a_holding, flip


def test_processes_find_what_one_finds_and_one_that_dies_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_CHUNK", 2)
    with a_holding(tmp_path / "home", count=6) as holding:
        flip(holding.file(holding.ids[3], "eep.xml"), 4321)
        alone = holding.audit()
        parts = CustodyParts(holding.site, processes=2)
        assert parts.pool is not None
        try:
            shared = parts.keeping.run(None, parts.keeping.begin(None, ALL).id, lambda one: None)
            assert (shared.intact, shared.damaged) == (5, 1)
            assert (shared.chain, shared.files) == (alone.chain, alone.files)
            for pid in parts.pool.pids():
                os.kill(pid, signal.SIGKILL)
            audit = parts.keeping.begin(None, ALL)
            with pytest.raises(OutsideUnavailable):
                parts.keeping.run(None, audit.id, lambda one: None)
            assert parts.keeping.run(None, audit.id, lambda one: None).looked == 6
        finally:
            parts.close()


def test_processes_list_what_one_lists_and_say_when_a_place_is_away(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_CHUNK", 2)
    with a_holding(tmp_path / "home", count=6) as holding:
        stray = holding.site.settings.store / "abc" / "def" / "urn%3auuid%3anobody"
        stray.mkdir(parents=True)
        alone = list(holding.parts.copies.objects())
        parts = CustodyParts(holding.site, processes=2)
        assert parts.pool is not None
        try:
            parts.keeping.run(None, parts.keeping.begin(None, ALL).id, lambda one: None)
            assert parts.pool.is_begun
            assert list(parts.copies.objects()) == alone
            assert sorted(one for ids, _ in alone for one in ids) == sorted(holding.ids)
            assert [odd for _, odd in alone if odd] == [["abc/def/urn%3auuid%3anobody"]]
            with pytest.raises(OutsideUnavailable) as raised:
                list(parts.pool.list_objects(str(tmp_path), ["nowhere"]))
            assert "存储位置" in raised.value.zh
        finally:
            parts.close()


def test_what_goes_to_another_process_comes_back_the_same(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        for one in holding.parts.tables.of(holding.ids):
            for each in (one, replace(one, record=None, submission=None, receipt=None)):
                assert pickle.loads(pickle.dumps(each)) == each
    look = Look("a", (Fault("CX-2-1", Answer.DAMAGED, "b"),), 1, 2, False)
    assert pickle.loads(pickle.dumps(look)) == look
