"""The desk: does a page of the queue cost the same with a thousand rejects and a million?

Two databases of each kind, with the rows that the functions which enter rejects write,
asked in turn for the same pages, so that whatever else the machine does, both feel it.
What is asked is chosen so that both show as many rows; where they do not, it is said.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, event, select, update

from benchmarks.copying import copy, settle
from examples.documents import AGENCIES
from filing.adapters.db import desk_rows as rows
from filing.adapters.db import submissions
from filing.adapters.db.desk import SqlDesk
from filing.adapters.db.desk_causes import SqlCauses
from filing.adapters.db.desk_index import Move, enter
from filing.adapters.db.desk_tally import Tally
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.register import SqlRegister
from filing.desk.causes import cause_of
from filing.desk.ports import Asked
from filing.model.desk import Fault, Rejection
from filing.model.events import Event, Kind
from filing.model.identifiers import new_id
from filing.model.submission import State, Submission

FEW = 1_000
PAGE = 50
#: Further apart than this, both are asked again, so often at most.
_ALIKE, _TURNS = 1.15, 10
#: One of so many is given to somebody in one go, as a clerk gives a cause out.
_GIVEN_AT_ONCE = 50
_BATCH = 5_000
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_AGENCIES = 5
_PEOPLE = tuple(f"person-{number}" for number in range(3))
_OPENINGS = ("关于印发", "关于批复", "关于转发", "关于开展", "关于报送", "关于召开", "关于同意")
_MATTERS = (
    "水库除险加固", "河道采砂", "农村饮水安全", "防汛值班", "取水许可", "水土保持", "移民安置",
    "灌区改造", "堤防管护", "抗旱应急", "水价改革", "工程验收", "质量监督", "河长制考核",
    "资金使用", "人员调动", "用地预审", "环境影响", "档案移交", "信息系统", "安全生产",
    "节水型社会",
)  # fmt: skip
_KINDS = ("管理办法的通知", "工作方案的函", "请示的批复", "会议纪要", "情况的报告", "意见")
_FAULTS = (
    Fault("GD-1-4", "not-in-list", "档号/保管期限", "eep.xml", "/a/档号/保管期限", 9, "永久", ""),
    Fault("GD-1-3", "wrong-type", "内容描述/日期", "eep.xml", "/a/内容描述/日期", 12, "日期", ""),
    Fault("GD-2-3", "missing-element", "内容描述/责任者", "eep.xml", "/a/内容描述", 11, "", ""),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with so many rejects, a cause of it, and where its middle page begins."""

    database: Database
    desk: SqlDesk
    causes: SqlCauses
    cause_id: str
    middle: str


def reject(number: int, chance: random.Random, step: timedelta) -> Move:
    """A reject as agencies make them: few ways of being wrong, each typed in many ways."""
    agency = f"agency-{min(chance.randrange(_AGENCIES), chance.randrange(_AGENCIES)):02}"
    at = _FIRST + number * step
    after = Submission(
        id=new_id(int(at.timestamp() * 1000), number.to_bytes(10, "big")),
        agency_id=agency,
        delivery_key=f"key:{number}",
        package_digest=f"sha256:{number:064x}",
        form="eep",
        size_bytes=200_000,
        received_at=at,
        state=State.REJECTED,
        version=0,
    )
    matters = "、".join(chance.sample(_MATTERS, 2))
    title = f"{chance.choice(_OPENINGS)}{matters}{chance.choice(_KINDS)}"
    year = 2020 + number % 6
    faults = [
        replace(one, found=found)
        for one, found, share in zip(
            _FAULTS, (f"{chance.randrange(99)}年", f"2024/{1 + number % 12}/3", ""), (60, 30, 20),
            strict=True,
        )
        if chance.randrange(100) < share
    ] or [_FAULTS[2]]  # fmt: skip
    codes = f"Z109-WS·{year}-Y-BGS-{number:04}", f"42-Z109-{year}-WS-{number:07}"
    return Move(None, after, Rejection(title, *codes, tuple(faults)))


