"""Archives in this process whose processes can be made to die, and records on their way."""

import os
from contextlib import contextmanager
from dataclasses import replace

from filing.app import Site
from filing.ingest.judged import Judged
from filing.model.agency import Channel
from filing.model.submission import Step, Submission, take
from tests.crash.yard import SENDER, a_yard


@contextmanager
def a_site(settings, after=lambda step: None):
    """An archive, opened."""
    site = Site(settings, after)
    try:
        site.open()
        yield site
    finally:
        site.close()


def settings_of(home):
    """Of a new archive with an agency."""
    return a_yard(home, "").settings


def die(site):
    """Let the process of ``site`` be dead for all others: its locks are gone."""
    for own in (site.staging._own, site.store._own):
        assert own.path
        os.close(own._lock)
        # So that closing it later gives back nothing twice.
        own._pid, own._lock = 0, -1


def judged(site, sample, before=None):
    """A sample as it comes out of the examination, accepted; its bytes are all in memory."""
    with site.archive.incoming(sample.media_type, None) as arriving:
        arriving.write(sample.body)
        staged = arriving.finish({})
        found = site.archive._examine(
            staged, SENDER, Channel.LOOPBACK, sample.registration, filing=True
        )
        opened = before or Submission(
            id=site.clock.new_id(),
            agency_id=SENDER.id,
            delivery_key=f"digest:{staged.digest.hex}",
            package_digest=str(staged.digest),
            form=found.package.form,
            size_bytes=staged.size_bytes,
            received_at=site.clock.now(),
        )
        accepted = take(take(opened, Step.EXAMINE), Step.ACCEPT)
        accepted = replace(accepted, record_id=site.clock.new_id())
        assert found.accepted
        return Judged(
            before,
            accepted,
            SENDER,
            found.package,
            found.report,
            found.undetermined,
            found.rules,
        )


def claimed(site, *samples):
    """Records sealed, staged, durable and claimed; as a crash after step 4 leaves them."""
    ready = [site.ceremony.prepare(judged(site, one)) for one in samples]
    site.records.barrier([one.staged for one in ready])
    saved = site.ledger.claim([site.ceremony._claim(one) for one in ready])
    assert len(saved) == len(ready)
    return ready
