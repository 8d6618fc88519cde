"""``filing init``, ``serve``, ``worker`` and ``recover``: the archive's own machine."""

import click

from filing.cli.output import EXIT, Output
from filing.errors import Misconfigured


@click.command()
@click.pass_obj
def init(output: Output) -> None:
    """Make keys, database and store; what is there stays. 初始化"""
    made = output.initialise(output.cli.settings())
    output.say(dict(made), "\n".join(f"{name:10} {what}" for name, what in made.items()))


@click.command()
@click.pass_obj
def serve(output: Output) -> None:
    """Serve until stopped. 启动服务"""
    output.cli.serve(output.cli.settings())


@click.command()
@click.option("--threads", default=4, show_default=True, help="Duties done at once. 并发数")
@click.pass_obj
def worker(output: Output, threads: int) -> None:
    """Do background work until stopped, as FILING_BROKER_URL says. 后台任务"""
    if output.cli.work is None:
        raise Misconfigured("this command was built without background work")
    output.cli.work(output.cli.settings(), threads)


@click.command()
@click.pass_context
def recover(ctx: click.Context) -> None:
    """Finish or clear what a crash left (serving does so by itself). 崩溃恢复"""
    output = ctx.ensure_object(Output)
    done = output.operations().recover()
    output.say(
        dict(done),
        f"finished 续办 {done['finished']}   cleared 清理 {done['cleared']}"
        f"   doubtful 存疑 {done['doubtful']}",
    )
    if done["doubtful"]:
        ctx.exit(EXIT["no"])
