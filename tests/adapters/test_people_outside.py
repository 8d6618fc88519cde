"""Hashes, one-time codes and the sealed box, held to published answers."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest

from filing.adapters.db.people import SqlAccounts
from filing.adapters.one_time_codes import TimedCodes
from filing.adapters.passwords import Argon2
from filing.adapters.sealing import FILE, SealedBox
from filing.app.people import create_people
from filing.errors import Misconfigured, TooManyAttempts
from filing.model.roles import Role
from tests.crash.yard import a_yard
from tests.ingest.made import a_site

#: RFC 6238, appendix B: SHA-1, eight digits; the last six are what an app of six shows.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [
    (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
    (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
]  # fmt: skip


def quick(**given):
    return Argon2(memory_kib=64, passes=1, **given)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds, code):
    at = datetime.fromtimestamp(seconds, UTC)
    assert TimedCodes("archive").step(SECRET, code[-6:], at) == seconds // 30


def test_a_code_is_good_one_step_early_or_late_and_no_longer():
    codes, at = TimedCodes("archive"), datetime.fromtimestamp(1111111109, UTC)
    now = 1111111109 // 30
    for step in range(-3, 4):
        code = pyotp.TOTP(SECRET).generate_otp(now + step)
        assert codes.step(SECRET, code, at) == (now + step if abs(step) <= 1 else None)


@pytest.mark.parametrize(
    "code",
    ["", "12345", "1234567", "abcdef", "٠٨١٨٠٤", "0818 4", "0" * 10**6, "\ud800" * 6, "-81804"],
)
def test_what_is_no_code_is_none(code):
    at = datetime.fromtimestamp(1111111109, UTC)
    assert TimedCodes("archive").step(SECRET, code, at) is None


def test_an_app_reads_back_the_secret_of_the_address():
    codes = TimedCodes("示例省档案馆")
    secret = codes.new_secret()
    read = pyotp.parse_uri(codes.uri(secret, "zhang"))
    assert (read.secret, read.name, read.issuer) == (secret, "zhang", "示例省档案馆")
    assert len(secret) == 32


def test_a_password_fits_its_own_hash_alone():
    hasher = quick()
    kept = hasher.make("a sentence\0 of my own")
    assert kept.startswith("$argon2id$")
    assert "m=64,t=1,p=1" in kept
    assert hasher.fits(kept, "a sentence\0 of my own")
    assert not hasher.fits(kept, "a sentence")
    assert not hasher.fits("", "a sentence")
    assert not hasher.fits("no hash at all", "a sentence")


def test_the_built_in_parameters_are_those_meant():
    kept = Argon2().make("a sentence of my own")
    assert "m=47104,t=2,p=1" in kept
    assert Argon2().is_old(quick().make("x"))
    assert not Argon2().is_old(kept)


def test_an_account_that_is_not_there_costs_a_hash_too(monkeypatch):
    """Counted, not timed: a wall clock would make this test tell lies under load."""
    hasher, verified = quick(), []
    real = hasher._hasher.verify

    def watched(self, kept, typed):
        verified.append(kept)
        return real(kept, typed)

    monkeypatch.setattr(type(hasher._hasher), "verify", watched)
    assert not hasher.fits("", "x")
    assert not hasher.fits("", "x")
    assert len(verified) == 2
    assert verified[0] == verified[1]
    assert "m=64,t=1,p=1" in verified[0]


def test_few_are_reckoned_at_once_and_the_others_wait_their_turn():
    hasher = quick(at_once=2, wait_seconds=60)
    inside, most, lock = [0], [0], threading.Lock()
    real = hasher._hasher.hash

    class Watched:
        def hash(self, password):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            with lock:
                inside[0] -= 1
            return real(password)

    hasher._hasher = Watched()
    threads = [threading.Thread(target=hasher.make, args=("x",)) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most[0] == 2


def test_whoever_waits_too_long_is_told():
    hasher = quick(at_once=1, wait_seconds=0.01)
    with hasher._turn(), pytest.raises(TooManyAttempts):
        hasher.make("x")


def test_what_is_sealed_is_opened_for_its_purpose_by_every_process(tmp_path):
    sealed = SealedBox(tmp_path).seal("totp", "秘密\0")
    assert "秘密" not in sealed
    other = SealedBox(tmp_path)
    assert other.open("totp", sealed) == "秘密\0"
    assert other.open("openid", sealed) is None
    assert other.open("totp", sealed, seconds=600) == "秘密\0"


def test_what_is_old_altered_or_foreign_opens_nothing(tmp_path):
    box = SealedBox(tmp_path / "here")
    sealed = box.seal("totp", "x")
    foreign = SealedBox(tmp_path / "there").seal("totp", "x")
    changed = sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:]
    for given in ("", "x", foreign, changed, sealed * 1000, "\ud800", "é"):
        assert box.open("totp", given) is None
    assert box.open("totp", sealed, seconds=-1) is None


def test_the_key_is_its_owners_alone_and_damage_is_said(tmp_path):
    box = SealedBox(tmp_path)
    box.seal("totp", "x")
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).write_bytes(b"damaged")
    assert box.open("totp", box.seal("totp", "x")) == "x", "a running process keeps its key"
    with pytest.raises(Misconfigured):
        SealedBox(tmp_path).check()
    with pytest.raises(Misconfigured):
        SealedBox(tmp_path).seal("totp", "x")


def test_a_key_nobody_needs_yet_is_not_asked_for(tmp_path):
    SealedBox(tmp_path).check()
    assert not (tmp_path / FILE).exists()


def test_a_lost_key_is_not_made_anew_while_second_factors_need_it(database_url, tmp_path):
    with a_site(a_yard(tmp_path / "home", database_url).settings) as site:
        people, key = create_people(site), site.settings.keys / FILE
        made, _ = people.create("clerk", "clerk", "", frozenset({Role.ARCHIVE_CLERK}), owed=False)
        accounts = SqlAccounts(site.database)
        box = SealedBox(site.settings.keys, accounts.any_second_factor)
        sealed = box.seal("totp", SECRET)
        account = accounts.by_id(made.id)
        accounts.save(account, replace(account, totp=sealed), ())
        key.rename(tmp_path / FILE)
        lost = SealedBox(site.settings.keys, accounts.any_second_factor)
        with pytest.raises(Misconfigured, match="missing"):
            lost.check()
        with pytest.raises(Misconfigured, match="missing"):
            lost.open("totp", sealed)
        assert not key.exists()
        (tmp_path / FILE).rename(key)
        assert lost.open("totp", sealed) == SECRET
        key.unlink()
        people.renew("clerk")
        again = SealedBox(site.settings.keys, accounts.any_second_factor)
        assert again.open("x", again.seal("x", "text")) == "text"
