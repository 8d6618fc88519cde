"""What an audit has found so far, added up, and the digest its result is known by.

Values only. The digest takes every answer in the order it was given.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from filing.model.custody import Answer, Audit, Fault, Look


def counted(audit: Audit, looks: Sequence[Look]) -> Audit:
    """The audit with these looks."""
    answers = [one.answer for one in looks]
    chain = audit.chain
    for one in looks:
        chain = hashlib.sha256(chain + _line(one)).digest()
    return replace(
        audit,
        looked=audit.looked + len(looks),
        intact=audit.intact + answers.count(Answer.INTACT),
        damaged=audit.damaged + answers.count(Answer.DAMAGED),
        unknown=audit.unknown + answers.count(Answer.UNKNOWN),
        opened=audit.opened + sum(bool(one.opened) and not one.faults for one in looks),
        files=audit.files + sum(one.files for one in looks),
        size_bytes=audit.size_bytes + sum(one.size_bytes for one in looks),
        chain=chain,
    )


def _line(look: Look) -> bytes:
    """What the chain takes of a look: record, answer, and each fault's code and place."""
    faults = "".join(f" {one.code} {one.place}" for one in look.faults)
    return f"{look.record_id} {look.answer}{faults}\n".encode()


def with_wholes(audit: Audit, faults: Mapping[str, Sequence[Fault]]) -> Audit:
    """The audit with what was found in log, database and store as wholes, by subject."""
    chain, answers = audit.chain, []
    for subject, some in sorted(faults.items()):
        for one in some:
            line = f"{subject} {one.answer} {one.code} {one.place}\n"
            chain = hashlib.sha256(chain + line.encode()).digest()
            answers.append(one.answer)
    # What was hurt when the audit began and was put right since counts all the same.
    damaged = max(audit.faults, answers.count(Answer.DAMAGED))
    return replace(audit, chain=chain, faults=damaged, doubts=answers.count(Answer.UNKNOWN))
