"""Official documents (公文) as values: what they say, who handled them, their files.

``official`` makes the n-th document of an agency from a seed. 档号, 电子文件号 and
文件编号 follow from the number, so they are unique; the rest varies with the seed.

People appear by their post alone. How a document is written as XML is in
examples.eep and examples.record.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

from examples.ofd import make_ofd
from examples.pdf import make_pdf
from filing.model.agency import Agency, Channel, FilingRule

ARCHIVES_NAME, ARCHIVES_CODE = "省档案馆（样例）", "442999"
#: Records of a year are filed by June of the next; a past year is never in the future.
YEAR = 2025
BEIJING = timezone(timedelta(hours=8))

AGENCIES: tuple[Agency, ...] = (
    Agency(
        "sample-water",
        "省水务样例厅",
        names=("省水务样例厅", "省水务样例局"),
        rules=(FilingRule("Z109", forms=("dat22",), first_year=2000),),
    ),
    Agency(
        "sample-culture",
        "省文化样例厅",
        names=("省文化样例厅",),
        rules=(FilingRule("Z110", forms=("dat13",), first_year=2010),),
    ),
    Agency(
        "sample-forestry",
        "省林草样例局",
        names=("省林草样例局",),
        rules=(FilingRule("Z111", forms=("dat13", "dat22"), first_year=2015),),
    ),
)
#: Agencies whose policy is stricter than the channel or package the bad samples use.
STRICT_AGENCIES: tuple[Agency, ...] = (
    Agency(
        "sample-signed",
        "省审批样例局",
        names=("省审批样例局",),
        rules=(FilingRule("Z112"),),
        signature="required",
    ),
    Agency(
        "sample-mtls",
        "省统计样例局",
        names=("省统计样例局",),
        rules=(FilingRule("Z113"),),
        channel=Channel.MTLS,
    ),
    Agency(
        "sample-short-term",
        "省会务样例中心",
        names=("省会务样例中心",),
        rules=(FilingRule("Z114", retentions=("D10",)),),
    ),
)
_PREFIX = {"Z109": "水", "Z110": "文", "Z111": "林", "Z112": "审", "Z113": "统", "Z114": "会"}
RETENTIONS = {"Y": "永久", "D30": "30年", "D10": "10年"}
_UNITS = {"BGS": "办公室", "RSC": "人事处", "CWC": "财务处", "FGC": "法规处"}
_SUBJECTS = (
    "汛期值守", "档案室建设", "年度预算编制", "政务公开", "安全生产检查", "干部培训",
    "公文处理", "信访办理", "绩效考核", "项目验收", "数据共享", "节约用水",
)  # fmt: skip
_SENT = (
    ("通知", "关于做好{}工作的通知"),
    ("请示", "关于{}有关事项的请示"),
    ("报告", "关于{}工作情况的报告"),
    ("批复", "关于{}方案的批复"),
    ("函", "关于商请支持{}工作的函"),
    ("意见", "关于加强{}工作的意见"),
)
_RECEIVED = (("通知", "关于开展{}工作的通知"), ("函", "关于征求{}意见的函"))
SENDING = ("起草", "审核", "签发", "复核", "登记", "用印")
RECEIVING = ("签收", "登记", "初审", "承办", "传阅", "答复")
_POST_OF = {
    "起草": "承办处室经办岗", "审核": "办公室核稿岗", "签发": "分管负责人岗",
    "复核": "办公室文书岗", "登记": "办公室文书岗", "用印": "办公室印章管理岗",
    "签收": "办公室机要岗", "初审": "办公室核稿岗", "承办": "承办处室经办岗",
    "传阅": "办公室机要岗", "答复": "承办处室经办岗",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agent:
    """One 机构人员实体: the agency, an office of it, or a post."""

    identifier: str
    kind: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One 业务实体: ``agent`` did ``action`` at ``at`` (ISO 8601 with offset)."""

    identifier: str
    agent: str
    action: str
    at: str


