"""kill -9 at every step of handing a correction in: it stands rejected with its draft, or filed.

Nothing in between, no draft lost, no file of a draft left behind or taken away.
"""

import io
import multiprocessing
import os
import signal

import pytest

from examples.bad import bad
from examples.documents import AGENCIES
from filing.app import Site
from filing.app.correction import corrections
from filing.evidence.hashing import digest_bytes
from filing.model.correction import Change, ChangeKind, FileFact
from filing.model.package import Content
from filing.model.people import Person
from filing.model.roles import Role
from filing.model.submission import State
from tests.crash.audit import audit, tables_of
from tests.crash.drill import STEPS, Drill
from tests.crash.yard import a_yard

CLERK = Person("01890000-0000-7000-8000-000000000001", "clerk", "", frozenset({Role.ARCHIVE_CLERK}))
WRONG = {one.name: one for one in bad() if one.name in {"GD-3-4_pdf_cut_off", "GD-2-4_empty_title"}}


def hand_in(settings, submission_id, version):
    """In a process of its own, which dies where it is told."""
    os.setsid()
    site = Drill(settings)
    site.open()
    corrections(site).hand_in(CLERK, submission_id, version, "经确认")


def killed(settings, submission_id, version, step):
    (settings.home / "die-at").write_text(step)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=hand_in, args=(settings, submission_id, version))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert not (settings.home / "die-at").exists()


def opened(settings):
    site = Site(settings)
    site.open()
    return site


def send(site, one):
    with site.archive.incoming(one.media_type, None) as arriving:
        arriving.write(one.body)
        delivery = arriving.finish({})
        return site.archive.submit(AGENCIES[0], delivery, one.channel, one.registration, "", False)


def drafted(site, answer):
    """A draft that brings in a file: the annex that could not be opened, whole again."""
    own = corrections(site)
    submission_id = answer.submission.id
    package = own.examine(CLERK, submission_id).package
    annex, whole = package.components[-1], package.components[-2]
    with whole.content.open() as stream:
        body = stream.read()
    change = Change(
        ChangeKind.REPLACE_FILE, member=annex.content.member, new=FileFact(annex.file_name, 0, ())
    )
    draft = own.change_file(CLERK, submission_id, 0, change, io.BytesIO(body))
    assert own.examine(CLERK, submission_id).accepted
    return submission_id, draft


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_dies_it_is_rejected_with_its_draft_or_filed(database_url, tmp_path, step):
    settings = a_yard(tmp_path / "home", database_url).settings
    site = opened(settings)
    one = WRONG["GD-3-4_pdf_cut_off"]
    submission_id, draft = drafted(site, send(site, one))
    site.close()
    killed(settings, submission_id, draft.version, step)
    site = opened(settings)
    try:
        own = corrections(site)
        found = own.submission(CLERK, submission_id)
        if step in {"seal", "stage", "barrier"}:
            assert found.state is State.REJECTED
            assert own.draft(CLERK, submission_id) == draft
            assert own.examine(CLERK, submission_id).accepted
            done = own.hand_in(CLERK, submission_id, draft.version, "经确认")
            assert done.submission.state is State.RECEIPTED
        else:
            assert found.state is State.RECEIPTED
        assert own.draft(CLERK, submission_id).changes == ()
        assert send(site, one).body == site.ledger.receipt(submission_id)
        assert list(site.staging.kept()) == []
        assert audit(settings) == 1
        kinds = [each["kind"] for each in tables_of(settings.url)["event"]]
        assert kinds.count("submission-corrected") == kinds.count("receipt-issued") == 1
    finally:
        site.close()


def test_a_report_that_was_not_recorded_is_not_taken_for_the_one_that_stands(tmp_path):
    """Still refused: it dies between the new report on disk and its record."""
    settings = a_yard(tmp_path / "home", "").settings
    site = opened(settings)
    answer = send(site, WRONG["GD-2-4_empty_title"])
    own = corrections(site)
    (finding,) = own.examine(CLERK, answer.submission.id).refusing
    change = Change(ChangeKind.SET, finding.place.xpath, after=" ")
    draft = own.change(CLERK, answer.submission.id, 0, (change,))
    site.close()
    killed(settings, answer.submission.id, draft.version, "keep")
    site = opened(settings)
    try:
        own = corrections(site)
        assert list(site.staging.kept()) == [answer.submission.id]
        assert site.archive.report(AGENCIES[0], answer.submission.id) == answer.body
        done = own.hand_in(CLERK, answer.submission.id, draft.version, "经确认")
        assert done.submission.state is State.REJECTED
        assert own.draft(CLERK, answer.submission.id) == draft
        assert site.archive.report(AGENCIES[0], answer.submission.id) == done.body != answer.body
    finally:
        site.close()
    site = opened(settings)
    try:
        assert site.archive.report(AGENCIES[0], answer.submission.id) == done.body
    finally:
        site.close()


def test_files_of_drafts_nobody_knows_are_swept_and_the_others_stay(tmp_path):
    settings = a_yard(tmp_path / "home", "").settings
    site = opened(settings)
    submission_id, draft = drafted(site, send(site, WRONG["GD-3-4_pdf_cut_off"]))
    own = corrections(site)
    change = Change(ChangeKind.ADD_FILE, member="另一文件", new=FileFact("另一文件", 0, ()))
    with pytest.raises(Exception, match="no file"):
        own.change_file(CLERK, submission_id, draft.version, change, io.BytesIO(b"lost"))
    assert len(list(site.staging.kept())) == 2  # nothing is kept of what is refused
    # As it is left by a death between keeping and recording.
    lost = Content("另一文件", 4, digest_bytes(b"lost"), b"lost")
    site.staging.keep(f"{submission_id}-draft-{'0' * 32}", (lost,), {})
    site.close()
    site = opened(settings)
    try:
        digest = draft.changes[0].change.new.digests[0]
        assert sorted(site.staging.kept()) == sorted(
            [submission_id, f"{submission_id}-draft-{digest.hex[:32]}"]
        )
        assert corrections(site).examine(CLERK, submission_id).accepted
    finally:
        site.close()
