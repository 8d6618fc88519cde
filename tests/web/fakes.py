"""A desk of a few invented deliveries, and who looks at it, for tests of pages alone.

Every rule the real desk answers for (whose submissions exist, what a remedy does) is
tested there; here it is only as true as the pages need.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from filing.errors import BadRequest, NotFound, WrongState
from filing.model.desk import (
    Act,
    ActState,
    Cause,
    Counts,
    Entry,
    Filter,
    Page,
    Preview,
    Remedy,
    Rewrite,
    SavedFilter,
)
from filing.model.people import Person, Session
from filing.model.roles import Role
from filing.model.submission import State
from filing.rules.rule_set import load_rule_set
from filing.web import acts, causes, desk, errors, front, session
from filing.web.desk import Premises
from filing.web.directory import Wording
from tests.fakes import FakeServices

AT = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
CITY, COUNTY = "city-office", "county-office"
AGENCIES = {CITY: "市政府办公室", COUNTY: "县教育局"}
ARCHIVE = Person("p-1", "clerk", "档案馆业务员甲", frozenset({Role.ARCHIVE_CLERK}))
OTHER = Person("p-2", "clerk-2", "档案馆业务员乙", frozenset({Role.ARCHIVE_CLERK}))
AGENCY = Person("p-3", "city", "市府办档案员", frozenset({Role.AGENCY_CLERK}), CITY)
AUDITOR = Person("p-4", "auditor", "审计员", frozenset({Role.AUDITOR}))
PEOPLE = {one.login: one for one in (ARCHIVE, OTHER, AGENCY, AUDITOR)}
RULES = load_rule_set()
CAUSE = Cause(
    "c" * 32, CITY, AGENCIES[CITY], "GD-1-5", "not-in-list", "档号/保管期限", "文99文", "定期30年",
    "永久、定期30年、定期10年", 1842, AT, AT + timedelta(days=3),
)  # fmt: skip


def entry(number: int, **other: object) -> Entry:
    """The ``number``-th delivery; ``other`` as Entry has it."""
    plain = Entry(
        submission_id=f"s-{number:04}",
        agency_id=CITY,
        agency_name=AGENCIES[CITY],
        state=State.REJECTED,
        received_at=AT + timedelta(minutes=number),
        title=f"关于印发第{number}号工作要点的通知",
        archival_code=f"X043-WS·2025·D30-BGS-{number:04}",
        electronic_code=f"EC-{number:06}",
        codes=("GD-1-5", "GD-2-3"),
        assignee="",
        due=None,
        draft_by="",
    )
    return replace(plain, **other)  # type: ignore[arg-type]  # test values


class FakePeople:
    """A session cookie is a login."""

    def session(self, token: str) -> Session | None:
        person = PEOPLE.get(token)
        return Session(person, "token", AT, AT) if person else None


class FakeDirectory:
    """The people and agencies above."""

    def agencies(self):
        return AGENCIES

    def names(self, ids):
        return {one.id: one.name for one in PEOPLE.values() if one.id in ids}

    def colleagues(self, person):
        return {
            one.id: one.name
            for one in PEOPLE.values()
            if one.agency_id == person.agency_id and one is not AUDITOR
        }


class FakeDesk:
    """Entries in a list; asked remembers the last filter."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self.entries = list(entries)
        self.asked: list[Filter] = []
        self.saved: dict[str, SavedFilter] = {}
        self.kept_acts: dict[str, Act] = {}
        self.found = {CAUSE.id: CAUSE}
        self.found_values = {"定期30": 1200, " 定期30年": 640, "三十年": 2}

    def queue(self, person, chosen, cursor, limit):
        self.asked.append(chosen)
        start = 0
        if cursor:
            if not cursor.isdigit():
                raise BadRequest("not a cursor", "翻页标记有误")
            start = int(cursor)
        some = [
            one
            for one in self.entries
            if person.sees(one.agency_id)
            and (not chosen.states or one.state in chosen.states)
            and chosen.text in one.title
            and chosen.agency_id in ("", one.agency_id)
        ]
        return Page(
            tuple(some[start : start + limit]),
            str(start + limit) if len(some) > start + limit else "",
            str(max(0, start - limit)) if start else "",
        )

    def counts(self, person):
        return Counts({State.REJECTED: 1842}, {CITY: 1842}, {"GD-1-5": 1842}, len(self.found))

    def assign(self, person, submission_ids, assignee, due):
        self.entries = [
            replace(one, assignee=assignee, due=due) if one.submission_id in submission_ids else one
            for one in self.entries
        ]
        return len(submission_ids)

    def saved_filters(self, person):
        return tuple(self.saved.values())

    def save_filter(self, person, name, chosen):
        self.saved[name] = SavedFilter(name, chosen)

    def drop_filter(self, person, name):
        self.saved.pop(name, None)

    def causes(self, person, agency_id, after, limit):
        return tuple(self.found.values())[:limit]

    def cause(self, person, cause_id):
        found = self.found.get(cause_id)
        if found is None or not person.sees(found.agency_id):
            raise NotFound("no such cause", "没有这个原因")
        return found

    def values(self, person, cause_id, limit):
        return dict(list(self.found_values.items())[:limit])

    def samples(self, person, cause_id, limit):
        return ("关\u200b于的通知", "关于的\u200b函")

    def preview(self, person, cause_id, remedy, after, limit):
        return (
            Preview("s-0001", "关于𠀀的通知", "X043-1", "定期30", "定期30年", "accepted"),
            Preview(
                "s-0002", "第二件", "X043-2", " 三十年\u200b", "定期30年", "rejected", ("GD-2-3",)
            ),
            Preview("s-0003", "第三件", "X043-3", "永久", None, "unchanged", ("GD-2-3",)),
        )

    def begin_act(self, person, cause_id, remedy, reason):
        act = Act(
            "a-1", cause_id, remedy, reason, person.id, ActState.RUNNING, 1842, 700, 2, 1,
            AT, None,
        )  # fmt: skip
        self.kept_acts[act.id] = act
        return act

    def act(self, person, act_id):
        if act_id not in self.kept_acts:
            raise NotFound("no such act", "没有这次批量更正")
        return self.kept_acts[act_id]

    def acts(self, person, limit):
        return tuple(self.kept_acts.values())

    def stop_act(self, person, act_id):
        return self._turn(act_id, ActState.RUNNING, ActState.STOPPED)

    def resume_act(self, person, act_id):
        return self._turn(act_id, ActState.STOPPED, ActState.RUNNING)

    def _turn(self, act_id, before, after):
        act = self.act(None, act_id)
        if act.state is not before:
            raise WrongState("not possible now", "当前不能进行")
        self.kept_acts[act_id] = replace(act, state=after)
        return self.kept_acts[act_id]

    def left_over(self, person, act_id, after, limit):
        return (entry(2, codes=("GD-2-3",)),)

    def filed(self, person, act_id, after, limit):
        ids = range(10, 10 + limit) if not after else range(10 + limit, 13 + limit)
        return tuple(entry(number, state=State.RECEIPTED, codes=()) for number in ids)


