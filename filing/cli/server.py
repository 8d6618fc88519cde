"""``filing init``, ``serve`` and ``recover``: the archive's own machine."""

import click

from filing.cli.output import EXIT, Output


@click.command()
@click.pass_obj
def init(output: Output) -> None:
    """Make keys, database and store; what is there stays. 初始化"""
    made = output.operations().initialise()
    output.say(dict(made), "\n".join(f"{name:10} {what}" for name, what in made.items()))


@click.command()
@click.pass_obj
def serve(output: Output) -> None:
    """Serve until stopped. 启动服务"""
    output.cli.serve(output.cli.settings())


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
