"""Two looks at one record settled into one: damage is what both saw.

What only one of them saw could not be told: memory, cable or cache may have lied, once.
"""

from dataclasses import replace

from filing.model.custody import Answer, Fault, Look


def settle(first: Look, second: Look) -> Look:
    """The look to be believed.

    A damage seen by both is damage, as the second saw it; one that only one of them saw is
    CX-4-5, could not tell. The record counts as read whole only if the second look did so.
    """
    if not second.faults and second.complete and not _damage(first):
        return second
    both = {_key(one) for one in _damage(first)} & {_key(one) for one in _damage(second)}
    settled = [one for one in second.faults if one.answer is Answer.UNKNOWN or _key(one) in both]
    doubted = {one.place for one in settled if one.answer is Answer.UNKNOWN}
    for one in (*_damage(first), *_damage(second)):
        if _key(one) not in both and one.place not in doubted:
            doubted.add(one.place)
            settled.append(Fault("CX-4-5", Answer.UNKNOWN, one.place, one.expected, one.found))
    return replace(second, faults=tuple(settled))


def _damage(look: Look) -> list[Fault]:
    return [one for one in look.faults if one.answer is Answer.DAMAGED]


def _key(fault: Fault) -> tuple[str, str, str]:
    # What is hurt on the medium is hurt the same way twice; what a disk makes up is not.
    return fault.code, fault.place, fault.found
