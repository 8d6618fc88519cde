"""A change tried on what was delivered lately: what it would do, and what cannot be told."""

import tracemalloc
from dataclasses import replace

import pytest

from examples.bad import FAULTS
from examples.documents import AGENCIES, official
from examples.good import deliver as packed
from examples.good import metadata
from filing.adapters.past_deliveries import PastDeliveries
from filing.administration import replay
from filing.errors import BadRequest, NotAllowed, OutsideUnavailable
from filing.model.administration import Change
from filing.model.agency import Channel, FilingRule
from filing.model.package import Form
from filing.model.submission import State
from filing.model.tuning import CheckTuning, FieldTuning, Scope, Tuning
from tests.administration.given import ARCHIVIST, SYSTEM, WATER, an_archive, deliver

FORMS = (Form.EEP, Form.EEP_ZIP, Form.RECORD_ZIP)
NOTE = Tuning({"GD-1-6": CheckTuning("note")})


def faulty(slug, number):
    fault = next(one for one in FAULTS if one.slug == slug)
    return fault.make(
        official(90_000 + number, 1, AGENCIES[0], annexes=1, sent=True, retention="Y")
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """One filed of every form a ZIP or XML has; three refused for their title, one for what
    cannot be tuned, one for a figure that came beside it."""
    with an_archive(tmp_path_factory.mktemp("rehearsals") / "home") as (site, desk):
        for number, form in enumerate(FORMS):
            document = official(80_000 + number, 1, AGENCIES[0])
            sample = packed(document, form, metadata(document, form))
            assert deliver(site, sample).submission.state is State.RECEIPTED
        for number in range(3):
            answer = deliver(site, faulty("zero_width_space_in_title", number))
            assert answer.submission.state is State.REJECTED
        deliver(site, faulty("digest_of_other_bytes", 9))
        deliver(site, faulty("two_items_stated", 10))
        yield site, desk


def changes(rehearsal):
    return {change: rehearsal.count(change) for change in Change if rehearsal.count(change)}


def test_what_would_be_accepted_is_counted_and_nothing_is_changed(archive):
    site, desk = archive
    rehearsal = desk.rehearsals.of_tuning(ARCHIVIST, Scope(WATER.id), NOTE)
    assert (rehearsal.rejected, rehearsal.accepted, rehearsal.left) == (5, len(FORMS), 0)
    assert changes(rehearsal) == {Change.ACCEPTED: 3, Change.UNKNOWN: 1}
    assert {(one.codes, one.why) for one in rehearsal.replayed} == {
        (("GD-1-6",), ""),
        ((), "differs"),
    }
    assert desk.rules.one(ARCHIVIST, Scope(WATER.id))[1].number == 0
    assert len(desk.rehearsals.replay.past.recent(WATER.id, State.REJECTED, 10)) == 5
    assert site.settings_kept.mark() == 0


def test_what_would_be_refused_is_named_with_the_check(archive):
    _, desk = archive
    needed = Tuning(fields={"内容描述/摘要": FieldTuning("required")})
    rehearsal = desk.rehearsals.of_tuning(ARCHIVIST, Scope(), needed)
    assert rehearsal.accepted
    refused = [one for one in rehearsal.replayed if one.change is Change.REFUSED]
    assert len(refused) == rehearsal.accepted
    assert {one.codes for one in refused} <= {("GD-2-3",), ("GD-2-4",)}


def test_a_changed_agency_is_tried_as_the_sender(archive):
    _, desk = archive
    narrower = replace(WATER, rules=(FilingRule("Z109", ("dat22",), first_year=2999),))
    rehearsal = desk.rehearsals.of_agency(SYSTEM, narrower)
    assert changes(rehearsal) == {Change.REFUSED: rehearsal.accepted, Change.UNKNOWN: 1}
    assert {one.codes for one in rehearsal.replayed} == {("GD-2-9",), ()}


def test_what_is_gone_or_too_large_is_unknown_never_unchanged(archive, monkeypatch):
    _, desk = archive
    monkeypatch.setattr(replay, "MAX_BYTES", 1)
    rehearsal = desk.rehearsals.of_tuning(ARCHIVIST, Scope(WATER.id), NOTE)
    assert changes(rehearsal) == {Change.UNKNOWN: rehearsal.accepted + rehearsal.rejected}
    assert {one.why for one in rehearsal.replayed} == {"too-large"}
    monkeypatch.undo()

    class Gone:
        recent = desk.rehearsals.replay.past.recent

        def opened(self, submission):
            raise OutsideUnavailable("gone")

    tried = replace(desk.rehearsals.replay, past=Gone())
    found = tried(WATER.id, desk.rules.in_force)
    assert {one.why for one in found.replayed} == {"gone"}


def test_time_that_is_up_is_said(archive):
    _, desk = archive
    seconds = iter(range(0, 10_000, 6))
    hurried = replace(desk.rehearsals.replay, tick=lambda: float(next(seconds)))
    rehearsal = hurried(WATER.id, desk.rules.in_force)
    assert rehearsal.rejected + rehearsal.accepted == 1
    assert rehearsal.left == 4 + len(
        desk.rehearsals.replay.past.recent(WATER.id, State.RECEIPTED, 99)
    )


def test_one_trial_at_a_time_in_a_process(archive):
    _, desk = archive
    with desk.rehearsals.replay.turn, pytest.raises(OutsideUnavailable):
        desk.rehearsals.of_tuning(ARCHIVIST, Scope(), NOTE)
    desk.rehearsals.of_tuning(ARCHIVIST, Scope(), NOTE)


def test_only_what_may_be_made_may_be_tried(archive):
    _, desk = archive
    with pytest.raises(BadRequest):
        desk.rehearsals.of_tuning(ARCHIVIST, Scope(), Tuning({"GD-1-14": CheckTuning("note")}))
    with pytest.raises(NotAllowed):
        desk.rehearsals.of_tuning(SYSTEM, Scope(), NOTE)


def test_a_filed_zip_is_packed_again_without_being_held_in_memory(tmp_path):
    with an_archive(tmp_path / "home") as (site, _):
        document = official(70_000, 1, AGENCIES[0], sizes=(20 << 20,), annexes=1)
        sample = packed(document, Form.EEP_ZIP, metadata(document, Form.EEP_ZIP))
        submission = deliver(site, sample).submission
        past = PastDeliveries(site.database, site.staging, site.records, site.clock.new_id)
        tracemalloc.start()
        try:
            with past.opened(submission) as staged:
                peak = tracemalloc.get_traced_memory()[1]
                again = site.examine(
                    staged, None, Channel.OFFLINE, sample.registration, filing=False
                )
        finally:
            tracemalloc.stop()
        assert staged.body.size_bytes > 20 << 20
        assert peak < 16 << 20
        assert again.package.form is Form.EEP_ZIP
        assert again.accepted
