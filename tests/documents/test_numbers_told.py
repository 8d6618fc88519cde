"""Numbers the documents tell are the numbers of the code."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from filing.adapters import webhook
from filing.administration import in_force, replay
from filing.desk.remedy import MAX_PAIRS
from filing.ingest.draft import MAX_CHANGES
from filing.notices.carrying import BOTH_SIGN, Patience
from filing.people import attempts, passwords

DOCS = Path(__file__).parents[2] / "docs"
PATIENCE = Patience()
FIRST, SECOND, THIRD = (PATIENCE.pause(n).seconds for n in (1, 2, 3))
TOLD = {
    "notices.md": [
        f"after {FIRST} seconds, {SECOND}, {THIRD}, up to an hour",
        f"An attempt ends after {webhook._SECONDS:.0f} seconds",
    ],
    "runbooks/administration.md": [
        f"up to {replay.REJECTED} recent rejects and {replay.ACCEPTED} filed deliveries",
    ],
    "known-limits.md": [f"more than {MAX_CHANGES} changes to one delivery is refused"],
    "desk.md": [f"maps at most {MAX_PAIRS} different values"],
}


@pytest.mark.parametrize(("document", "words"), [(d, w) for d, all in TOLD.items() for w in all])
def test_a_number_told_is_the_number_kept(document, words):
    text = re.sub(r"\s+", " ", (DOCS / document).read_text(encoding="utf-8"))
    assert words in text


def test_what_is_told_in_words_is_kept():
    assert PATIENCE.longest == timedelta(hours=1)
    assert PATIENCE.halt_after == timedelta(weeks=1)  # notices.md: after a week without success
    assert timedelta(days=1) == BOTH_SIGN  # notices.md: for a day after the secret was renewed
    assert replay.SECONDS == 10  # administration.md: for ten seconds at most
    assert in_force.SECONDS == 2  # administration.md: within about two seconds
    assert attempts.ACCOUNT.longest_wait_seconds == 3600  # threat-model.md: grows to an hour
    assert passwords.SHORTEST >= 12  # threat-model.md: long passwords
