"""``filing location``: further places the holding is copied to, and how they stand."""

import sys

import click

from filing.cli.output import EXIT, Output
from filing.cli.repair import say_asked
from filing.errors import OutsideUnavailable
from filing.model.copies import Location, Medium, RequestKind, Standing, Where


@click.group()
def location() -> None:
    """Further copies of the holding. 存储位置"""


def _where(function: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--credentials", default="", help="File: key id and secret. 凭据文件"),
        click.option("--region", default="us-east-1", help="Of the service. 区域"),
        click.option("--prefix", default="", help="Below the bucket. 前缀"),
        click.option("--bucket", default="", help="S3-compatible service. 存储桶"),
        click.option("--endpoint", default="", help="Its address; AWS without it. 服务地址"),
        click.option("--path", default="", help="A folder, absolute. 目录"),
    ):
        function = option(function)
    return function


@location.command()
@click.argument("name")
@_where
@click.pass_obj
def add(output: Output, /, name: str, **where: str) -> None:
    """Make an empty folder or prefix a location; copying begins. 新增存储位置"""
    made = output.copies().add(None, name, _given(where))
    output.say(_machine(made), f"{made.name}  {made.where.text}")


@location.command()
@click.argument("name")
@_where
@click.pass_obj
def change(output: Output, /, name: str, **where: str) -> None:
    """Reach the same location another way; its marker must be there. 变更地址"""
    made = output.copies().change(None, name, _given(where))
    output.say(_machine(made), f"{made.name}  {made.where.text}")


@location.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """Every location and how far it is behind. 存储位置一览"""
    found = output.copies().locations(None)
    output.say(
        {"locations": [standing_json(one) for one in found]},
        "\n".join(_line(one) for one in found),
    )


@location.command()
@click.argument("name")
@click.pass_obj
def check(output: Output, name: str) -> None:
    """Whether it answers and is the one meant; 3 when not. 检查存储位置"""
    try:
        found = output.copies().check(None, name)
    except OutsideUnavailable as error:
        output.say({"location": name, "answers": False, "why": str(error)}, f"{name}: {error}")
        sys.exit(EXIT["outside"])
    output.say({"location": name, "answers": True}, f"{name}  {found.where.text}  可用 answers")


@location.command("catch-up")
@click.argument("name")
@click.pass_obj
def catch_up(output: Output, name: str) -> None:
    """Copy here and now until nothing waits; 1 when something could not be copied. 补齐副本"""
    done = output.copies().catch_up(None, name, lambda standing: None)
    output.say(standing_json(done), _line(done))
    sys.exit(EXIT["no" if done.gaps or done.behind else "yes"])


@location.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why. 理由")
@click.pass_obj
def retire(output: Output, name: str, reason: str) -> None:
    """Ask that it counts no longer; a second person must agree. 申请停用"""
    say_asked(output, output.copies().ask(None, RequestKind.RETIRE, name, reason))


def _given(where: dict[str, str]) -> Where:
    medium = Medium.LOCAL if where["path"] else Medium.S3
    return Where(medium=medium, **where)


def _machine(one: Location) -> dict[str, object]:
    return {
        "location": one.name,
        "medium": one.where.medium,
        "where": one.where.text,
        "state": one.state,
        "version": one.version,
    }


def standing_json(one: Standing) -> dict[str, object]:
    """How far a location is, for machines."""
    counts = {"copied": one.copied, "gaps": one.gaps, "behind": one.behind}
    return {**_machine(one.location), **counts}


def _line(one: Standing) -> str:
    return (
        f"{one.location.name}  {one.location.state}  {one.location.where.text}  "
        f"副本 copied {one.copied}，缺 gaps {one.gaps}，待处理 behind {one.behind}"
    )
