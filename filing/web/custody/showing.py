"""What the pages of custody share: words and looks of answers, names of people, scopes in words.

A value without a word is shown as it is.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from babel import numbers
from flask import Response

from filing.custody.catalogue import NOT_LOOKED_AT, Catalogue
from filing.model.copies import LocationState, RepairState, RequestState
from filing.model.custody import MAIN, Answer, AuditState, Depth, FindingState, Scope
from filing.model.custody_views import Comparison
from filing.model.events import MEANINGS, Kind
from filing.model.people import Person
from filing.services.copies import Copies
from filing.services.custody import Custody, Reports, Shown
from filing.web.directory import agency_text
from filing.web.formats import date, locale, number
from filing.web.i18n import gettext, language, marked
from filing.web.pages import render
from filing.web.session import person

#: Person ids -> what to call them; ids nobody has are left out.
Names = Callable[[frozenset[str]], Mapping[str, str]]
PAGE = 50

WORDS: Mapping[str, str] = {
    Answer.INTACT: marked("完好"),
    Answer.DAMAGED: marked("损坏"),
    Answer.UNKNOWN: marked("未能判定"),
    NOT_LOOKED_AT: marked("未检查"),
    AuditState.RUNNING: marked("进行中"),
    AuditState.PAUSED: marked("已暂停"),
    AuditState.STOPPED: marked("已中止"),
    AuditState.FINISHED: marked("已结束"),
    FindingState.OPENED: marked("待判定"),
    FindingState.CONFIRMED: marked("确认损坏"),
    FindingState.REPAIRED: marked("已修复"),
    FindingState.ACCEPTED: marked("接受现状"),
    FindingState.CLEARED: marked("未见损坏"),
    RepairState.BEGUN: marked("修复中"),
    RepairState.DONE: marked("修复完成"),
    RepairState.UNDONE: marked("已撤销，未作替换"),
    RepairState.NO_COPY: marked("没有完好的副本"),
    RepairState.NOT_NEEDED: marked("无需修复"),
    RequestState.ASKED: marked("待复核"),
    RequestState.APPROVED: marked("已同意"),
    RequestState.REFUSED: marked("未同意"),
    LocationState.ACTIVE: marked("使用中"),
    LocationState.RETIRED: marked("已停用"),
}
TONES: Mapping[str, str] = {
    Answer.INTACT: "good",
    Answer.DAMAGED: "bad",
    Answer.UNKNOWN: "unsure",
    AuditState.RUNNING: "unsure",
    AuditState.FINISHED: "good",
    FindingState.OPENED: "unsure",
    FindingState.CONFIRMED: "bad",
    FindingState.REPAIRED: "good",
    FindingState.CLEARED: "good",
    RepairState.BEGUN: "unsure",
    RepairState.DONE: "good",
    RepairState.NO_COPY: "bad",
    RequestState.ASKED: "unsure",
    RequestState.APPROVED: "good",
    RequestState.REFUSED: "calm",
    LocationState.ACTIVE: "good",
}
#: What a finding can be about, beside a record.
SUBJECTS: Mapping[str, str] = {
    "log": marked("日志"),
    "database": marked("数据库"),
    "store": marked("存储"),
    "clock": marked("时钟"),
}


@dataclass(frozen=True, slots=True)
class Premises:
    """What the pages stand on.

    copies    custody of every location, by name; the archive's own is MAIN
    agencies  id -> name
    compare   see filing.custody.comparing
    """

    copies: Copies
    shown: Shown
    reports: Reports
    names: Names
    agencies: Callable[[], Mapping[str, str]]
    compare: Callable[[Person, str], Comparison]

    @property
    def custody(self) -> Custody:
        """Custody of the archive's own store; it knows every audit and finding."""
        return self.copies.at(MAIN)

    def locations(self) -> Sequence[str]:
        """Names of the locations in custody, the archive's own first."""
        active = [
            one.location.name
            for one in self.copies.locations(person())
            if one.location.state is LocationState.ACTIVE
        ]
        return [MAIN, *active]


def show(at: Premises, template: str, status: int = 200, **context: object) -> Response:
    """The page, with the words of custody."""
    catalogue = at.custody.catalogue()
    return render(
        f"web/{template}.html",
        status,
        word_of=word_of,
        tone_of=lambda value: TONES.get(value, "calm"),
        subjects={one: gettext(text) for one, text in SUBJECTS.items()},
        wording=lambda code: wording(catalogue, code),
        meaning=meaning,
        place_of=place_of,
        place_choices=lambda names: [(one, place_of(one)) for one in names],
        **context,
    )


def word_of(value: str) -> str:
    """What an answer or a state is called, in the page's language."""
    return gettext(WORDS[value]) if value in WORDS else value


def wording(catalogue: Catalogue, code: str) -> str:
    """What a code says, in the page's language."""
    known = catalogue.faults.get(code)
    if known is None:
        return code
    return known.en if language() == "en" else known.zh


def place_of(name: str) -> str:
    """What a location is called."""
    return gettext("本馆主库") if name == MAIN else name


def meaning(kind: str) -> str:
    """What a kind of event says, in the page's language."""
    if kind not in set(Kind):
        return kind
    found = MEANINGS[Kind(kind)]
    return found.en if language() == "en" else found.zh


def percent(share: float) -> str:
    """A share to three places, rounded up: never less than it is."""
    up = math.ceil(share * 100_000) / 100_000
    return str(numbers.format_percent(up, "#,##0.###%", locale=locale()))


def named(at: Premises, doers: Iterable[str]) -> Callable[[str], str]:
    """How these doers ("person:ID", "system", "agency:ID") are called on the page."""
    everybody = frozenset(doers)
    ids = frozenset(one.removeprefix("person:") for one in everybody if "person:" in one)
    names = at.names(ids) if ids else {}
    agencies = at.agencies() if any(one.startswith("agency:") for one in everybody) else {}

    def name(who: str) -> str:
        if who == "system":
            return gettext("系统")
        kind, _, rest = who.rpartition(":")
        if kind == "agency":
            return agency_text(rest, agencies)
        return names.get(rest, rest) if kind == "person" else rest

    return name


def scope_text(scope: Scope) -> str:
    """What an audit looks at, in a line."""
    parts = [*_narrowed(scope)]
    if scope.sample is not None:
        parts.append(gettext("随机抽取 %(count)s 件", count=number(scope.sample.size)))
    if not parts:
        parts.append(gettext("全部档案"))
    if scope.depth is Depth.BYTES:
        parts.append(gettext("只核对字节"))
    elif scope.depth is Depth.ANEW:
        parts.append(gettext("内容全部重新打开"))
    return ("、" if language() == "zh" else ", ").join(parts)


def _narrowed(scope: Scope) -> Iterable[str]:
    if len(scope.records) == 1:
        yield gettext("档案 %(id)s", id=scope.records[0])
    elif scope.records:
        yield gettext("指定的 %(count)s 件档案", count=number(len(scope.records)))
    if scope.fonds:
        yield gettext("全宗 %(name)s", name=scope.fonds)
    if scope.agency_id:
        yield gettext("立档单位 %(name)s", name=scope.agency_id)
    if scope.year:
        yield gettext("%(year)s 年度", year=scope.year)
    if scope.category:
        yield gettext("门类 %(name)s", name=scope.category)
    if scope.stored_from:
        yield gettext("%(day)s 及以后入库", day=date(scope.stored_from))
    if scope.stored_to:
        yield gettext("%(day)s 及以前入库", day=date(scope.stored_to))
