"""``filing demo``: an archive with sample agencies and records, over its own interface.

Everything is done the way a stranger would: the server is the real one, the
packages go over HTTP, receipts are verified without it.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from filing.cli.demo_people import lines, seed_people
from filing.cli.demo_samples import samples
from filing.cli.http import Archive
from filing.cli.output import EXIT, Output
from filing.config import Settings
from filing.errors import BadRequest, Misconfigured, OutsideUnavailable, WrongState
from filing.evidence import certificates, receipt
from filing.services import Operations

if TYPE_CHECKING:
    from examples.sample import Sample

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
#: Numbers of the packages offered for a first try; those seeded are below.
_TRY = 5000
#: What to do at the desk of an archive nobody has worked in yet.
_FIRST_ACT = (
    "  选最大的原因，保管期限都应为“30年”：预览，写明理由，一次改好 40 件。",
    "  Take the largest cause; every 保管期限 should be 30年: preview, give a reason, and",
    "  40 rejects are put right in one act.",
)
#: How it ends that only seeds: nothing is served any more.
_CHECKED = (
    "已自检：每份回执均验证属实。服务随即停止；要用上面的网址，请运行 make demo\n"
    "checked: every receipt verifies. The server ends now; to use the address above: make demo"
)


@click.command()
@click.option("--once", is_flag=True, envvar="DEMO_ONCE", help="Seed, check, end. [env DEMO_ONCE]")
@click.pass_context
def demo(ctx: click.Context, once: bool) -> None:
    """Seed sample agencies and records, then serve. 演示"""
    output = ctx.ensure_object(Output)
    if str(_ROOT) not in sys.path:
        sys.path.append(str(_ROOT))  # the samples stand in the checkout, not in the package
    settings = output.cli.settings()
    if "FILING_HOME" not in os.environ:
        settings = replace(settings, home=settings.home / "demo")
    _is_free(settings.listen)
    output.initialise(settings)
    operations = output.cli.operations(settings)
    fresh = not operations.agencies()
    tokens = _agencies(operations)
    names = {one.id: one.name for one in operations.agencies() if one.id in tokens}
    people = seed_people(output.people(settings), names)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server ends with the demo
    server = _start(settings)
    stopped = False
    try:
        url = f"http://{settings.listen}"
        _await(url, server)
        counts = _seed(output, url, tokens)
        _check(url, tokens, operations, counts, settings)
        _tell(output, url, tokens, people, counts, settings, fresh)
        if not once:
            _hint(output, f"停止 stop: Ctrl-C   数据 kept in: {_short(settings.home)}")
            server.wait()
        else:
            _hint(output, _CHECKED)
    except KeyboardInterrupt:
        stopped = True
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    if stopped:
        click.echo("\n已停止 stopped", err=True)
    elif server.returncode not in (0, -signal.SIGTERM):
        ctx.exit(EXIT["outside"])


def _is_free(listen: str) -> None:
    """Raise Misconfigured if something answers there: the demo must not file with a stranger."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]
        raise Misconfigured(
            f"{listen} cannot be served ({why}). Choose another port: "
            "FILING_LISTEN=127.0.0.1:8761 make demo",
            f"{listen} 无法使用，可能已有程序占用。换一个端口："
            "FILING_LISTEN=127.0.0.1:8761 make demo",
        ) from error


def _agencies(operations: Operations) -> dict[str, str]:
    """The sample agencies, each with a fresh token."""
    from examples.documents import AGENCIES

    for one in AGENCIES:
        try:
            operations.add_agency(one)
        except WrongState:
            continue  # seeded before
    return {one.id: operations.add_token(one.id, "demo") for one in AGENCIES}


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    environ = {
        **os.environ,
        "FILING_HOME": str(settings.home),
        "FILING_LISTEN": settings.listen,
    }
    command = [sys.executable, "-m", "filing", "serve"]
    # A session of its own: Ctrl-C is for the demo, which ends the server in order.
    return subprocess.Popen(command, env=environ, cwd=_ROOT, start_new_session=True)


