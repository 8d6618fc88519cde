"""``filing audit report``: a signed report on one audit, as files in a folder."""

import tempfile
from pathlib import Path

import click

from filing.cli.output import Output
from filing.errors import BadRequest, OutsideUnavailable
from filing.services.custody import REPORT_FORMATS


@click.command()
@click.argument("audit_id")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(REPORT_FORMATS),
    help="May be given several times; all without it. 格式，可多次给出",
)
@click.option(
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder that is not there yet; audit-ID without it. 新文件夹",
)
@click.pass_obj
def report(output: Output, audit_id: str, formats: tuple[str, ...], folder: Path | None) -> None:
    """Write a report with its signatures; VERIFY.txt says how to check it. 完整性检查报告"""
    reports = output.reports()
    # Beside its place first: a folder that is there is a whole report.
    wanted = folder or Path(f"audit-{_name(audit_id)}")
    if wanted.exists():
        raise BadRequest(f"{wanted} is there already", f"{wanted} 已存在")
    try:
        parent = wanted.absolute().parent
        with tempfile.TemporaryDirectory(dir=parent, prefix=".report-") as work:
            made = Path(work) / "report"
            made.mkdir(mode=0o755)
            names = reports.write(None, audit_id, formats or REPORT_FORMATS, made)
            _publish(made, wanted)
    except OSError as error:
        raise OutsideUnavailable(f"{wanted}: {error.strerror}", f"无法写入 {wanted}") from error
    output.say(
        {"audit": audit_id, "folder": str(wanted), "files": list(names)},
        "\n".join([f"报告已写入 report written: {wanted}", *(f"  {one}" for one in names)]),
    )


def _publish(made: Path, wanted: Path) -> None:
    try:
        made.rename(wanted)
    except FileExistsError:
        raise BadRequest(f"{wanted} is there already", f"{wanted} 已存在") from None


def _name(audit_id: str) -> str:
    """The id as a file's name; what is no id is refused where it is looked up."""
    return "".join(one for one in audit_id if one.isascii() and (one.isalnum() or one == "-"))[:40]
