"""``filing submit`` and ``filing show``: an agency at its own terminal."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import click

from filing.cli.delivery_words import delivery_words, single_delivery
from filing.cli.http import Archive, Body, Reply
from filing.cli.output import EXIT, Output
from filing.cli.report_text import report_lines
from filing.errors import BadRequest, NotFound, OutsideUnavailable

Command = TypeVar("Command", bound=Callable[..., object])


def archive_options(command: Command) -> Command:
    """Where the archive is, and who we are."""
    for option in (
        click.option("--authority", default="", help="PEM file of the archive's CA"),
        click.option("--certificate", default="", help="PEM file with our certificate and key"),
        click.option("--token", envvar="FILING_TOKEN", default="", help="[env FILING_TOKEN]"),
        click.option(
            "--url",
            envvar="FILING_URL",
            default="http://127.0.0.1:8760",
            show_default=True,
            help="[env FILING_URL]",
        ),
    ):
        command = option(command)
    return command


@click.command()
@delivery_words
@click.option("--key", default="", help="Idempotency-Key; the same key opens one submission")
@click.option("--later", is_flag=True, help="Do not wait for the examination (202)")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Write it here")
@archive_options
@click.pass_context
def submit(
    ctx: click.Context,
    package: Path | None,
    metadata: Path | None,
    files: tuple[Path, ...],
    key: str,
    later: bool,
    receipt: Path | None,
    items: int | None,
    files_count: int | None,
    total_bytes: int | None,
    url: str,
    token: str,
    certificate: str,
    authority: str,
) -> None:
    """File PACKAGE (.xml or .zip), or --metadata with --file… 报送一件"""
    output = ctx.ensure_object(Output)
    single_delivery(package, metadata, files)
    if receipt is not None and not receipt.parent.is_dir():
        raise BadRequest(f"there is no folder {receipt.parent}", f"没有文件夹 {receipt.parent}")
    figures = {"Items": items, "Files": files_count, "Total-Bytes": total_bytes}
    headers = {f"Filing-{name}": str(one) for name, one in figures.items() if one is not None}
    if key:
        headers["Idempotency-Key"] = key
    if later:
        headers["Prefer"] = "respond-async"
    sizes = Body(package, metadata, files, lambda _: None).size_bytes
    with output.progress(sizes, (package or metadata or Path()).name) as bar:
        task = bar.task_ids[0]
        body = Body(package, metadata, files, lambda n: bar.advance(task, n))
        reply = Archive(url, token, certificate, authority).post("/submissions", headers, body)
    _answer(ctx, output, reply, receipt)


def _answer(ctx: click.Context, output: Output, reply: Reply, receipt: Path | None) -> None:
    answer = json.loads(reply.body)
    if reply.status == 422:
        output.say(answer, "\n".join(report_lines(answer["report"])))
        ctx.exit(EXIT["no"])
    if reply.status == 202:
        output.say(answer, f"已接收，待检测 received: {answer.get('id', '')}")
        return
    said = answer["receipt"]
    if receipt is not None:
        _keep(receipt, reply.body, said["submission"])
    lines = [
        f"已归档 filed   {said['submission']}",
        f"档案 record    {said['record']}",
        f"回执 receipt   {receipt if receipt is not None else '(--receipt FILE keeps it)'}",
    ]
    if said["undetermined"]:
        lines.append(f"无法判定 could not tell: {', '.join(said['undetermined'])}")
    output.say(answer, "\n".join(lines))


def _keep(receipt: Path, body: bytes, submission_id: str) -> None:
    try:
        receipt.write_bytes(body)
    except OSError as error:
        raise OutsideUnavailable(
            f"filed as submission {submission_id}, but {receipt} could not be written:"
            f" {error.strerror}; the same delivery again brings the same receipt",
            f"已归档（归档提交 {submission_id}），回执无法写入 {receipt}；重发同一件可再得同一回执",
        ) from error


@click.command()
@click.argument("submission_id")
@archive_options
@click.pass_obj
def show(
    output: Output, submission_id: str, url: str, token: str, certificate: str, authority: str
) -> None:
    """Show a submission: where it stands, and its report. 查看一件"""
    archive = Archive(url, token, certificate, authority)
    place = f"/submissions/{quote(submission_id, safe='')}"
    found = json.loads(archive.get(place).body)
    lines = [f"{name:16} {value}" for name, value in found.items() if not isinstance(value, dict)]
    shown: dict[str, object] = {"submission": found}
    # Not every one has a report: it may be waiting, or withdrawn before its turn.
    with contextlib.suppress(NotFound):
        shown["report"] = report = json.loads(archive.get(f"{place}/report").body)
        lines += ["", *report_lines(report)]
    output.say(shown, "\n".join(lines))
