"""What became of a member an act has under way: decided where its submission moves.

The outcome and the act's progress are written by the transaction that accepts or
rejects the submission, so that whatever is cut off, none is lost or counted twice.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from filing.adapters.db import desk_rows as rows

UNDER_WAY = "under-way"
_MEMBER = rows.act_member.c
_UNDER_WAY = (
    select(_MEMBER.act_id, _MEMBER.place, _MEMBER.submission_id, rows.act.c.person_id)
    .join(rows.act, rows.act.c.id == _MEMBER.act_id)
    .where(
        _MEMBER.outcome == UNDER_WAY,
        _MEMBER.submission_id.in_(bindparam("ids", expanding=True)),
    )
)

_SETTLED = (
    update(rows.act_member)
    .where(
        _MEMBER.act_id == bindparam("act"),
        _MEMBER.place.in_(bindparam("places", expanding=True)),
        _MEMBER.outcome == UNDER_WAY,
    )
    .values(outcome=bindparam("as"), why=bindparam("because"))
)


def decide(connection: Connection, moved: Sequence[tuple[str, str, str]]) -> None:
    """Note what became of members under way.

    moved   (submission id, its state at the desk now, who moved it)
    """
    if not moved:
        return
    steps = {one: (state, who) for one, state, who in moved}
    alike: dict[tuple[str, str, str], list[int]] = {}
    for row in connection.execute(_UNDER_WAY, {"ids": list(steps)}).all():
        state, who = steps[row.submission_id]
        if state in ("accepted", "rejected") and who == f"person:{row.person_id}":
            given = row.act_id, state, ""
        else:  # somebody was faster, or it was sent back or taken back
            given = row.act_id, "skipped", "changed-meanwhile"
        alike.setdefault(given, []).append(row.place)
    for (act_id, outcome, why), places in alike.items():
        settle(connection, act_id, places, outcome, why)


def settle(
    connection: Connection, act_id: str, places: Sequence[int], outcome: str, why: str
) -> None:
    """Give members under way their outcome and count them; those that have one keep it."""
    done = connection.execute(
        _SETTLED,
        {"act": act_id, "places": list(places), "as": outcome, "because": why},
    )
    if done.rowcount:
        count(connection, act_id, Counter({outcome: done.rowcount}))


def count(connection: Connection, act_id: str, outcomes: Counter[str]) -> None:
    """Add to what became of an act's members."""
    act = rows.act
    added = {name: act.c[name] + number for name, number in outcomes.items()}
    connection.execute(update(act).where(act.c.id == act_id).values(**added))