def some_desk() -> FakeDesk:
    """What there is to see: rare characters, long titles, dates, people."""
    made = FakeDesk(
        (
            entry(1, title="关于𠀀𪚥两处地名标准化的批复", assignee="p-1", due=date(2026, 3, 20)),
            entry(2, title="", codes=("GD-1-5",), draft_by="p-2"),
            entry(3, agency_id=COUNTY, agency_name=AGENCIES[COUNTY], title="长题名" * 40,
                  codes=("GD-1-2", "GD-1-3", "GD-1-4", "GD-1-5", "GD-2-3")),
            *(entry(number) for number in range(4, 130)),
        )
    )  # fmt: skip
    made.saved["三月的"] = SavedFilter("三月的", Filter(received_from=date(2026, 3, 1)))
    made.begin_act(ARCHIVE, CAUSE.id, Remedy(Rewrite.MAP, mapping={"三十年": "定期30年"}), "笔误")
    return made


def a_site(made: FakeDesk | None = None) -> Flask:
    """The pages of the desk over ``made``."""
    app = Flask("site", static_folder=None)
    app.config["ARCHIVE_NAME"] = "示例省档案馆"
    session.install(app, FakePeople(), session.SessionSettings())  # type: ignore[arg-type]  # what pages ask
    at = Premises(made or some_desk(), FakeDirectory(), Wording(RULES.catalogue))  # type: ignore[arg-type]
    app.register_blueprint(front.create_blueprint(FakeServices()))
    for area in (desk, causes, acts):
        app.register_blueprint(area.create_blueprint(at))
    errors.install(app)
    return app
