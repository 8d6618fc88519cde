"""``filing audit``: read records again and say of each whether it is what was accepted.

Ends with 0 when everything is intact, 1 when something is damaged, 3 when something could
not be told. An audit that is interrupted is carried on by the server, or by ``--resume``.
"""

import math
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from filing.cli.audit_report import report
from filing.cli.output import EXIT, Output
from filing.cli.record_history import history
from filing.custody.draw import size_for
from filing.errors import BadRequest, ChangedMeanwhile
from filing.model.custody import (
    MAIN,
    Answer,
    Audit,
    AuditState,
    Depth,
    Finding,
    FindingState,
    Sample,
    Scope,
)
from filing.services.custody import Custody

_WATCH_SECONDS = 1.0
_SHOWN = 200
_SAID = {
    Answer.INTACT: "完好 intact",
    Answer.DAMAGED: "损坏 DAMAGED",
    Answer.UNKNOWN: "未能判定 could not tell",
}


def _day(ctx: click.Context, option: click.Parameter, value: datetime | None) -> date | None:
    return None if value is None else value.date()


_DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@click.option("--record", "records", multiple=True, metavar="ID", help="One record. 指定档案")
@click.option("--fonds", default="", help="Of a fonds. 全宗")
@click.option("--agency", default="", help="Of an agency. 立档单位")
@click.option("--year", default=0, help="Of a year. 年度")
@click.option("--category", default="", help="Of a category. 门类")
@click.option("--from", "stored_from", type=_DATE, callback=_day, help="Stored since. 入库起日")
@click.option("--to", "stored_to", type=_DATE, callback=_day, help="Stored until. 入库止日")
@click.option("--location", default=MAIN, metavar="NAME", help="One copy alone. 某个存储位置")
@click.option("--all", "everything", is_flag=True, help="All, and log and database. 全部")
@click.option(
    "--sample", default="", metavar="N|P%", help="Drawn by lot: so many, or to exclude P%."
)
@click.option("--seed", default="", help="Draw the same sample again. 抽样种子")
@click.option("--bytes-only", is_flag=True, help="Do not open what was hashed. 只核对字节")
@click.option("--open-all", is_flag=True, help="Open what was opened before too. 全部重新打开")
@click.option("--resume", "audit_id", default="", metavar="ID", help="Carry an audit on. 继续")
@click.pass_context
def audit(
    ctx: click.Context,
    records: tuple[str, ...],
    fonds: str,
    agency: str,
    year: int,
    category: str,
    location: str,
    stored_from: date | None,
    stored_to: date | None,
    everything: bool,
    sample: str,
    seed: str,
    bytes_only: bool,
    open_all: bool,
    audit_id: str,
) -> None:
    """Read records again, every byte, and hold them to seal, log and database. 完整性检查"""
    if ctx.invoked_subcommand is not None:
        return
    output: Output = ctx.obj
    scope = Scope(
        records=records,
        fonds=fonds,
        agency_id=agency,
        year=year,
        category=category,
        stored_from=stored_from,
        stored_to=stored_to,
        sample=_sample(sample, seed) if sample else None,
        depth=_depth(bytes_only, open_all),
    )
    if sum((everything, bool(sample), scope.is_selection, bool(audit_id))) != 1:
        raise BadRequest(
            "say what to audit: --all, --sample, a selection, or --resume",
            "请指明检查范围：--all、--sample、选择条件或 --resume",
        )
    custody, begun = _begun(output, scope, location, audit_id)
    done = _carried_on(output, custody, begun)
    found = custody.findings(None, list(FindingState), done.id, "", _SHOWN)
    output.say(_machine(custody, done, found), _human(custody, done, found))
    code = {Answer.INTACT: "yes", Answer.DAMAGED: "no", Answer.UNKNOWN: "outside"}[done.answer]
    sys.exit(EXIT[code])


audit.add_command(report)
audit.add_command(history)


def _depth(bytes_only: bool, open_all: bool) -> Depth:
    if bytes_only and open_all:
        raise BadRequest("open nothing, or all: not both", "--bytes-only 与 --open-all 不能并用")
    if bytes_only:
        return Depth.BYTES
    return Depth.ANEW if open_all else Depth.WHOLE


def _begun(output: Output, scope: Scope, location: str, audit_id: str) -> tuple[Custody, Audit]:
    """The audit, and custody of the copy it is of."""
    known = output.custody().audit(None, audit_id) if audit_id else None
    place = location if known is None else known.location
    custody = output.custody() if place == MAIN else output.copies().at(place)
    return custody, known or custody.begin(None, scope)