def _await(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise OutsideUnavailable("the server ended; see above why", "服务未能启动，原因见上")
        try:
            Archive(url).get("/openapi.json")
        except OutsideUnavailable:
            time.sleep(0.1)
        else:
            return
    raise OutsideUnavailable(
        f"the server did not answer within {_START_SECONDS} s",
        f"服务在 {_START_SECONDS} 秒内没有应答，请稍后再运行",
    )


def _seed(output: Output, url: str, tokens: Mapping[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    every = list(samples())
    with output.progress(sum(len(one.wire()) for one in every), "报送样例 filing samples") as bar:
        for sample in every:
            reply = Archive(url, tokens[sample.agency_id]).post(
                "/submissions", dict(sample.headers), _Wire(sample)
            )
            kind = {200: "accepted", 201: "accepted", 422: "rejected"}.get(reply.status, "other")
            counts[kind] += 1
            bar.advance(bar.task_ids[0], len(sample.wire()))
    return counts


class _Wire:
    """A sample as a request body."""

    def __init__(self, sample: "Sample") -> None:
        self.media_type = sample.content_type
        self._body = sample.wire()
        self.size_bytes = len(self._body)

    def blocks(self) -> Iterator[bytes]:
        """The body."""
        yield self._body


def _check(
    url: str,
    tokens: Mapping[str, str],
    operations: Operations,
    counts: Mapping[str, int],
    settings: Settings,
) -> None:
    """The demo checks itself: receipts verify, counts are as promised."""
    if counts["accepted"] < 50 or counts["rejected"] < 10 or counts["other"]:
        raise BadRequest(
            f"the demo went otherwise than meant: {dict(counts)}. Was {settings.home} filled by "
            "another version? Remove it and run the demo again.",
            f"演示结果与预期不符：{dict(counts)}。{settings.home} 可能由其他版本建立，"
            "请删除后重新运行。",
        )
    trusted = {}
    for pem in operations.trusted_keys().values():
        for der in certificates.load_chain(pem):
            trusted[certificates.fingerprint(der)] = certificates.read(der).public_key
    for token in tokens.values():
        archive = Archive(url, token)
        for one in _page(archive):
            body = archive.get(f"/submissions/{one['id']}/receipt").body
            receipt.verify(body, trusted)


def _page(archive: Archive) -> list[dict[str, Any]]:  # Any: JSON
    found = json.loads(archive.get("/submissions?state=receipted&limit=50").body)
    return list(found["items"])


def _tell(
    output: Output,
    url: str,
    tokens: Mapping[str, str],
    people: Mapping[str, tuple[str, str]],
    counts: Mapping[str, int],
    settings: Settings,
    fresh: bool,
) -> None:
    token = next(iter(tokens.values()))
    folder = settings.home / "samples"
    new = _one_more(folder)
    told = [
        "",
        f"已归档 accepted {counts['accepted']}   未通过 rejected {counts['rejected']}",
        "  （每种缺陷一件，另有三个原因的一批 one of each fault, and many of three causes）",
        "",
        f"  网址 URL      {url}/",
        f"  接口 API      {url}/api/",
        *(f"  令牌 token    {agency:24} {one}" for agency, one in tokens.items()),
        *lines(people),
        "",
        "先看退件处理台 first, the desk:",
        f"  打开 open {url}/desk/causes  登录 as clerk  {people['clerk'][1]}",
        *(_FIRST_ACT if fresh else ()),  # later the largest cause may be another
        "",
        "接下来，在另一个终端 then, in another shell:",
        f"  export FILING_URL={url} FILING_TOKEN={token}",
        f"  .venv/bin/filing submit {_short(new)} --receipt receipt.json",
        f"  .venv/bin/filing verify receipt.json {_short(new)} --trust {_trust(settings)}",
        f'  curl -H "Authorization: Bearer $FILING_TOKEN" '
        f"'{url}/api/v1/submissions?state=rejected&limit=3'",
        "",
    ]
    output.say(
        {
            "url": url,
            "tokens": dict(tokens),
            "people": {login: password for login, (_, password) in people.items()},
            "counts": dict(counts),
            "sample": str(new),
        },
        "\n".join(told),
    )
    sys.stdout.flush()


def _hint(output: Output, text: str) -> None:
    if not output.as_json:
        click.echo(f"{text}\n")
    sys.stdout.flush()


def _one_more(folder: Path) -> Path:
    """A package nobody has sent yet, for a stranger's first try."""
    from examples.good import good

    folder.mkdir(parents=True, exist_ok=True)
    number = _TRY + secrets.randbelow(4000)
    sample = next(iter(good(1, start=number)))
    path = folder / f"try-{number}{sample.extension}"
    path.write_bytes(sample.wire())
    return path


def _trust(settings: Settings) -> str:
    found = sorted(settings.keys.glob("*.crt.pem"))
    return " --trust ".join(_short(one) for one in found)


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
