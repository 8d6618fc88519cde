"""``filing findings``: what audits found, and what became of it."""

import click

from filing.cli.audit import finding_json, finding_line
from filing.cli.output import Output
from filing.cli.repair import say_asked
from filing.model.copies import RequestKind
from filing.model.custody import OPEN_STATES, FindingState

_AT_ONCE = 100


@click.group()
def findings() -> None:
    """What audits found. 检查发现的问题"""


@findings.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([one.value for one in FindingState]),
    help="Only these; open ones without it. 状态",
)
@click.option("--audit", default="", metavar="ID", help="Of one audit. 某次检查")
@click.option("--before", default="", metavar="ID", help="Older than this one. 此前")
@click.pass_obj
def list_(output: Output, states: tuple[str, ...], audit: str, before: str) -> None:
    """The newest first, a hundred at a time. 问题一览"""
    custody = output.custody()
    wanted = [FindingState(one) for one in states] or sorted(OPEN_STATES)
    found = custody.findings(None, wanted, audit, before, _AT_ONCE)
    known = custody.catalogue().faults
    output.say(
        {"findings": [finding_json(one) for one in found]},
        "\n".join(finding_line(one, known[one.fault.code].zh) for one in found),
    )


@findings.command()
@click.argument("finding_id")
@click.pass_obj
def show(output: Output, finding_id: str) -> None:
    """One finding, with what was expected and found. 问题详情"""
    custody = output.custody()
    one = custody.finding(None, finding_id)
    named = custody.catalogue().faults[one.fault.code]
    lines = [
        finding_line(one, named.zh),
        f"{named.en}  ({named.item}{', OCFL ' + one.fault.ocfl if one.fault.ocfl else ''})",
        f"应为 expected: {one.fault.expected}",
        f"实为 found:    {one.fault.found}",
        f"首次 first {one.first_at:%Y-%m-%d %H:%M}Z，最近 last {one.last_at:%Y-%m-%d %H:%M}Z，"
        f"共 {one.seen} 次检查见到",
    ]
    if one.reason:
        lines.append(f"接受理由 accepted by {one.decided_by}: {one.reason}")
    output.say(finding_json(one), "\n".join(lines))


@findings.command()
@click.argument("finding_id")
@click.option("--reason", required=True, help="Why it may stay so. 理由")
@click.pass_obj
def accept(output: Output, finding_id: str, reason: str) -> None:
    """Answer for leaving it so; for damage, ask a second person to agree. 说明理由并接受"""
    custody = output.custody()
    if custody.finding(None, finding_id).state is FindingState.CONFIRMED:
        say_asked(output, output.copies().ask(None, RequestKind.ACCEPT, finding_id, reason))
        return
    one = custody.accept(None, finding_id, reason)
    named = custody.catalogue().faults[one.fault.code]
    output.say(finding_json(one), finding_line(one, named.zh))