def _sample(text: str, seed: str) -> Sample:
    """459, or 1%: as many as exclude that share."""
    try:
        share = text.removesuffix("%")
        size = size_for(float(share) / 100) if share != text else int(text)
    except ValueError:
        raise BadRequest(f"{text!r} is neither a number nor a share", "抽样数量无效") from None
    return Sample(size, seed or secrets.token_hex(8))


def _carried_on(output: Output, custody: Custody, begun: Audit) -> Audit:
    """Do it here; where another process has it, watch."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    hidden = output.as_json or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden) as bar:
        task = bar.add_task("检查 audit", total=begun.planned)

        def told(audit: Audit) -> None:
            bar.update(task, completed=audit.looked)

        try:
            return custody.run(None, begun.id, told)
        except ChangedMeanwhile:
            found = custody.audit(None, begun.id)
            while found.state is AuditState.RUNNING:
                told(found)
                time.sleep(_WATCH_SECONDS)
                found = custody.audit(None, begun.id)
            return found


def _machine(custody: Custody, audit: Audit, found: Sequence[Finding]) -> dict[str, object]:
    return {
        "audit": audit.id,
        "state": audit.state,
        "answer": audit.answer,
        "looked": audit.looked,
        "intact": audit.intact,
        "damaged": audit.damaged,
        "unknown": audit.unknown,
        "opened": audit.opened,
        "faults": audit.faults,
        "doubts": audit.doubts,
        "files": audit.files,
        "bytes": audit.size_bytes,
        "result": audit.chain.hex(),
        "seed": audit.scope.sample.seed if audit.scope.sample else None,
        "excluded_share": _excluded(custody, audit),
        "items": custody.catalogue().by_item(audit, (one.fault for one in found)),
        "findings": [finding_json(one) for one in found],
    }


def _excluded(custody: Custody, audit: Audit) -> float | None:
    """The damaged share a sample excludes; None unless it ended, and came out clean."""
    clean = audit.state is AuditState.FINISHED and audit.answer is Answer.INTACT
    return custody.excluded_share(audit) if audit.scope.sample and clean else None


def _human(custody: Custody, audit: Audit, found: Sequence[Finding]) -> str:
    lines = [
        f"{_SAID[audit.answer]}  检查 audit {audit.id} ({audit.state})",
        f"档案 records {audit.looked}：完好 {audit.intact}，损坏 {audit.damaged}，"
        f"未能判定 {audit.unknown}；打开内容 opened {audit.opened}；"
        f"文件 {audit.files}，{audit.size_bytes / 1e6:.1f} MB",
    ]
    if audit.scope.is_all:
        lines.append(f"日志、数据库、存储 as wholes：损坏 {audit.faults}，未能判定 {audit.doubts}")
    if audit.scope.sample is not None:
        seed = audit.scope.sample.seed
        lines.append(f"抽样种子 seed {seed}；{_said_of_rest(_excluded(custody, audit))}")
    catalogue = custody.catalogue()
    lines += [finding_line(one, catalogue.faults[one.fault.code].zh) for one in found]
    return "\n".join([*lines, f"结果摘要 result {audit.chain.hex()}"])


def _said_of_rest(share: float | None) -> str:
    """What a sample says of the records it is a sample of; ``share`` as in ``_excluded``."""
    if share is None:
        return "抽样尚未以完好结束，不能据此排除任何损坏比例 not ended clean: excludes no share"
    if not share:
        return "全部档案均已抽到，均完好 every record was drawn, and none is damaged"
    # Rounded up: never less than it is.
    up = f"{math.ceil(share * 100_000) / 1000:.3f}%"
    return (
        f"以 99% 的置信度排除 {up} 及以上的损坏"
        f" excludes with 99 % confidence that {up} or more are damaged"
    )


def finding_json(one: Finding) -> dict[str, object]:
    """A finding for machines."""
    return {
        "id": one.id,
        "state": one.state,
        "answer": one.fault.answer,
        "location": one.location,
        "subject": one.subject,
        "code": one.fault.code,
        "ocfl": one.fault.ocfl,
        "place": one.fault.place,
        "expected": one.fault.expected,
        "found": one.fault.found,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "seen": one.seen,
        "decided_by": one.decided_by,
        "reason": one.reason,
    }


def finding_line(one: Finding, text: str) -> str:
    """A finding in one line for people."""
    return f"{one.id}  {one.state:9}  {one.fault.code:8} {one.subject}  {one.fault.place}  {text}"
