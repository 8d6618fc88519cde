"""What the desk knows of each reject, written with what it describes.

Every transaction that moves a submission says so here (``follow``): a rejected one
is entered, one rejected again is described anew, one that leaves takes its causes
with it. A delivery accepted at once costs nothing.

Numbers are kept by filing.adapters.db.desk_tally; nothing here is asked for a list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    Table,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from filing.adapters.db import desk_rows as rows
from filing.adapters.db import desk_work
from filing.adapters.db.desk_tally import Tally
from filing.desk.causes import causes_of
from filing.desk.words import normalised, words_of
from filing.model.desk import Rejection
from filing.model.submission import State, Submission

#: Submissions that arrive in one microsecond have places beside each other.
PLACES_IN_A_MICROSECOND = 1024
#: What a column of 64 bits holds.
_MOST_PLACE = (1 << 63) - 1
#: One statement, however many words: a round trip for each would cost more than the rest.
_MANY_WORDS = text(
    "INSERT INTO desk_word (word, place) SELECT * FROM "
    "unnest(CAST(:words AS integer[]), CAST(:places AS bigint[]))"
)
#: The same where there are no round trips; as the driver takes it, for they are many.
_ONE_WORD = "INSERT INTO desk_word (word, place) VALUES (?, ?)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Rejection("", "", "", ())
#: States in which a submission is with the desk, or on its way through it.
_AT_THE_DESK = frozenset({State.REJECTED, State.CORRECTED, State.EXAMINED})
_GONE = {State.RETURNED: "returned", State.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True)
class Move:
    """One submission's step: see filing.ports.Claim. ``who`` took it, as events name people."""

    before: Submission | None
    after: Submission
    rejection: Rejection | None = None
    who: str = ""


def state_of(state: State) -> str:
    """How the desk calls a state (filing.adapters.db.desk_rows)."""
    return "rejected" if state in _AT_THE_DESK else _GONE.get(state, "accepted")


def place_of(moment: datetime) -> int:
    """The first place of a moment; those of a day lie between the places of two midnights."""
    place = (moment - _EPOCH) // timedelta(microseconds=1) * PLACES_IN_A_MICROSECOND
    return max(-_MOST_PLACE, min(place, _MOST_PLACE))  # of years no delivery came or comes in


_BY_SUBMISSION = select(rows.entry).where(rows.entry.c.submission_id == bindparam("id"))
_MEMBERS = select(rows.member).where(rows.member.c.place == bindparam("at"))
_CODES = select(rows.code.c.code).where(rows.code.c.place == bindparam("at"))
_NOT_MEMBER = delete(rows.member).where(rows.member.c.place == bindparam("at"))
_NOT_CODE = delete(rows.code).where(rows.code.c.place == bindparam("at"))
_LAST = (
    select(rows.entry.c.place)
    .where(rows.entry.c.place.between(bindparam("first"), bindparam("last")))
    .order_by(rows.entry.c.place.desc())
    .limit(1)
)
_NOT_WORD = delete(rows.word).where(
    rows.word.c.word == bindparam("one"), rows.word.c.place == bindparam("at")
)


def follow(connection: Connection, moves: Iterable[Move]) -> None:
    """Bring the desk up to date with submissions saved by this transaction."""
    fresh: list[Move] = []
    moved: list[Move] = []
    for one in moves:
        if one.before is not None and one.before.state in _AT_THE_DESK:
            moved.append(one)
        elif one.after.state is State.REJECTED:
            fresh.append(one)
    if not fresh and not moved:
        return
    desk_work.decide(
        connection, [(one.after.id, state_of(one.after.state), one.who) for one in moved]
    )
    tally = Tally()
    for one in moved:
        known = connection.execute(_BY_SUBMISSION, {"id": one.after.id}).first()
        if known is not None:
            _move(connection, known, one, tally)
        elif state_of(one.after.state) == "rejected":
            fresh.append(one)
    enter(connection, fresh, tally)
    tally.write(connection)


def enter(connection: Connection, moves: Sequence[Move], tally: Tally) -> None:
    """Enter submissions the desk has not heard of; the caller writes the tally."""
    if not moves:
        return
    entries = _placed(connection, [_entry(one) for one in moves])
    sides = _Sides()
    for move, entry in zip(moves, entries, strict=True):
        tally.count(move.after.agency_id, "state", "rejected", 1)
        sides.describe(entry["place"], move.after, move.rejection or _NOTHING, tally)
    sides.write(connection)


def describe(
    connection: Connection, known: Row[Any], submission: Submission, rejection: Rejection,
    tally: Tally,
) -> None:  # fmt: skip
    """Say anew what is wrong with a reject; ``known`` is its entry."""
    _forget_causes(connection, known, tally)
    _forget_words(connection, known)
    connection.execute(
        update(rows.entry).where(rows.entry.c.place == known.place).values(**_texts(rejection))
    )
    sides = _Sides()
    sides.describe(known.place, submission, rejection, tally)
    sides.write(connection)
    _now_read(connection, known)


def entry_of(connection: Connection, submission_id: str) -> Row[Any] | None:
    """The entry of a submission. Any: rows of Core carry no types."""
    return connection.execute(_BY_SUBMISSION, {"id": submission_id}).first()


