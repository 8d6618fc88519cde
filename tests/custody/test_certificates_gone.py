"""The archive's own certificates moved away: nobody can tell then, and nobody calls it damage."""

import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest

from filing.adapters import keys
from filing.adapters.custody.learning import entries_told
from filing.adapters.custody.used_certificates import UsedCertificates
from filing.adapters.custody.witness import Witness
from filing.app import Site, initialise
from filing.app.copies import CopyParts
from filing.app.custody import CustodyParts
from filing.custody.proving import Prover
from filing.errors import OutsideUnavailable
from filing.evidence import certificates, suites
from filing.evidence.signatures import signer
from filing.model.copies import RepairState
from filing.model.custody import Answer, FindingState
from tests.crash.yard import Yard
from tests.custody.copies import copied
from tests.custody.holding import ALL, Holding, a_holding, flip

OLD = "until-2026-03.crt.pem"


@contextmanager
def started(settings):
    """The archive started again."""
    site = Site(settings)
    try:
        site.open()
        yield Holding(Yard, site, CustodyParts(site), [])
    finally:
        site.close()


def renewed(settings) -> None:
    """The key is lost: its certificate stays under another name, a new key is made."""
    (public,) = settings.keys.glob("*.crt.pem")
    public.with_name(public.name.replace(".crt.", ".key.")).unlink()
    public.rename(settings.keys / OLD)
    initialise(settings)


@pytest.fixture
def two_keys(tmp_path):
    """Settings of an archive whose records are sealed by two keys, one after the other."""
    with a_holding(tmp_path / "home", count=2) as holding:
        settings, ids = holding.site.settings, list(holding.ids)
    renewed(settings)
    with started(settings) as holding:
        ids += holding.file_some(2, 7000)
        assert holding.audit().answer is Answer.INTACT
    return settings, ids


def test_a_certificate_moved_away_halts_every_audit_and_is_named(two_keys, tmp_path):
    settings, _ = two_keys
    shutil.move(settings.keys / OLD, tmp_path / OLD)
    with started(settings) as holding:
        with pytest.raises(OutsideUnavailable, match=str(settings.home / "witness")) as said:
            holding.audit()
        encoded = certificates.load_chain((tmp_path / OLD).read_bytes())[0]
        name = f"{certificates.fingerprint(encoded)}.crt.pem"
        assert name in str(said.value)
        assert holding.open() == set()
        shutil.copy(settings.home / "witness/certificates" / name, settings.keys)
        assert holding.audit().answer is Answer.INTACT


