"""The desk: does a page of the queue cost the same with a thousand rejects and a million?

Two databases of each kind, filled by the functions that enter rejects, and asked in
turn for the same pages, so that whatever else the machine does, both feel it.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import bindparam, event, select, text, update

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
from filing.model.identifiers import new_id
from filing.model.submission import State, Submission

FEW, MANY = 1_000, 1_000_000
PAGE = 50
_BATCH = 5_000
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_AGENCIES = 5
_PEOPLE = tuple(f"person-{number}" for number in range(4))
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
    """A database with so many rejects, and something rare that is in it."""

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
    year, serial = 2020 + number % 6, number % 10_000
    faults = [
        replace(one, found=found)
        for one, found, share in zip(
            _FAULTS, (f"{chance.randrange(99)}年", f"2024/{1 + number % 12}/3", ""), (60, 30, 20),
            strict=True,
        )
        if chance.randrange(100) < share
    ] or [_FAULTS[2]]  # fmt: skip
    codes = f"Z109-WS·{year}-Y-BGS-{serial:04}", f"42-Z109-{year}-WS-{number:07}"
    return Move(None, after, Rejection(title, *codes, tuple(faults)))


def fill(database: Database, number: int) -> Filled:
    """Migrate and fill."""
    migrate(database)
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
    with database.writing() as connection:
        connection.execute(text("ANALYZE"))
    desk = SqlDesk(database)
    middle = desk.page(Asked(end=_FIRST + timedelta(days=350)), "", PAGE).next
    return Filled(desk, SqlCauses(database), cause_of("agency-00", replace(
        _FAULTS[0], found="30年")).id, middle)  # fmt: skip


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
    day = _FIRST + timedelta(days=300)
    own = replace(base, agency_id="agency-01")
    asked = {
        "all rejected": base,
        "agency": own,
        "code": replace(base, code="GD-1-3"),
        "cause": replace(base, cause_id=given.cause_id),
        "assignee": replace(base, assignee=_PEOPLE[0]),
        "unassigned": replace(base, assignee="-"),
        "days": replace(base, first=day, end=day + timedelta(days=30)),
        "due": replace(base, due=date(2026, 2, 1)),
        "text, 2 characters": replace(base, text="通知"),
        "text, 4 characters": replace(base, text="水库除险"),
        "text, 档号": replace(base, text="Z109-WS·2021-Y-BGS-0001"),
        "agency + code": replace(own, code="GD-1-3"),
        "agency + assignee": replace(own, assignee=_PEOPLE[0]),
        "agency + due": replace(own, due=date(2026, 2, 1)),
        "agency + text": replace(own, text="通知"),
        "agency + days": replace(own, first=day, end=day + timedelta(days=30)),
        "code + assignee": replace(base, code="GD-1-3", assignee=_PEOPLE[0]),
        "code + text": replace(base, code="GD-1-3", text="通知"),
        "cause + unassigned": replace(base, cause_id=given.cause_id, assignee="-"),
        "assignee + due": replace(base, assignee=_PEOPLE[0], due=date(2026, 2, 1)),
        "withdrawn (none)": Asked(states=(State.WITHDRAWN,)),
    }
    for name, one in asked.items():
        yield name, lambda one=one: given.desk.page(one, "", PAGE)
    yield "in the middle", lambda: given.desk.page(base, given.middle, PAGE)
    yield "numbers", lambda: given.desk.counts("")
    yield "causes", lambda: given.causes.causes("", "", PAGE)
    yield "values of a cause", lambda: given.causes.values(given.cause_id, PAGE)


def compare(name: str, few: Filled, many: Filled, rounds: int) -> None:
    """Ask both in turn and print what it took; the worst ratio of full pages last."""
    ratios = []
    for (label, small), (_, large) in zip(questions(few), questions(many), strict=True):
        shown = [_length(small()), _length(large())]
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for kept, ask in zip(times, (small, large), strict=True):
                start = time.perf_counter()
                ask()
                kept.append(time.perf_counter() - start)
        # The shortest: what else the machine does only ever makes it longer.
        one, other = (min(kept) * 1000 for kept in times)
        if shown[0] == shown[1]:
            ratios.append((other / one, label))
        print(
            f"{name:>10} {label:>20} {one:8.2f} {other:8.2f} {other / one:6.2f} "
            f"{shown[0]:5} {shown[1]:5}",
            flush=True,
        )
    print(f"{name:>10} {'worst':>20} {max(ratios)[0]:24.2f} ({max(ratios)[1]})\n", flush=True)


def _length(answer: object) -> int:
    """How much is shown: a page that is not full costs less for that alone."""
    shown = getattr(answer, "entries", answer)
    return len(shown) if isinstance(shown, tuple | dict) else 1


def pages(urls: dict[str, tuple[str, str]], many: int, rounds: int) -> None:
    """Fill two databases of each kind and compare."""
    print(
        f"{'database':>10} {'asked':>20} {f'{FEW} ms':>8} {f'{many} ms':>8} {'ratio':>6} "
        f"{'shown':>5} {'shown':>5}"
    )
    for name, (small, large) in urls.items():
        with ExitStack() as stack:
            both = []
            for url, number in ((small, FEW), (large, many)):
                database = Database(url)
                stack.callback(database.close)
                if database.is_sqlite:
                    event.listen(database.engine, "connect", _hasty)
                start = time.perf_counter()
                both.append(fill(database, number))
                took = time.perf_counter() - start
                print(f"{name:>10} {number} rejects entered in {took:.0f} s", flush=True)
            compare(name, *both, rounds)


def _hasty(connection: object, _entry: object) -> None:
    # Only how fast it is filled: what is asked later is answered from the file as always.
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]  # sqlite3's
    connection.execute("PRAGMA cache_size=-400000")  # type: ignore[attr-defined]
