"""An audit that is killed goes on where it was; nothing is counted twice or left out."""

import multiprocessing
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from filing.app import Site
from filing.app.custody import CustodyParts
from filing.config import Settings
from filing.custody import auditing
from filing.errors import ChangedMeanwhile
from filing.model.custody import MAIN, Answer, AuditState
from tests.custody.holding import ALL, a_holding

#: On each kind of database.
KILLS = int(os.environ.get("FILING_AUDIT_KILLS", "4"))


def carry_on(settings: Settings, audit_id: str) -> None:
    """A process that does a little and is slow about it, until it is killed or done."""
    auditing.WINDOW = 3
    site = Site(settings)
    parts = CustodyParts(site)
    audit = parts.book.audit(audit_id)
    parts.auditing.run(audit, told=lambda one: time.sleep(0.01))


def killed_until_done(holding, audit, chance, most) -> int:
    """Kill whoever carries the audit on, again and again; how often it was."""
    context, killed = multiprocessing.get_context("forkserver"), 0
    while killed < most:
        before = holding.parts.book.audit(audit.id)
        if before.state is not AuditState.RUNNING:
            break
        process = context.Process(target=carry_on, args=(holding.site.settings, audit.id))
        process.start()
        process.join(chance.uniform(0.3, 1.5))
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.join(30)
        after = holding.parts.book.audit(audit.id)
        read = holding.parts.keeping.coverage(None, MAIN)
        assert before.looked <= after.looked <= 30
        assert read.copies == 30
        # Coverage says of no record that it was read since, but of those the audit counts.
        since = holding.parts.book.oldest(MAIN, far(), audit.begun_at, 100)
        assert 30 - len(since) <= after.looked
    return killed


def far():
    return datetime.now(UTC) + timedelta(days=1)


def test_killed_at_random_it_comes_to_the_same_end(tmp_path, monkeypatch, database_url):
    monkeypatch.setattr(auditing, "WINDOW", 3)
    chance, killed = random.Random(11), 0
    with a_holding(tmp_path / "home", database_url, count=30) as holding:
        whole = holding.audit()
        while killed < KILLS:
            audit = holding.parts.keeping.begin(None, ALL)
            killed += killed_until_done(holding, audit, chance, KILLS - killed)
            done = holding.parts.book.audit(audit.id)
            if done.state is AuditState.RUNNING:
                done = holding.parts.auditing.run(done)
            assert (done.looked, done.intact, done.answer) == (30, 30, Answer.INTACT)
            assert done.files == whole.files
            # Every answer once and in the same order: the digests over them agree.
            assert done.chain == whole.chain
        print(f"{killed} times killed on {database_url.partition(':')[0]}")


def test_two_processes_never_count_the_same_step(tmp_path):
    with a_holding(tmp_path / "home", count=4) as holding:
        audit = holding.parts.keeping.begin(None, ALL)
        stale = holding.parts.book.audit(audit.id)
        holding.parts.auditing.run(audit)
        with pytest.raises(ChangedMeanwhile):
            holding.parts.auditing.run(stale)
        assert holding.parts.book.audit(audit.id).looked == 4


def test_an_audit_that_is_paused_stands_still_and_one_that_is_stopped_ends(tmp_path):
    with a_holding(tmp_path / "home", count=4) as holding:
        keeping = holding.parts.keeping
        audit = keeping.begin(None, ALL)
        assert keeping.pause(None, audit.id).state is AuditState.PAUSED
        assert holding.parts.book.running() == []
        keeping.resume(None, audit.id)
        assert keeping.stop(None, audit.id).state is AuditState.STOPPED
        kinds = [one.kind for _, one in keeping.history(None, audit.id, 0, 10)]
        assert kinds == ["audit-begun", "audit-paused", "audit-resumed", "audit-stopped"]
