"""``filing check`` and ``filing verify``: judge without filing, prove without a server."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from filing.cli.output import EXIT, Output
from filing.cli.report_text import report_lines
from filing.errors import BadRequest
from filing.evidence import certificates, receipt, suites
from filing.evidence.hashing import digest_stream
from filing.model.digest import Digest
from filing.rules.facts import Registration

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KINDS = {".xml": "application/xml", ".zip": "application/zip"}


@click.command()
@click.argument("package", required=False, type=_FILE)
@click.option("--metadata", type=_FILE, help="DA/T 46 metadata document; the files follow")
@click.option("--file", "files", multiple=True, type=_FILE, help="A content file (repeatable)")
@click.option("--agency", "agency_id", default="", help="Judge as if this agency sent it")
@click.option("--items", type=int, help="件数 by the 归档登记表")
@click.option("--files-count", type=int, help="Number of content files by the 归档登记表")
@click.option("--total-bytes", type=int, help="总字节数 by the 归档登记表")
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


@click.command()
@click.argument("receipt_file", type=_FILE)
@click.argument("files", nargs=-1, type=_FILE)
@click.option(
    "--trust",
    multiple=True,
    type=_FILE,
    help="Certificate of the archive (PEM), got by another way than the receipt",
)
@click.pass_obj
def verify(
    output: Output, receipt_file: Path, files: tuple[Path, ...], trust: tuple[Path, ...]
) -> None:
    """Verify a receipt and FILES against it; no server is asked. 离线验证回执

    Without --trust the certificates inside the receipt are used, which proves
    that it is whole, not who made it; the answer says so.
    """
    trusted = _trusted(trust) if trust else None
    found = receipt.verify(receipt_file.read_bytes(), trusted, _digests(files) or None)
    lines = [f"✓ {one.zh}\n  {one.text}" for one in found.proved]
    if not found.trusted:
        lines.append("! 证书取自回执本身，未证明签发者身份 self-asserted: give --trust")
    if found.unchecked:
        lines.append(f"! 未核对 not checked: {'、'.join(found.unchecked)}")
    output.say(
        {
            "proved": [{"en": one.text, "zh": one.zh} for one in found.proved],
            "trusted": found.trusted,
            "unchecked": list(found.unchecked),
            "record": found.receipt.record_id,
        },
        "\n".join(lines),
    )


def _trusted(files: Iterable[Path]) -> dict[str, suites.PublicKey]:
    keys = {}
    for path in files:
        for der in certificates.load_chain(path.read_bytes()):
            keys[certificates.fingerprint(der)] = certificates.read(der).public_key
    return keys


def _digests(files: Iterable[Path]) -> dict[str, tuple[Digest, ...]]:
    found = {}
    for path in files:
        with path.open("rb") as stream:
            found[path.name] = digest_stream(stream, ("sha256",))
    return found
