"""A correction on its way, when somebody else is faster."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from filing.errors import OutsideUnavailable, WrongState
from filing.ingest.handing import Handing, Ready


def a_ready() -> Ready:
    return Ready(SimpleNamespace(), SimpleNamespace(), SimpleNamespace())


def gone(judged):
    raise FileNotFoundError("kept/1/content")


def test_what_was_kept_of_it_gone_is_looked_at_once_more_and_told_as_it_stands_now():
    looks = iter([a_ready()])

    def attempt():
        for one in looks:
            return one
        raise WrongState("it has its receipt")

    handing = Handing(attempt, gone, lambda ready: None, ExitStack())
    handing.file()
    with pytest.raises(WrongState, match="receipt"):
        handing.done()


def test_what_was_kept_of_it_gone_twice_is_no_receipt_and_no_crash():
    ended = []
    held = ExitStack()
    held.callback(ended.append, True)
    handing = Handing(a_ready, gone, lambda ready: ended.append("filed"), held)
    handing.file()
    with pytest.raises(OutsideUnavailable, match="again"):
        handing.done()
    assert ended == [True]
