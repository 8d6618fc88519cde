"""``filing check``: judge without filing."""

import json
import sys
from pathlib import Path

import click

from filing.cli.delivery_words import delivery_words, single_delivery
from filing.cli.output import EXIT, Output
from filing.cli.report_text import report_lines
from filing.errors import BadRequest
from filing.rules.facts import Registration

_KINDS = {".xml": "application/xml", ".zip": "application/zip"}


@click.command()
@delivery_words
@click.option("--agency", "agency_id", default="", help="Judge as if this agency sent it")
@click.pass_context
def check(
    ctx: click.Context,
    package: Path | None,
    metadata: Path | None,
    files: tuple[Path, ...],
    agency_id: str,
    items: int | None,
    files_count: int | None,
    total_bytes: int | None,
) -> None:
    """Check PACKAGE without filing it: the engine and report of the interface. 离线检测

    With --agency, the archive in FILING_HOME is asked for that agency's rules
    and for duplicates; without, those checks say that nobody could tell.
    """
    output = ctx.ensure_object(Output)
    single_delivery(package, metadata, files)
    if package is not None:
        media_type = _KINDS.get(package.suffix.lower(), "")
        listed = [("package", str(package))]
    elif metadata is not None:
        media_type = "multipart/form-data"
        listed = [("metadata", str(metadata)), *(("file", str(one)) for one in files)]
    else:
        raise BadRequest("give PACKAGE or --metadata", "请给出包文件或 --metadata")
    if not media_type:
        raise BadRequest(f"{package} is neither .xml nor .zip", f"{package} 不是 .xml 或 .zip")
    report = output.operations().check(
        agency_id, media_type, tuple(listed), Registration(items, files_count, total_bytes)
    )
    if output.as_json:
        # The very bytes the interface answers with, so that they can be compared.
        sys.stdout.buffer.write(report)
    else:
        click.echo("\n".join(report_lines(json.loads(report))))
    if json.loads(report)["decision"] != "accepted":
        ctx.exit(EXIT["no"])
