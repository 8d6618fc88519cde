"""Whatever is planted is found, named rightly, and nothing else is reported."""

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from filing.adapters.custody.looking import Place, look
from filing.adapters.custody.reading import Quick
from filing.custody.log_check import MOST, LogCheck
from filing.evidence import certificates
from filing.evidence.merkle import leaf_hash
from filing.evidence.tiles import append
from filing.model.copies import RepairState
from filing.model.custody import Answer, AuditState, Depth, Sample, Scope
from tests.custody.copies import copied
from tests.custody.holding import ALL, Holding, a_holding, flip

SEAL = "archive-ecdsa-p256-sha256"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holding]:
    """One archive for all that is planted in the store and taken out again."""
    with a_holding(tmp_path_factory.mktemp("held") / "home") as holding:
        assert holding.audit().answer is Answer.INTACT
        yield holding


@contextmanager
def changed(path: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(change(before))
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def renamed(path: Path, name: str) -> Iterator[None]:
    path.rename(path.with_name(name))
    try:
        yield
    finally:
        path.with_name(name).rename(path)


@contextmanager
def added(path: Path, content: bytes = b"x") -> Iterator[None]:
    path.write_bytes(content)
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def swapped(one: Path, other: Path) -> Iterator[None]:
    def swap() -> None:
        aside = one.with_name("aside")
        one.rename(aside)
        other.rename(one)
        aside.rename(other)

    swap()
    try:
        yield
    finally:
        swap()


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    aside = path.parents[4] / "aside"
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


def a_bit(content: bytes) -> bytes:
    return content[:20] + bytes([content[20] ^ 1]) + content[21:]


STORE = {
    "a bit in the metadata": ("CX-2-11", lambda h, r: changed(h.file(r, "eep.xml"), a_bit)),
    "a bit in the report": ("CX-2-12", lambda h, r: changed(h.file(r, "report.json"), a_bit)),
    "a bit in the inventory": ("CX-2-5", lambda h, r: changed(h.file(r, "inventory.json"), a_bit)),
    "a bit in the sidecar": (
        "CX-2-6",
        lambda h, r: changed(h.file(r, "inventory.json.sha256"), a_bit),
    ),
    "a digit of the sidecar in capitals": (
        "CX-2-6",
        lambda h, r: changed(h.file(r, "inventory.json.sha256"), capital),
    ),
    "a bit in the statement": ("CX-1-1", lambda h, r: changed(h.file(r, "statement.json"), a_bit)),
    "a bit in the signature": ("CX-1-1", lambda h, r: changed(h.file(r, f"{SEAL}.sig"), a_bit)),
    "a bit in the certificate": ("CX-1-1", lambda h, r: changed(h.file(r, f"{SEAL}.pem"), a_bit)),
    "a bit in the declaration": (
        "CX-2-7",
        lambda h, r: changed(h.folder(r) / "0=ocfl_object_1.1", lambda c: b"p" + c[1:]),
    ),
    "a truncated file": ("CX-2-4", lambda h, r: changed(h.file(r, "eep.xml"), lambda c: c[:-9])),
    "a grown file": ("CX-2-4", lambda h, r: changed(h.file(r, "eep.xml"), lambda c: c + b"\n")),
    "a file of no bytes": ("CX-2-4", lambda h, r: changed(h.file(r, "eep.xml"), lambda c: b"")),
    "an inventory of no bytes": (
        "CX-2-5",
        lambda h, r: changed(h.file(r, "inventory.json"), lambda c: b""),
    ),
    "a sidecar of no bytes": (
        "CX-2-6",
        lambda h, r: changed(h.file(r, "inventory.json.sha256"), lambda c: b""),
    ),
    "a missing file": ("CX-2-2", lambda h, r: moved_away(h.file(r, "eep.xml"))),
    "a missing declaration": (
        "CX-2-2",
        lambda h, r: moved_away_at(h.folder(r) / "0=ocfl_object_1.1", h),
    ),
    "an extra file in the content": (
        "CX-2-3",
        lambda h, r: added(h.file(r, "eep.xml").with_name("more.txt")),
    ),
    "an extra file at the top": ("CX-2-3", lambda h, r: added(h.folder(r) / "more.txt")),
    "a renamed file": ("CX-2-9", lambda h, r: renamed(h.file(r, "eep.xml"), "eep2.xml")),
    "two files swapped": (
        "CX-2-10",
        lambda h, r: swapped(h.file(r, "eep.xml"), h.file(r, "report.json")),
    ),
    "a link in the object": ("CX-4-1", lambda h, r: linked(h.folder(r) / "link")),
    "a missing object": ("CX-2-8", lambda h, r: moved_away_at(h.folder(r), h)),
}  # fmt: skip


def capital(content: bytes) -> bytes:
    at = next(n for n, one in enumerate(content) if chr(one) in "abcdef")
    return content[:at] + content[at : at + 1].upper() + content[at + 1 :]


@contextmanager
def linked(path: Path) -> Iterator[None]:
    path.symlink_to("inventory.json")
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def moved_away_at(path: Path, holding: Holding) -> Iterator[None]:
    aside = holding.yard.home / "aside"
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


@pytest.mark.parametrize("what", STORE)
def test_what_is_planted_in_the_store_is_found_and_nothing_else(standing, what):
    code, plant = STORE[what]
    record_id = standing.ids[2]
    with plant(standing, record_id):
        audit = standing.audit()
        assert standing.open() == {(record_id, code)}
        assert (audit.damaged, audit.faults, audit.unknown) == (1, 0, 0)
    assert standing.audit().answer is Answer.INTACT
    assert standing.open() == set()


def test_an_object_nobody_knows_is_found(standing):
    source = standing.folder(standing.ids[0])
    stranger = "01a20195-0000-7000-8000-000000000001"
    target = standing.folder(stranger)
    shutil.copytree(source, target)
    try:
        assert standing.audit().faults == 1
        assert standing.open() == {("store", "CX-2-17")}
    finally:
        shutil.rmtree(target)
    assert standing.audit().answer is Answer.INTACT


def test_one_record_alone_is_audited_and_the_others_are_not_read(standing):
    hurt, asked = standing.ids[1], standing.ids[4]
    with changed(standing.file(hurt, "eep.xml"), a_bit):
        audit = standing.audit(Scope(records=(asked,), depth=Depth.BYTES))
    assert (audit.looked, audit.intact) == (1, 1)
    assert standing.open() == set()


def test_a_sample_is_the_same_for_the_same_seed_and_says_what_it_excludes(standing):
    audits = [standing.audit(Scope(sample=Sample(3, "seed"), depth=Depth.BYTES)) for _ in range(2)]
    assert [one.looked for one in audits] == [3, 3]
    assert audits[0].state is AuditState.FINISHED
    assert 0.7 < standing.parts.keeping.excluded_share(audits[0]) < 0.8


# In the database, on both kinds


ROWS = {
    "a changed title": ("UPDATE record SET title = 'x' WHERE id = :id", "CX-2-13"),
    "a changed retention": ("UPDATE record SET retention = 'x' WHERE id = :id", "CX-2-13"),
    "a changed time": ("UPDATE record SET stored_at = '2020-01-01' WHERE id = :id", "CX-2-13"),
    "a changed place": (
        "UPDATE submission SET state = 'rejected' WHERE record_id = :id",
        "CX-2-13",
    ),
    "a state that is none": (
        "UPDATE submission SET state = 'filed' WHERE record_id = :id",
        "CX-2-13",
    ),
    "a deleted receipt": (
        "DELETE FROM receipt WHERE submission_id IN"
        " (SELECT id FROM submission WHERE record_id = :id)",
        "CX-2-15",
    ),
    "a deleted submission": ("DELETE FROM submission WHERE record_id = :id", "CX-2-14"),
    "a deleted record row": ("DELETE FROM record WHERE id = :id", "CX-2-16"),
}


def test_an_object_that_lost_its_seal_and_says_so_itself_is_found_in_every_copy(tmp_path):
    """Inventory and sidecar agree and every file is as they say; only the seal is gone."""
    with copied(tmp_path, count=3) as made:
        holding, ids = made.holding, made.holding.ids
        unsealed(made.folder("main", ids[0]))
        unsealed(made.folder("second-0", ids[1]))
        assert holding.audit().damaged == 1
        there = made.parts.keeping.at("second-0")
        assert there.run(None, there.begin(None, ALL).id, lambda audit: None).damaged == 1
        assert holding.open() == {(ids[0], "CX-1-3"), (ids[1], "CX-1-3")}
        for location, one in (("main", ids[0]), ("second-0", ids[1])):
            repair = made.parts.keeping.repair(None, location, one)
            assert repair.state is RepairState.DONE
        assert holding.open() == set()


def unsealed(folder):
    """Take the seal out of an object, inventory and all."""
    inventory = folder / "inventory.json"
    document = json.loads(inventory.read_text())
    state = document["versions"][document["head"]]["state"]
    for digest, (logical, *_) in list(state.items()):
        if logical.startswith("seal/"):
            del state[digest]
            for path in document["manifest"].pop(digest):
                (folder / path).unlink()
    (folder / "v1/content/seal").rmdir()
    text = json.dumps(document).encode()
    sidecar = f"{hashlib.sha256(text).hexdigest()} inventory.json\n".encode()
    for below in (folder, folder / "v1"):
        for name, content in (("inventory.json", text), ("inventory.json.sha256", sidecar)):
            (below / name).unlink()
            (below / name).write_bytes(content)


def test_a_record_without_its_row_is_not_intact_when_it_alone_is_asked_for(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        with holding.tampering() as connection:
            connection.execute(text("DELETE FROM record WHERE id = :id"), {"id": holding.ids[0]})
        audit = holding.audit(Scope(records=(holding.ids[0],), depth=Depth.BYTES))
        assert (audit.damaged, holding.open()) == (1, {(holding.ids[0], "CX-2-16")})


def test_what_is_planted_in_the_rows_is_found_and_nothing_else(database_url, tmp_path):
    with a_holding(tmp_path / "home", database_url, count=len(ROWS) + 2) as holding:
        assert holding.audit().answer is Answer.INTACT
        expected = set()
        with holding.tampering() as connection:
            for record_id, (statement, code) in zip(holding.ids, ROWS.values(), strict=False):
                connection.execute(text(statement), {"id": record_id})
                expected.add((record_id, code))
            connection.execute(
                text(
                    "INSERT INTO record SELECT '01a20195-0000-7000-8000-000000000001', 'none',"
                    " agency_id, fonds, 'Z109-WS·2025-D10-BGS-9999', 'none', title, year,"
                    " retention, package_digest, statement_digest, NULL, NULL"
                    " FROM record WHERE id = :id"
                ),
                {"id": holding.ids[-1]},
            )
        expected.add(("database", "CX-2-18"))
        audit = holding.audit()
        assert holding.open() == expected
        assert (audit.damaged, audit.faults, audit.unknown) == (len(ROWS), 1, 0)


LOG = {
    "a changed leaf": ("UPDATE leaf SET hash = :zero WHERE record_id = :id", {("log", "CX-1-10")}),
    "a changed checkpoint": (
        "UPDATE checkpoint SET root = :zero WHERE size = 2",
        {("log", "CX-1-17")},
    ),
    "a deleted leaf": (
        "DELETE FROM leaf WHERE record_id = :id",
        {("log", "CX-1-12"), ("database", "CX-2-18")},
    ),
    "an event of the log changed": (
        "UPDATE log_event SET body = :zero WHERE number = 1",
        {("log", "CX-1-13")},
    ),
}


@pytest.mark.parametrize("what", LOG)
def test_what_is_planted_in_the_log_is_found_and_nothing_else(tmp_path, what):
    statement, expected = LOG[what]
    with a_holding(tmp_path / "home", count=4) as holding:
        assert holding.audit().answer is Answer.INTACT
        with holding.tampering() as connection:
            given = {"id": holding.ids[1], "zero": bytes(32)}
            used = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
        audit = holding.audit()
        assert holding.open() == expected
        assert audit.answer is Answer.DAMAGED


@pytest.mark.parametrize("whole", [False, True])
def test_a_tile_that_was_hurt_is_said_and_put_right_from_the_leaves(tmp_path, whole):
    with a_holding(tmp_path / "home", count=4) as holding:
        with holding.tampering() as connection:
            tile = bytes(connection.execute(text("SELECT hashes FROM tile")).scalar())
            hurt = bytes([tile[0] ^ 1]) + tile[1:] if whole else tile[:40]
            connection.execute(text("UPDATE tile SET hashes = :hurt"), {"hurt": hurt})
        audit = holding.audit()
        assert (audit.answer, audit.faults) == (Answer.DAMAGED, 1)
        (found,) = holding.parts.book.findings(["repaired"], "", "", 10)
        assert (found.subject, found.fault.code) == ("log", "CX-1-14")
        assert holding.audit().answer is Answer.INTACT


def test_a_fault_seen_again_is_the_same_finding(standing):
    record_id = standing.ids[3]
    with changed(standing.file(record_id, "eep.xml"), a_bit):
        standing.audit()
        standing.audit()
        (finding,) = standing.parts.book.findings(["confirmed"], "", "", 10)
        assert finding.seen == 2
        accepted = standing.parts.keeping.accept_agreed(None, finding.id, "it is lost")
        standing.audit()
        assert standing.open() == set()
        assert standing.parts.book.finding(finding.id).state == accepted.state == "accepted"
    standing.audit()
    assert standing.parts.book.finding(finding.id).state == "repaired"


def test_a_bit_in_a_receipt_is_found_wherever_it_is(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        with holding.tampering() as connection:
            where = "SELECT body FROM receipt LIMIT 1"
            body = bytes(connection.execute(text(where)).scalar())
        missed = []
        expected = holding.parts.tables.of(holding.ids)
        place = Place(f"{holding.site.settings.store}/", holding.parts.trust())
        one = next(each for each in expected if each.receipt == body)
        assert look(place, one, Quick())[0].faults == ()
        for at in range(0, len(body), 7):
            hurt = body[:at] + bytes([body[at] ^ 1 << at % 8]) + body[at + 1 :]
            if not look(place, replace(one, receipt=hurt), Quick())[0].faults:
                missed.append(at)
        assert missed == []


# What no table and no folder says any more


def removed(holding: Holding, record_id: str) -> None:
    """A record taken out of store, database and the end of the log, as if it never was."""
    with holding.tampering() as connection:
        size = connection.execute(text("SELECT MAX(position) FROM leaf")).scalar()
        at = connection.execute(
            text("SELECT position FROM leaf WHERE record_id = :id"), {"id": record_id}
        ).scalar()
        assert at == size, "only the last record is cut off unseen"
        for table in ("receipt", "event"):
            connection.execute(
                text(
                    f"DELETE FROM {table} WHERE submission_id ="
                    " (SELECT submission_id FROM record WHERE id = :id)"
                ),
                {"id": record_id},
            )
        connection.execute(text("DELETE FROM submission WHERE record_id = :id"), {"id": record_id})
        connection.execute(text("DELETE FROM record WHERE id = :id"), {"id": record_id})
        connection.execute(text("DELETE FROM leaf WHERE position = :at"), {"at": at})
        connection.execute(text("DELETE FROM checkpoint WHERE size > :at"), {"at": at})
        tile = bytes(connection.execute(text("SELECT hashes FROM tile WHERE level = 0")).scalar())
        connection.execute(text("UPDATE tile SET hashes = :one"), {"one": tile[: 32 * at]})
    shutil.rmtree(holding.folder(record_id))


def test_a_record_taken_out_of_store_database_and_log_is_missed(database_url, tmp_path):
    with a_holding(tmp_path / "home", database_url, count=4) as holding:
        last = holding.file_some(1, 90)[0]
        removed(holding, last)
        assert holding.audit().answer is Answer.DAMAGED
        assert holding.open() == {("log", "CX-1-18")}
        # Nothing is logged over the cut, and it is still one finding.
        holding.file_some(2, 95)
        holding.audit()
        assert holding.open() == {("log", "CX-1-18")}


def rewritten(holding: Holding) -> None:
    """The log over other leaves, signed again at every size; receipts were given out before."""
    with holding.tampering() as connection:
        rows = connection.execute(text("SELECT position, hash FROM leaf ORDER BY position")).all()
        hashes = [bytes(one.hash) for one in rows]
        hashes[1] = leaf_hash(b"another statement")
        connection.execute(text("UPDATE leaf SET hash = :h WHERE position = 1"), {"h": hashes[1]})
        sizes = connection.execute(text("SELECT size FROM checkpoint")).scalars().all()
        grown = append(0, lambda level, index: b"", hashes)
        connection.execute(text("UPDATE tile SET hashes = :h"), {"h": grown.tiles[0, 0]})
        for size in sizes:
            root = append(0, lambda level, index: b"", hashes[:size]).root
            connection.execute(
                text("UPDATE checkpoint SET root = :r, note = :n WHERE size = :s"),
                {"r": root, "n": holding.parts._sign(size, root), "s": size},
            )


def test_a_checkpoint_signed_over_a_rewritten_log_is_found(database_url, tmp_path):
    with a_holding(tmp_path / "home", database_url, count=4) as holding:
        rewritten(holding)
        assert holding.audit().answer is Answer.DAMAGED
        found = holding.open()
        assert ("log", "CX-1-11") in found
        # The record whose leaf was exchanged is not the one the log knows, and says so.
        assert found <= {("log", "CX-1-11"), ("log", "CX-1-10")}


def test_a_clock_that_was_ahead_is_said_and_nothing_is_called_damaged(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock = holding.site.clock
        ahead = clock.now() + timedelta(days=400)
        right, clock.now = clock.now, lambda: ahead
        holding.file_some(1, 70)
        clock.now = right
        audit = holding.audit()
        assert audit.answer is Answer.UNKNOWN
        assert {code for _, code in holding.open()} == {"CX-1-16"}


def test_a_revoked_certificate_is_found_from_the_time_it_was_revoked(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        keys = holding.site.settings.keys
        pem = next(keys.glob("*.crt.pem")).read_bytes()
        fingerprint = certificates.fingerprint(certificates.load_chain(pem)[0])
        later = holding.site.clock.now() + timedelta(hours=1)
        (keys / "revoked.txt").write_text(f"# lost\n{fingerprint} {later.isoformat()}\n")
        assert holding.audit().answer is Answer.INTACT
        (keys / "revoked.txt").write_text(f"{fingerprint}\n")
        holding.audit()
        assert holding.open() == {(one, "CX-1-7") for one in holding.ids}


def test_a_certificate_that_had_run_out_when_it_sealed_is_found(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        clock = holding.site.clock
        right, past = clock.now, clock.now() - timedelta(days=20)
        clock.now = lambda: past
        (late,) = holding.file_some(1, 70)
        clock.now = right
        holding.audit()
        assert (late, "CX-1-5") in holding.open()


def test_ten_thousand_bits_turned_over_are_all_found(tmp_path):
    """One at a time, in every file of an object, through the look an audit takes."""
    with a_holding(tmp_path / "home", count=2) as holding:
        place = Place(f"{holding.site.settings.store}/", holding.parts.trust())
        one = holding.parts.tables.of(holding.ids[:1])[0]
        folder = holding.folder(one.record_id)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        chance, reader, missed = random.Random(20261122), Quick(), []
        for _ in range(10_000):
            path = chance.choice(files)
            bit = chance.randrange(path.stat().st_size * 8)
            flip(path, bit)
            if not look(place, one, reader)[0].faults:
                missed.append((path, bit))
            flip(path, bit)
        assert missed == []
        assert look(place, one, reader)[0].answer is Answer.INTACT


def test_however_many_faults_of_however_many_kinds_a_few_of_each_are_kept(standing):
    check = LogCheck(standing.parts.tables, standing.parts.trust(), 0, standing.site.clock.now())
    for number in range(1000):
        check._say("CX-1-13", f"event at leaf {number}", "", "gone")
        check._say("CX-1-17", f"checkpoint {number}", "", "not genuine")
    assert Counter(one.code for one in check.faults) == {"CX-1-13": MOST, "CX-1-17": MOST}