def fill(database: Database, number: int) -> None:
    """Enter so many rejects, and give half of them to somebody."""
    register = SqlRegister(database, lambda: _FIRST)
    for one in range(_AGENCIES):
        agency = f"agency-{one:02}"
        register.add(replace(AGENCIES[0], id=agency, name=agency))
    chance, step = random.Random(7), timedelta(days=700) / number
    for start in range(0, number, _BATCH):
        moves = [reject(n, chance, step) for n in range(start, min(start + _BATCH, number))]
        with database.writing() as connection:
            submissions.open_new(connection, [one.after for one in moves])
            tally = Tally()
            enter(connection, moves, tally)
            tally.write(connection)
    _assign(database)
    settle(database)


def filled(database: Database) -> Filled:
    """What is asked of a database that is full."""
    desk = SqlDesk(database)
    middle = desk.page(Asked(end=_FIRST + timedelta(days=350)), "", PAGE).next
    cause = cause_of("agency-00", replace(_FAULTS[0], found="30年"))
    return Filled(database, desk, SqlCauses(database), cause.id, middle)


def _assign(database: Database) -> None:
    """Half to somebody, half of those with a due date."""
    chance, day, entry = random.Random(8), date(2026, 1, 1), rows.entry
    noted = (
        update(entry)
        .where(entry.c.place == bindparam("at"))
        .values(assignee=bindparam("to"), due=bindparam("by"))
    )
    with database.reading() as connection:
        places = connection.execute(select(entry.c.place)).scalars().all()
    for start in range(0, len(places), _BATCH):
        given = [
            {
                "at": one,
                "to": chance.choice(_PEOPLE),
                "by": day + timedelta(days=chance.randrange(120)) if chance.randrange(2) else None,
            }
            for one in places[start : start + _BATCH]
            if chance.randrange(2)
        ]
        with database.writing() as connection:
            connection.execute(noted, given)


def questions(given: Filled) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is asked of the queue, by name."""
    stands = (State.REJECTED,)
    base = Asked(states=stands)
    first, end = _FIRST + timedelta(days=200), _FIRST + timedelta(days=600)
    own = replace(base, agency_id="agency-00")
    code, cause = replace(base, code="GD-1-4"), replace(base, cause_id=given.cause_id)
    mine, nobodys = {"assignee": _PEOPLE[0]}, {"assignee": "-"}
    soon = {"due": date(2026, 4, 1)}
    asked = {
        "all rejected": base,
        "agency": own,
        "code": replace(base, code="GD-1-3"),
        "cause": cause,
        "assignee": replace(base, **mine),
        "unassigned": replace(base, **nobodys),
        "days": replace(base, first=first, end=end),
        "due": replace(base, **soon),
        "text, 2 characters": replace(base, text="通知"),
        "text, 4 characters": replace(base, text="水库除险"),
        "text, one 档号": replace(base, text="Z109-WS·2021-Y-BGS-0001"),
        "agency + code": replace(own, code="GD-1-4"),
        "agency + assignee": replace(own, **mine),
        "agency + unassigned": replace(own, **nobodys),
        "agency + due": replace(own, **soon),
        "agency + text": replace(own, text="通知"),
        "agency + days": replace(own, first=first, end=end),
        "code + assignee": replace(code, **mine),
        "code + unassigned": replace(code, **nobodys),
        "code + text": replace(code, text="通知"),
        "cause + unassigned": replace(cause, **nobodys),
        "cause + days": replace(cause, first=first, end=end),
        "assignee + due": replace(base, due=date(2026, 5, 1), **mine),
        "withdrawn (none)": Asked(states=(State.WITHDRAWN,)),
    }
    for name, one in asked.items():
        yield name, lambda one=one: given.desk.page(one, "", PAGE)
    yield "in the middle", lambda: given.desk.page(base, given.middle, PAGE)
    yield "numbers", lambda: given.desk.counts("")
    yield "causes", lambda: given.causes.causes("", "", PAGE)
    yield "values of a cause", lambda: given.causes.values(given.cause_id, PAGE)


def compare(name: str, few: Filled, many: Filled, rounds: int, only: str = "") -> list[float]:
    """Ask both in turn and print what it took; the ratios."""
    ratios = []
    for (label, small), (_, large) in zip(questions(few), questions(many), strict=True):
        if only not in ("", label):
            continue
        shown = [_length(small()), _length(large())]
        # The shortest: what else the machine does only ever makes it longer. Where either
        # was disturbed, both are asked again.
        best = [float("inf"), float("inf")]
        for _ in range(_TURNS):
            for _ in range(rounds):
                for at, ask in enumerate((small, large)):
                    start = time.perf_counter()
                    ask()
                    best[at] = min(best[at], time.perf_counter() - start)
            if 1 / _ALIKE < best[1] / best[0] < _ALIKE:
                break
        one, other = (shortest * 1000 for shortest in best)
        ratios.append(other / one)
        print(
            f"{name:>10} {label:>20} {one:8.2f} {other:8.2f} {ratios[-1]:6.2f} "
            f"{shown[0]:5} {shown[1]:5}{'' if shown[0] == shown[1] else '  not the same'}",
            flush=True,
        )
    return ratios


def _give_out(given: Filled) -> int:
    """The newest of nobody's, to somebody, as a clerk does it; how many."""
    asked = Asked(states=(State.REJECTED,), assignee="-")
    left = given.desk.counts("").by_state[State.REJECTED] // _GIVEN_AT_ONCE
    told = Event("", "", Kind.ASSIGNED, _FIRST, "person:clerk", {})
    done = 0
    while done < left:
        some = [one.submission_id for one in given.desk.page(asked, "", 200).entries]
        done += given.desk.assign(some[: left - done], "", _PEOPLE[0], None, told)
    return done


