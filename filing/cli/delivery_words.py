"""A delivery as the words of a command name it: one package, or metadata with its files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from filing.errors import BadRequest

Command = TypeVar("Command", bound=Callable[..., object])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def delivery_words(command: Command) -> Command:
    """What is delivered, and the figures of its 归档登记表."""
    for word in (
        click.option("--total-bytes", type=int, help="总字节数 by the 归档登记表"),
        click.option("--files-count", type=int, help="Number of content files by the 归档登记表"),
        click.option("--items", type=int, help="件数 by the 归档登记表"),
        click.option(
            "--file", "files", multiple=True, type=_FILE, help="A content file (repeatable)"
        ),
        click.option("--metadata", type=_FILE, help="DA/T 46 metadata document; the files follow"),
        click.argument("package", required=False, type=_FILE),
    ):
        command = word(command)
    return command


def single_delivery(package: object, metadata: object, files: Sequence[object]) -> None:
    """Raise BadRequest where a package and single files are named together."""
    if package is not None and (metadata is not None or files):
        raise BadRequest(
            "give PACKAGE, or --metadata with --file; not both",
            "请给出包文件，或用 --metadata 与 --file 逐个给出，二者不可并用",
        )