@dataclass(frozen=True, slots=True)
class File:
    """One computer file. ``format_name`` and the rest are what 格式信息 states."""

    name: str
    body: bytes
    format_name: str
    format_version: str
    mime: str

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def format(self) -> str:
        """格式信息 in the first of its two forms (DA/T 46-2009, M47)."""
        return (
            f"格式名称：{self.format_name}，格式版本：{self.format_version}，"
            f"MIME媒体类型：{self.mime}"
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One 文档: the text proper (主文档) with its drafts, or an annex (附属文档)."""

    title: str
    role: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Official:
    """One official document, ready to be packed. Fields are DA/T 46 elements."""

    agency: Agency
    fonds: str
    year: int
    retention: str
    unit: str
    item: int
    archival_code: str
    electronic_code: str
    title: str
    number: str
    author: str
    date: str
    kind: str
    receiver: str
    secrecy: str
    agents: tuple[Agent, ...]
    steps: tuple[Step, ...]
    documents: tuple[Document, ...]

    @cached_property
    def files(self) -> tuple[File, ...]:
        return tuple(file for document in self.documents for file in document.files)

    @property
    def aggregation(self) -> str:
        """文件组合类型 (M41)."""
        return "组合文件" if len(self.documents) > 1 else "单件"

    @property
    def total_bytes(self) -> int:
        return sum(len(file.body) for file in self.files)


def agency(identifier: str) -> Agency:
    """The sample agency called ``identifier``. Raises StopIteration for another."""
    return next(one for one in AGENCIES + STRICT_AGENCIES if one.id == identifier)


def official(
    number: int,
    seed: int = 1,
    sender: Agency = AGENCIES[0],
    *,
    sizes: Sequence[int] = (),
    annexes: int | None = None,
    sent: bool | None = None,
    retention: str | None = None,
    year: int = YEAR,
    corpus: Path | None = None,
) -> Official:
    """Return document ``number`` (from 0) of ``sender``.

    sizes     wanted bytes of each file in turn, taken round and round; () leaves the
              files as small as they are
    annexes   number of 附件; None lets the seed choose 0 to 2
    sent      True for 发文, False for 收文; None lets the seed choose
    retention 保管期限代码; None lets the seed choose one the agency may use
    corpus    folder with ofd/ and pdf/ whose files take the place of made ones
    """
    chance = random.Random(f"{seed}/{sender.id}/{number}")
    rule = sender.rules[0]
    retention = retention or chance.choice(rule.retentions)
    unit = chance.choice(tuple(_UNITS))
    sent = chance.random() < 0.6 if sent is None else sent
    kind, pattern = chance.choice(_SENT if sent else _RECEIVED)
    subject = chance.choice(_SUBJECTS)
    annexes = chance.choice((0, 0, 1, 2)) if annexes is None else annexes
    started = datetime(year, 1, 6, 9, tzinfo=BEIJING) + timedelta(
        days=chance.randrange(300), minutes=number % 360
    )
    agents, steps = _process(sender, unit, SENDING if sent else RECEIVING, started)
    about = f"{pattern.format(subject)}（第{number + 1}号样例）"
    signed = (started + timedelta(days=2)).date() if sent else started.date()
    author = sender.name if sent else "国家样例总局"
    mark = f"鄂样{_PREFIX[rule.fonds]}发" if sent else "国样函"
    document_number = f"{mark}〔{year}〕{number + 1}号"
    return Official(
        agency=sender,
        fonds=rule.fonds,
        year=year,
        retention=retention,
        unit=unit,
        item=number + 1,
        archival_code=archival_code(rule, year, retention, unit, number + 1),
        electronic_code=f"42-{rule.fonds}-{year}-WS-{number + 1:06d}",
        title=about,
        number=document_number,
        author=author,
        date=signed.isoformat(),
        kind=kind,
        receiver="各处室、直属单位" if sent else sender.name,
        secrecy="公开",
        agents=agents,
        steps=steps,
        documents=_documents(
            about, document_number, signed.isoformat(), sent, annexes, sizes, _Shelf(corpus, chance)
        ),
    )


def archival_code(rule: FilingRule, year: int, retention: str, unit: str, item: int) -> str:
    """档号 in the first form of ``rule``. Source: DA/T 22-2015; DA/T 13-2022."""
    joint = "-" if rule.forms[0] == "dat22" else "·"
    return f"{rule.fonds}-{rule.categories[0]}·{year}{joint}{retention}{joint}{unit}-{item:04d}"


def _process(
    sender: Agency, unit: str, actions: Sequence[str], started: datetime
) -> tuple[tuple[Agent, ...], tuple[Step, ...]]:
    """Who handled the document, and when; one step every five hours of work."""
    posts = list(dict.fromkeys(_POST_OF[action] for action in actions))
    agents = [
        Agent("机构-1", "单位", sender.name),
        Agent("机构-2", "内设机构", _UNITS[unit], "机构-1"),
    ]
    agents += [
        Agent(f"人员-{at}", "个人", post, "机构-2") for at, post in enumerate(posts, start=1)
    ]
    by_post = {agent.name: agent.identifier for agent in agents}
    steps = tuple(
        Step(
            f"业务-{at + 1}",
            by_post[_POST_OF[action]],
            action,
            (started + timedelta(hours=5 * at)).isoformat(timespec="seconds"),
        )
        for at, action in enumerate(actions)
    )
    return tuple(agents), steps


class _Shelf:
    """Where content files come from: made by code, or taken from a corpus."""

    def __init__(self, corpus: Path | None, chance: random.Random) -> None:
        self._chance = chance
        self._real = {
            kind: sorted((corpus / kind).glob(f"*.{kind}")) if corpus else []
            for kind in ("ofd", "pdf")
        }

    def file(self, name: str, title: str, lines: Sequence[str], date: str, size: int) -> File:
        kind = name.rpartition(".")[2]
        if real := self._real[kind]:
            body = self._chance.choice(real).read_bytes()
        elif kind == "ofd":
            body = make_ofd(title, lines, date, size)
        else:
            body = make_pdf(title, lines, date, size)
        return ofd_file(name, body) if kind == "ofd" else pdf_file(name, body)


def ofd_file(name: str, body: bytes) -> File:
    """``body`` as an OFD component."""
    return File(name, body, "OFD", "1.0", "application/ofd")


def pdf_file(name: str, body: bytes) -> File:
    """``body`` as a PDF component; the version is read from its first line."""
    return File(name, body, "PDF", body[5:8].decode("latin-1"), "application/pdf")


def _documents(
    title: str,
    number: str,
    date: str,
    sent: bool,
    annexes: int,
    sizes: Sequence[int],
    shelf: _Shelf,
) -> tuple[Document, ...]:
    """主文档 with 正本, 定稿 and 处理单; one 附属文档 for each annex."""
    sheet = "发文处理单" if sent else "收文处理单"
    names = ["正本.ofd", "定稿.ofd", f"{sheet}.pdf"] if sent else ["正本.ofd", f"{sheet}.pdf"]
    names += [f"附件{n + 1}.{'pdf' if n % 2 == 0 else 'ofd'}" for n in range(annexes)]
    files = []
    for at, name in enumerate(names):
        stem = name.partition(".")[0]
        lines = (f"{stem}　{number}", "本文件为系统样例，不具有公文效力。", f"成文日期：{date}")
        files.append(shelf.file(name, title, lines, date, sizes[at % len(sizes)] if sizes else 0))
    main = len(names) - annexes
    return (
        Document(title, "主文档", tuple(files[:main])),
        *(Document(f"附件{n + 1}", "附属文档", (files[main + n],)) for n in range(annexes)),
    )
