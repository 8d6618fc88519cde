"""Words of the reports: Chinese first, English beside. Reports are read without our pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from filing.model.custody import Answer, AuditState, Depth, FindingState, Scope

CHINA = timezone(timedelta(hours=8))
WORDS = {
    Answer.INTACT: "完好 intact",
    Answer.DAMAGED: "损坏 damaged",
    Answer.UNKNOWN: "未能判定 could not tell",
    "not-looked-at": "未检查 not looked at",
    AuditState.RUNNING: "进行中 running",
    AuditState.PAUSED: "已暂停 paused",
    AuditState.STOPPED: "已中止 stopped",
    AuditState.FINISHED: "已结束 finished",
    FindingState.OPENED: "待判定 not told yet",
    FindingState.CONFIRMED: "确认损坏 confirmed",
    FindingState.REPAIRED: "已修复 repaired",
    FindingState.ACCEPTED: "接受现状 accepted",
    FindingState.CLEARED: "未见损坏 cleared",
}


_DEPTHS = {
    Depth.BYTES: "只核对字节 bytes only",
    Depth.WHOLE: "字节，并打开本版程序未打开过的内容 bytes, and content not opened before",
    Depth.ANEW: "字节，并重新打开全部内容 bytes, and all content anew",
}


def word(value: str) -> str:
    """An answer or a state in both languages."""
    return WORDS.get(value, value)


def moment(value: datetime | None) -> str:
    """Day and time in China, with the offset."""
    return "—" if value is None else value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S +08:00")


def share(value: float) -> str:
    """A share, rounded up to three places: never less than it is."""
    return f"{-(-value * 100_000 // 1) / 1000:.3f}%"


def scope(value: Scope) -> str:
    """What was looked at, in a line."""
    return "；".join(_parts(value))


def _parts(value: Scope) -> Iterator[str]:
    if value.sample is not None:
        yield f"随机抽取 {value.sample.size} 件（种子 seed {value.sample.seed}）"
    elif value.is_all:
        yield "全部档案，以及日志、数据库、存储 all records, and log, database and store"
    if len(value.records) > 3:
        yield f"指定的 {len(value.records)} 件档案 records named"
    elif value.records:
        yield "档案 record " + ", ".join(value.records)
    for name, text in (
        ("全宗 fonds", value.fonds),
        ("立档单位 agency", value.agency_id),
        ("年度 year", str(value.year or "")),
        ("门类 category", value.category),
        ("入库起日 stored from", str(value.stored_from or "")),
        ("入库止日 stored to", str(value.stored_to or "")),
    ):
        if text:
            yield f"{name} {text}"
    yield _DEPTHS[value.depth]
