"""What a command prints, for people or as JSON, and the code it ends with."""

import json
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from filing.config import Settings
from filing.errors import FilingError, Misconfigured, NotGenuine, OutsideUnavailable
from filing.services import Operations
from filing.services.copies import Copies
from filing.services.custody import Custody, Reports, Shown
from filing.services.people import Accounts

if TYPE_CHECKING:
    from filing.cli import Cli

EXIT = {"yes": 0, "no": 1, "usage": 2, "outside": 3, "refused": 4, "misconfigured": 5}
#: What each means, for people.
EXIT_CODES = {
    0: "done; the answer is yes 完成；结论为是",
    1: "done; the answer is no 完成；结论为否（未通过、不真实）",
    2: "the command was not understood 命令有误",
    3: "something did not answer; try again later 未得到应答，请稍后再试",
    4: "refused 被拒绝（身份、权限、不存在、过大、冲突）",
    5: "misconfigured 配置有误",
}


@dataclass(frozen=True)
class Output:
    """The way out of one command."""

    as_json: bool
    cli: "Cli"

    def operations(self) -> Operations:
        """The archive of the settings in force."""
        return self.cli.operations(self.cli.settings())

    def people(self, settings: Settings | None = None) -> Accounts:
        """The accounts of these settings, or of those in force."""
        if self.cli.people is None:
            raise Misconfigured("this command was put together without accounts")
        return self.cli.people(settings or self.cli.settings())

    def custody(self) -> Custody:
        """Custody of the settings in force."""
        if self.cli.custody is None:
            raise Misconfigured("this command was put together without custody")
        return self.cli.custody(self.cli.settings())

    def initialise(self, settings: Settings) -> Mapping[str, str]:
        """Make the archive of these settings as far as it is missing."""
        if self.cli.initialise is None:
            raise Misconfigured("this command was put together without making an archive")
        return self.cli.initialise(settings)

    def copies(self) -> Copies:
        """Further copies of the settings in force."""
        if self.cli.copies is None:
            raise Misconfigured("this command was put together without further copies")
        return self.cli.copies(self.cli.settings())

    def reports(self) -> Reports:
        """Reports on audits of the settings in force."""
        if self.cli.reports is None:
            raise Misconfigured("this command was put together without reports")
        return self.cli.reports(self.cli.settings())

    def shown(self) -> Shown:
        """What custody shows of the settings in force."""
        if self.cli.shown is None:
            raise Misconfigured("this command was put together without custody")
        return self.cli.shown(self.cli.settings())

    def say(self, machine: Mapping[str, object], human: str) -> None:
        """Print ``human``, or ``machine`` when JSON is asked for; a list without lines is said."""
        if self.as_json:
            click.echo(json.dumps(machine, ensure_ascii=False, indent=2, sort_keys=True))
        else:
            click.echo(human or "没有 none")

    def progress(self, total_bytes: int, what: str) -> AbstractContextManager[Progress]:
        """A progress bar on standard error; silent when that is no terminal."""
        console = Console(stderr=True)
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
            disable=self.as_json or not console.is_terminal,
        )
        bar.add_task(what, total=total_bytes)
        return bar


def fail(ctx: click.Context, error: FilingError) -> NoReturn:
    """Say what went wrong and end with its exit code."""
    if isinstance(error, NotGenuine):
        code = EXIT["no"]
    elif isinstance(error, OutsideUnavailable):
        code = EXIT["outside"]
    elif isinstance(error, Misconfigured):
        code = EXIT["misconfigured"]
    else:
        code = EXIT["refused"]
    output = ctx.find_object(Output)
    if output is not None and output.as_json:
        _say_failed(error.code, str(error), error.zh)
    else:
        click.echo(f"{error.zh or error}\n{error.code}: {error}", err=True)
    sys.exit(code)


def fail_usage(error: click.UsageError) -> NoReturn:
    """Say in JSON that the words make no command; for people click says it."""
    place = error.ctx.command_path if error.ctx else "filing"
    _say_failed("usage", error.format_message(), f"命令有误，用法见 {place} --help")
    sys.exit(EXIT["usage"])


def _say_failed(code: str, text: str, zh: str) -> None:
    body = {"error": code, "detail": text, "detail_zh": zh}
    click.echo(json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True))
