"""What the demo files: lawful packages, faults, and rejects for the desk to put right.

Sends nothing; see filing.cli.demo.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.sample import Sample

_ROOT = Path(__file__).resolve().parents[2]
_GOOD = 60
#: Number of the first lawful sample. Those ``python -m examples`` writes are below, those the
#: guide for agencies makes are six digits long, so that each can still be sent to a demo.
_FIRST = 1000


def samples() -> Iterator["Sample"]:
    """Lawful ones, one of each fault a server can show, then many rejects of three causes."""
    from examples.bad import bad
    from examples.documents import AGENCIES
    from examples.good import good
    from examples.rejects import rejects
    from filing.model.package import Form

    corpus = Path(os.environ.get("FILING_CORPUS", str(_ROOT.parent / "shared" / "corpus")))
    real = corpus if corpus.is_dir() else None
    forms = tuple(Form)
    per = _GOOD // (len(forms) * len(AGENCIES))
    for agency in AGENCIES:
        for number, form in enumerate(forms):
            start = _FIRST + number * per
            yield from good(per, form=form, agency=agency, start=start, corpus=real)
    senders = {one.id for one in AGENCIES}
    for one in bad():
        # Left out: what needs another agency, a scanner, or more than one delivery.
        if one.agency_id in senders and not one.before and one.code != "GD-4-2" and one.wire():
            yield one
    # Last, so that they stand first at the desk.
    yield from rejects()
