"""The command line: for operators, and for agencies that file by hand.

Exit codes are the same for every command; EXIT_CODES says them, and --help.

Output is for people on a terminal; ``--json`` gives one JSON value instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from filing.cli.agency import agency
from filing.cli.audit import audit
from filing.cli.checking import check
from filing.cli.client import show, submit
from filing.cli.demo import demo
from filing.cli.findings import findings
from filing.cli.location import location
from filing.cli.output import EXIT, EXIT_CODES, Output, fail, fail_usage
from filing.cli.person import person
from filing.cli.repair import repair
from filing.cli.server import init, recover, serve, worker
from filing.cli.store import store
from filing.cli.verifying import verify
from filing.config import Settings
from filing.custody.rebuild import Rebuilt
from filing.errors import FilingError, OutsideUnavailable
from filing.services import Operations
from filing.services.copies import Copies
from filing.services.custody import Custody, Reports, Shown
from filing.services.people import Accounts

__all__ = ["EXIT", "EXIT_CODES", "Cli", "create_cli"]

_EPILOG = "\b\nExit codes 退出码:\n" + "\n".join(
    f"  {code}  {text}" for code, text in EXIT_CODES.items()
)


#: (settings, store, into, finish, told) -> what came of it
Rebuild = Callable[[Settings, Path | None, str, bool, Callable[[int], bool]], Rebuilt]


@dataclass(frozen=True)
class Cli:
    """What the commands are given: settings are read when a command needs them.

    operations   opens the archive of these settings
    serve        serves it until stopped
    work         does background work until stopped, so much at once
    initialise   makes the archive as far as it is missing; says what is there
    people       opens the accounts of these settings; a command that needs what was not
                 given ends as misconfigured
    custody      opens custody of these settings
    copies       opens further copies of these settings
    rebuild      see filing.app.scratch.rebuild
    reports      opens the reports on audits of these settings
    shown        opens what custody shows of these settings
    """

    settings: Callable[[], Settings]
    operations: Callable[[Settings], Operations]
    serve: Callable[[Settings], None]
    people: Callable[[Settings], Accounts] | None = None
    work: Callable[[Settings, int], None] | None = None
    initialise: Callable[[Settings], Mapping[str, str]] | None = None
    custody: Callable[[Settings], Custody] | None = None
    copies: Callable[[Settings], Copies] | None = None
    rebuild: Rebuild | None = None
    reports: Callable[[Settings], Reports] | None = None
    shown: Callable[[Settings], Shown] | None = None


class _Group(click.Group):
    """Turns an error of ours into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except FilingError as error:
            fail(ctx, error)
        except KeyboardInterrupt:
            # Click would end with 1, which is "no": damaged, rejected, not genuine.
            fail(ctx, OutsideUnavailable("interrupted; nobody knows yet", "已中断，尚无结论"))
        except click.UsageError as error:
            # Not yet in ctx.obj: the command is looked up before the group's own options run.
            if not ctx.params["as_json"]:
                raise
            fail_usage(error)


def create_cli(cli: Cli) -> click.Group:
    """The ``filing`` command."""

    @click.group(
        cls=_Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON value. 输出 JSON")
    @click.version_option(package_name="filing")
    @click.pass_context
    def filing(ctx: click.Context, as_json: bool) -> None:
        """Filing (在线归档): file electronic records with the archive, online."""
        ctx.obj = Output(as_json, cli)

    for command in (
        init,
        serve,
        worker,
        recover,
        audit,
        findings,
        location,
        repair,
        store,
        agency,
        person,
        submit,
        show,
        check,
        verify,
        demo,
    ):
        _say_whole(command)
        filing.add_command(command)
    return filing


def _say_whole(command: click.Command) -> None:
    """Have lists of commands give its first line whole: click stops before the Chinese."""
    command.short_help = (command.help or "").partition("\n")[0]
    if isinstance(command, click.Group):
        for one in command.commands.values():
            _say_whole(one)
