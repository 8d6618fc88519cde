"""``filing repair``: damaged copies restored from good ones, and acts that take two.

Ends with 0 when everything asked for is whole again, 1 when something has no good copy left,
3 when something could not be told or read.
"""

import sys
from collections.abc import Sequence

import click

from filing.cli.output import EXIT, Output
from filing.errors import BadRequest
from filing.model.copies import Repair, RepairState, Request, RequestKind, RequestState
from filing.model.custody import MAIN

_AT_ONCE = 100
_SAID = {
    RepairState.DONE: "已修复 repaired",
    RepairState.NOT_NEEDED: "无需修复 nothing was wrong",
    RepairState.UNDONE: "已撤销 undone",
    RepairState.BEGUN: "进行中 under way",
    RepairState.NOT_TOLD: "未能判定 could not tell",
    RepairState.NO_COPY: "没有完好副本，未作改动 NO GOOD COPY, nothing was touched",
}


@click.group()
def repair() -> None:
    """Restore what is damaged from a copy proven good. 修复"""


@repair.command()
@click.option("--finding", default="", metavar="ID", help="What a finding is about. 某个问题")
@click.option("--record", default="", metavar="ID", help="One record's copy. 某件档案")
@click.option("--all", "everything", is_flag=True, help="Every confirmed finding. 全部")
@click.option("--location", default=MAIN, help="Where, with --record and --all. 存储位置")
@click.pass_obj
def run(output: Output, finding: str, record: str, everything: bool, location: str) -> None:
    """Repair; the damaged bytes stay in quarantine. 执行修复"""
    if sum((bool(finding), bool(record), everything)) != 1:
        raise BadRequest(
            "say what to repair: --finding, --record or --all",
            "请指明 --finding、--record 或 --all",
        )
    copies = output.copies()
    if finding:
        done: Sequence[Repair] = [copies.repair_finding(None, finding)]
    elif record:
        done = [copies.repair(None, location, record)]
    else:
        done = copies.repair_all(None, location, lambda one: None)
    output.say(
        {"repairs": [repair_json(one) for one in done]}, "\n".join(_line(one) for one in done)
    )
    states = {one.state for one in done}
    if RepairState.NO_COPY in states:
        sys.exit(EXIT["no"])
    whole = states <= {RepairState.DONE, RepairState.NOT_NEEDED}
    sys.exit(EXIT["yes" if whole else "outside"])


@repair.command("list")
@click.option("--state", type=click.Choice([one.value for one in RepairState]), help="状态")
@click.option("--record", default="", metavar="ID", help="Of one record. 某件档案")
@click.option("--before", default="", metavar="ID", help="Older than this one. 此前")
@click.pass_obj
def list_(output: Output, state: str | None, record: str, before: str) -> None:
    """The newest first, a hundred at a time. 修复一览"""
    wanted = RepairState(state) if state else None
    found = output.copies().repairs(None, wanted, record, before, _AT_ONCE)
    output.say(
        {"repairs": [repair_json(one) for one in found]}, "\n".join(_line(one) for one in found)
    )


@repair.command()
@click.argument("repair_id")
@click.option("--reason", required=True, help="Why. 理由")
@click.pass_obj
def purge(output: Output, repair_id: str, reason: str) -> None:
    """Ask that quarantined bytes be removed; a second person must agree. 申请清除隔离文件"""
    say_asked(output, output.copies().ask(None, RequestKind.PURGE, repair_id, reason))


@repair.command()
@click.option(
    "--state",
    type=click.Choice([one.value for one in RequestState]),
    default=RequestState.ASKED.value,
    help="状态",
)
@click.pass_obj
def requests(output: Output, state: str) -> None:
    """What waits for a second person, who agrees on the pages. 待复核的申请"""
    found = output.copies().requests(None, RequestState(state), "", _AT_ONCE)
    output.say(
        {"requests": [_request(one) for one in found]},
        "\n".join(f"{one.id}  {one.kind}  {one.subject}  {one.reason}" for one in found),
    )


def say_asked(output: Output, one: Request) -> None:
    """That a request waits, and for whom."""
    output.say(
        _request(one),
        f"{one.id}  {one.state}  须由第二人登录后复核 a second person must sign in and agree",
    )


def _request(one: Request) -> dict[str, object]:
    return {
        "request": one.id,
        "act": one.kind,
        "subject": one.subject,
        "reason": one.reason,
        "state": one.state,
        "asked_by": one.asked_by,
        "decided_by": one.decided_by,
    }


def repair_json(one: Repair) -> dict[str, object]:
    """A repair for machines, with what was found and what stands now."""
    return {
        "repair": one.id,
        "location": one.location,
        "record": one.record_id,
        "source": one.source,
        "state": one.state,
        "who": one.who,
        "begun_at": one.begun_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "before": [dict(each) for each in one.before],
        "after": [dict(each) for each in one.after],
        "purged": one.purged_at is not None,
    }


def _line(one: Repair) -> str:
    source = f"  ← {one.source}" if one.source else ""
    begun = f"{one.begun_at:%Y-%m-%d %H:%M}Z"
    return f"{one.id or '-'}  {begun}  {one.location}  {one.record_id}{source}  {_SAID[one.state]}"