def test_an_audit_under_way_stays_where_it_is_while_the_folder_of_keys_is_empty(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        keys_folder, away = holding.site.settings.keys, tmp_path / "away"
        begun = holding.parts.keeping.begin(None, ALL)
        keys_folder.rename(away)
        keys_folder.mkdir()
        with pytest.raises(OutsideUnavailable):
            holding.parts.keeping.run(None, begun.id, lambda audit: None)
        assert holding.open() == set()
        keys_folder.rmdir()
        away.rename(keys_folder)
        done = holding.parts.keeping.run(None, begun.id, lambda audit: None)
        assert done.answer is Answer.INTACT


def test_what_nobody_wrote_down_could_not_be_told_and_closes_by_itself(two_keys, tmp_path):
    """Certificate and what was written down are lost together; the new key's records hold."""
    settings, ids = two_keys
    shutil.move(settings.keys / OLD, tmp_path / OLD)
    shutil.rmtree(settings.home / "witness")
    with started(settings) as holding:
        done = holding.audit()
        assert (done.answer, done.damaged, done.faults) == (Answer.UNKNOWN, 0, 0)
        found = holding.open()
        assert {(subject, code) for subject, code in found if subject in ids} == {
            (one, "CX-1-21") for one in ids[:2]
        }
        assert ("log", "CX-1-21") in found
        shutil.move(tmp_path / OLD, settings.keys / OLD)
        holding.audit()
        assert holding.open() == set()
        closed = holding.parts.book.findings([FindingState.CLEARED], "", "", 50)
        assert {one.fault.code for one in closed} >= {"CX-1-21"}


def test_a_key_that_never_was_the_archives_is_damage_however_whole_its_record(tmp_path):
    """Seal, certificate, receipt, leaf and checkpoint, all of one piece, by a stranger."""
    with a_holding(tmp_path / "home", count=2) as holding:
        site = holding.site
        own, site.ceremony.signers = site.ceremony.signers, (a_stranger(site),)
        (forged,) = holding.file_some(1, 7000)
        site.ceremony.signers = own
        assert holding.audit().answer is Answer.DAMAGED
        assert {(forged, "CX-1-6"), (forged, "CX-1-8"), ("log", "CX-1-17")} <= holding.open()


def a_stranger(site):
    suite = keys.suites_in_force(site.settings)[0]
    key, now = suites.generate(suite), site.clock.now()
    day = timedelta(days=1)
    der = certificates.self_signed(suite, key, site.settings.name, "", 7, now - day, now + day)
    return signer(keys.key_name(suite), key, [der])


def test_what_is_written_down_stays_and_what_cannot_be_read_is_nobodys_word(tmp_path):
    written = UsedCertificates(tmp_path / "witness")
    assert (written.since(), written.fingerprints()) == (None, set())
    written.write_down([b"one"], lambda: 3)
    written.write_down([b"one", b"two"], lambda: 9)
    assert written.since() == 3
    assert written.fingerprints() == {certificates.fingerprint(one) for one in (b"one", b"two")}
    (tmp_path / "witness/certificates/since").write_bytes(b"\xff\x00")
    assert written.since() is None


def test_a_home_made_anew_counts_what_the_store_says_was_signed(two_keys):
    """The database is empty until it is rebuilt: what is in the store was there before."""
    settings, _ = two_keys
    with started(settings) as holding:
        CopyParts(holding.site, holding.parts).settle()
        size = holding.parts.tables.log_size()
        witness = Witness(settings.home / "other")
        assert entries_told(0, witness, settings.store) == size > 0


def test_copies_are_made_and_healed_while_a_certificate_is_missing(tmp_path):
    """Whether the bytes are as sealed and logged, the log says: that goes on."""
    with copied(tmp_path, count=2) as made:
        folder = made.holding.site.settings.keys
        folder.rename(tmp_path / "away")
        folder.mkdir()
        (fresh,) = made.holding.file_some(1, 7000)
        made.caught_up()
        assert made.files("second-0", fresh) == made.files("main", fresh)
        one = made.holding.ids[0]
        flip(next(made.folder("main", one).rglob("statement.json")), 9)
        assert made.parts.keeping.repair(None, "main", one).state is RepairState.DONE


def test_nothing_is_shown_of_the_log_by_a_checkpoint_of_a_key_nobody_wrote_down(tmp_path):
    with a_holding(tmp_path / "home", count=2) as holding:
        settings = holding.site.settings
    renewed(settings)
    (settings.keys / OLD).rename(tmp_path / OLD)
    shutil.rmtree(settings.home / "witness")
    with started(settings) as holding:
        made = Prover(holding.parts.tables, holding.parts.trust, holding.site.witness)
        assert made.prove(0, b"an entry")[0] is Answer.UNKNOWN
        (tmp_path / OLD).rename(settings.keys / OLD)
        made = Prover(holding.parts.tables, holding.parts.trust, holding.site.witness)
        assert made.prove(0, b"an entry")[0] is Answer.DAMAGED


def test_a_drill_over_checkpoints_of_a_key_nobody_wrote_down_could_not_tell(two_keys, tmp_path):
    settings, _ = two_keys
    (settings.keys / OLD).rename(tmp_path / OLD)
    shutil.rmtree(settings.home / "witness")
    with started(settings) as holding:
        parts = CopyParts(holding.site, holding.parts)
        done = parts.keeping.drill(None)
        assert (done.answer, done.differences, bool(done.reason)) == (Answer.UNKNOWN, 0, True)
        (tmp_path / OLD).rename(settings.keys / OLD)
        assert parts.keeping.drill(None).answer is Answer.INTACT