def _length(answer: object) -> int:
    """How much is shown: a page that is not full costs less for that alone."""
    shown = getattr(answer, "entries", answer)
    return len(shown) if isinstance(shown, tuple | dict) else 1


def pages(urls: Sequence[tuple[str, str, str]], folder: Path, many: int, rounds: int) -> None:
    """Fill two databases of each kind and compare.

    urls   name, and a URL for either; "" is SQLite in the folder
    """
    numbers = (FEW, many)
    files = [f"sqlite+pysqlite:///{folder}/{number}-rejects.db" for number in numbers]
    for url, number in zip(files, numbers, strict=True):
        with closing(Database(url)) as database:
            event.listen(database.engine, "connect", _hasty)
            start = time.perf_counter()
            migrate(database)
            fill(database, number)
            print(f"{number} rejects entered in {time.perf_counter() - start:.0f} s", flush=True)
    # PostgreSQL first: what comes of comparing must not be copied.
    for name, *targets in sorted(urls, key=lambda one: one[1] == ""):
        with ExitStack() as stack:
            both = []
            for url, file in zip(targets, files, strict=True):
                database = stack.enter_context(closing(Database(url or file)))
                if url:
                    start = time.perf_counter()
                    migrate(database)
                    with closing(Database(file)) as source:
                        copy(source, database)
                    print(f"copied to {name} in {time.perf_counter() - start:.0f} s", flush=True)
                both.append(filled(database))
            print(
                f"{'database':>10} {'asked':>20} {f'{FEW} ms':>8} {f'{many} ms':>8} {'ratio':>6} "
                f"{'shown':>5} {'shown':>5}"
            )
            ratios = compare(name, *both, rounds)
            given = [_give_out(one) for one in both]
            print(f"{name:>10} {given[0]} and {given[1]} given to somebody, not vacuumed since")
            ratios += compare(name, *both, rounds, only="unassigned")
            print(f"{name:>10} {'worst of all':>20} {max(ratios):24.2f}\n", flush=True)


def _hasty(connection: object, _entry: object) -> None:
    # Only while it is filled; it is asked over connections of another engine.
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]  # sqlite3's
    connection.execute("PRAGMA cache_size=-400000")  # type: ignore[attr-defined]