def _move(connection: Connection, known: Row[Any], move: Move, tally: Tally) -> None:
    state = state_of(move.after.state)
    if state == known.state:
        if move.rejection is not None:
            describe(connection, known, move.after, move.rejection, tally)
        return
    tally.count(known.agency_id, "state", known.state, -1)
    tally.count(known.agency_id, "state", state, 1)
    _keep_state(connection, rows.entry, known.place, state)
    if state == "accepted":  # nothing is wrong with it any more
        _forget_causes(connection, known, tally)
    else:
        _uncount(connection, known, tally)
        _keep_state(connection, rows.code, known.place, state)
        _keep_state(connection, rows.member, known.place, state)
    _now_read(connection, known)


def _keep_state(connection: Connection, table: Table, place: int, state: str) -> None:
    connection.execute(update(table).where(table.c.place == place).values(state=state))


def _forget_causes(connection: Connection, known: Row[Any], tally: Tally) -> None:
    _uncount(connection, known, tally)
    connection.execute(_NOT_MEMBER, {"at": known.place})
    connection.execute(_NOT_CODE, {"at": known.place})


def _uncount(connection: Connection, known: Row[Any], tally: Tally) -> None:
    """Take a reject out of the numbers of its causes and codes."""
    if known.state != "rejected":
        return
    for row in connection.execute(_MEMBERS, {"at": known.place}):
        tally.leave(row.cause_id, row.value)
    for code in connection.execute(_CODES, {"at": known.place}).scalars():
        tally.count(known.agency_id, "code", code, -1)


def _forget_words(connection: Connection, known: Row[Any]) -> None:
    given = [{"one": word, "at": known.place} for word in words_of(known.words)]
    if given:
        connection.execute(_NOT_WORD, given)


def _now_read(connection: Connection, known: Row[Any]) -> None:
    """An entry without codes may still have waited for its report."""
    if not known.codes:
        waits = rows.unread.c.submission_id == known.submission_id
        connection.execute(delete(rows.unread).where(waits))


def _entry(move: Move) -> dict[str, Any]:  # Any: values of every column type
    one = move.after
    return _texts(move.rejection or _NOTHING) | {
        "place": place_of(one.received_at),
        "submission_id": one.id,
        "agency_id": one.agency_id,
        "state": "rejected",
        "received_at": one.received_at,
        "assignee": "",
        "due": None,
    }


def _texts(rejection: Rejection) -> dict[str, Any]:  # Any: as above
    texts = rejection.title, rejection.archival_code, rejection.electronic_code
    return {
        "title": rejection.title,
        "archival_code": rejection.archival_code,
        "electronic_code": rejection.electronic_code,
        "words": normalised("\n".join(texts)),
        "codes": " ".join(dict.fromkeys(one.code for one in rejection.faults)),
    }


def _placed(connection: Connection, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Insert entries, each at a place of its own."""
    taken: set[int] = set()
    for one in entries:
        while one["place"] in taken:
            one["place"] += 1
        taken.add(one["place"])
    statement = _unless_taken(connection.dialect.name)
    done = set(connection.execute(statement, entries).scalars())
    for one in entries:
        if one["place"] not in done:
            first = one["place"] - one["place"] % PLACES_IN_A_MICROSECOND
            last = first + PLACES_IN_A_MICROSECOND - 1
            found = connection.execute(_LAST, {"first": first, "last": last}).scalar_one()
            one["place"] = found + 1
            connection.execute(insert(rows.entry), one)
    return entries


@cache
def _unless_taken(dialect: str) -> Executable:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(rows.entry).on_conflict_do_nothing(index_elements=[rows.entry.c.place])
    return statement.returning(rows.entry.c.place)


class _Sides:
    """What goes into the tables beside the entries, written at once."""

    def __init__(self) -> None:
        self._codes: list[dict[str, Any]] = []  # Any: as above
        self._members: list[dict[str, Any]] = []
        self._words: list[tuple[int, int]] = []

    def describe(
        self, place: int, submission: Submission, rejection: Rejection, tally: Tally
    ) -> None:
        """Take in what is wrong with one reject."""
        agency = submission.agency_id
        for code in dict.fromkeys(one.code for one in rejection.faults):
            tally.count(agency, "code", code, 1)
            self._codes.append(
                {"place": place, "code": code, "agency_id": agency, "state": "rejected"}
            )
        for key, fault in causes_of(agency, rejection.faults).items():
            cause_id = key.id
            value = tally.enter(key, cause_id, fault, submission.received_at)
            self._members.append(
                {"place": place, "cause_id": cause_id, "state": "rejected", "value": value}
            )
        self._words += [(word, place) for word in words_of(_texts(rejection)["words"])]

    def write(self, connection: Connection) -> None:
        """Insert everything taken in."""
        if self._codes:
            connection.execute(insert(rows.code), self._codes)
        if self._members:
            connection.execute(insert(rows.member), self._members)
        if self._words and connection.dialect.name == "postgresql":
            words, places = zip(*self._words, strict=True)
            connection.execute(_MANY_WORDS, {"words": list(words), "places": list(places)})
        elif self._words:
            connection.exec_driver_sql(_ONE_WORD, self._words)
