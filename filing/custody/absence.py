"""What is not where it belongs may be on its way: only after a real pause is it gone.

A folder being moved, a mount that comes back: looks a moment apart all say "no such file".
So what a record lacks is looked at once more after a pause, and is damage if it is still
not there. Reads nothing itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from filing.custody.ports import StillOurs
from filing.custody.settling import settle
from filing.errors import ChangedMeanwhile
from filing.evidence.members import moment_text
from filing.model.custody import Answer, Fault, Finding, FindingState, Look

#: Between the two looks; a step of an audit that met something new missing takes so much longer.
PAUSE_SECONDS = 60
#: A file, an object, or a file that stands under another name instead.
_ABSENT = frozenset({"CX-2-2", "CX-2-8", "CX-2-9"})
#: States in which a pause was made before.
_TOLD = frozenset({FindingState.CONFIRMED, FindingState.ACCEPTED})


def is_absent(one: Fault) -> bool:
    """Whether it says that something is not there."""
    return one.answer is Answer.DAMAGED and one.code in _ABSENT


def sift(
    looks: Sequence[Look], findings: Callable[[str], Sequence[Finding]]
) -> tuple[list[Look], list[int]]:
    """The looks, what is known to be gone in the words of its finding; and which are not known.

    findings   of a record, whatever their state
    """
    sifted, fresh = list(looks), []
    for n, one in enumerate(looks):
        if any(is_absent(each) for each in one.faults):
            told = _told(one, findings(one.record_id))
            if told is None:
                fresh.append(n)
            else:
                sifted[n] = told
    return sifted, fresh


def pause(wait: Callable[[float], None], still_ours: StillOurs) -> None:
    """Wait between the two looks. Raises ChangedMeanwhile when the work is no longer ours."""
    for _ in range(PAUSE_SECONDS):
        if not still_ours():
            raise ChangedMeanwhile("the audit was given up in a pause", "该检查已由他人接手")
        wait(1.0)


def after_pause(first: Look, second: Look, at: tuple[datetime, datetime]) -> Look:
    """Two looks settled into one: what came back meanwhile is no fault, what did not is gone.

    at   when each of the two was begun
    """
    still = {_key(one) for one in second.faults}
    left = tuple(one for one in first.faults if not is_absent(one) or _key(one) in still)
    settled = settle(replace(first, faults=left), second)
    said = "missing at {} and still at {}".format(*(moment_text(one) for one in at))
    faults = (
        replace(one, found=f"{one.found}; {said}".removeprefix("; ")) if is_absent(one) else one
        for one in settled.faults
    )
    return replace(settled, faults=tuple(faults))


def _told(look: Look, findings: Sequence[Finding]) -> Look | None:
    """A look in the words of what was found before; None if anything missing is new."""
    told = {(one.fault.code, one.fault.place): one.fault for one in findings if one.state in _TOLD}
    faults = [told.get((one.code, one.place)) if is_absent(one) else one for one in look.faults]
    known = tuple(one for one in faults if one is not None)
    return replace(look, faults=known) if len(known) == len(look.faults) else None


def _key(fault: Fault) -> tuple[str, str, str]:
    return fault.code, fault.place, fault.found
