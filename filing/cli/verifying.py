"""``filing verify``: prove without a server that the archive keeps a record as it was.

Files are known by their path: the sealed path that ends most like theirs. A
file of another name is known by its bytes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import click

from filing.cli.corrected_text import corrections_as_dict, corrections_text
from filing.cli.output import Output
from filing.errors import BadRequest, NotGenuine
from filing.evidence import certificates, receipt, suites
from filing.evidence import statement as statements
from filing.evidence.hashing import digest_stream
from filing.evidence.statement import SealedFile, Statement
from filing.model.digest import Digest

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("receipt_file", type=_FILE)
@click.argument("files", nargs=-1, type=_PLACE)
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

    FILES may be folders: every file in them that is under seal is compared,
    others are named. Without --trust the certificates inside the receipt are
    used, which proves that it is whole, not who made it; the answer says so.
    """
    trusted = _trusted(trust) if trust else None
    content = receipt_file.read_bytes()
    known = receipt.read(content)[0]
    brought = _bring(files, statements.read(known.proof.statement), known.package_digest)
    found = receipt.verify(content, trusted, brought.digests or None)
    lines = [f"✓ {one.zh}\n  {one.text}" for one in found.proved]
    if not found.trusted:
        lines.append("! 证书取自回执本身，未证明签发者身份 self-asserted: give --trust")
    if found.unchecked:
        lines.append(f"! 未核对 not checked: {'、'.join(found.unchecked)}")
    if brought.unknown:
        lines.append(f"! 不在封印之内 not under seal: {'、'.join(brought.unknown)}")
    lines += corrections_text(found.statement)
    output.say(
        {
            "corrections": corrections_as_dict(found.statement),
            "package_digest": str(found.statement.package_digest),
            "proved": [{"en": one.text, "zh": one.zh} for one in found.proved],
            "trusted": found.trusted,
            "deliveries": brought.deliveries,
            "unchecked": list(found.unchecked),
            "unknown": brought.unknown,
            "record": found.receipt.record_id,
        },
        "\n".join(lines),
    )


@dataclass(frozen=True, slots=True)
class _Sealed:
    """Something under seal. ``kept``: its place in the archive's object."""

    kept: str
    digests: tuple[Digest, ...]


@dataclass(slots=True)
class _Brought:
    """The verifier's files, as far as the receipt knows them.

    digests      by sealed path, deliveries by their own
    deliveries   files that are the package as it was delivered
    unknown      files in a folder that are nothing the receipt speaks of
    """

    digests: dict[str, tuple[Digest, ...]] = field(default_factory=dict)
    deliveries: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def _bring(places: Iterable[Path], said: Statement, package: Digest) -> _Brought:
    """Raises NotGenuine for a file named by itself that the receipt does not speak of."""
    brought = _Brought()
    papers = said.papers()
    sealed = {name: _Sealed(name, (digest,)) for name, digest in papers.items()}
    sealed |= {one.path: _Sealed(_place(one), one.digests) for one in said.files()}
    for path, named in _walk(places):
        with path.open("rb") as stream:
            digests = digest_stream(stream, ("sha256",))
        found = _sealed_as(path, digests[0], sealed, papers)
        if found:
            # A file a correction left alone is sealed as received, and as it is.
            for name in [name for name in sealed if sealed[name].kept == sealed[found].kept]:
                # Of two files for one path, the one that differs decides.
                if name not in brought.digests or not set(digests) <= set(sealed[name].digests):
                    brought.digests[name] = digests
        elif digests[0] == package:
            brought.deliveries.append(str(path))
            brought.digests[str(path)] = digests
        elif named:
            raise NotGenuine(
                f"not proved that {path} is as sealed: no such file is under seal",
                f"未能证明：文件 {path} 不在封印之内",
            )
        else:
            brought.unknown.append(str(path))
    return brought


def _place(one: SealedFile) -> str:
    """Where it lies in the archive's object; content inside a document by its name alone."""
    return one.kept or (one.path if one.inline else f"package/{one.path}")


def _walk(places: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file, and whether it was named by itself."""
    for place in places:
        if not place.is_dir():
            yield place, True
            continue
        for path in sorted(place.rglob("*")):
            if path.is_file():
                yield path, False


def _sealed_as(
    path: Path, digest: Digest, sealed: Mapping[str, _Sealed], papers: Collection[str]
) -> str:
    """What under seal ``path`` stands for: by the end of its path, else by its bytes; "" nothing.

    papers   those that are reports or rules
    """
    parts = path.absolute().parts
    likeness = {
        name: max(_common_end(parts, name), _common_end(parts, one.kept))
        for name, one in sealed.items()
    }
    best = max(likeness.values(), default=0)
    alike = [name for name in sealed if best and likeness[name] == best]
    same = [name for name in alike or sealed if digest in sealed[name].digests]
    # An agency keeps the report that refused a delivery by the name of any report.
    same = same or [name for name in papers if digest in sealed[name].digests]
    return next(iter(same or alike), "")


def _common_end(parts: Sequence[str], sealed: str) -> int:
    """How many parts the two paths have in common, from the end."""
    count = 0
    for one, other in zip(reversed(parts), reversed(PurePosixPath(sealed).parts), strict=False):
        if one != other:
            break
        count += 1
    return count


def _trusted(files: Iterable[Path]) -> dict[str, suites.PublicKey]:
    keys = {}
    for path in files:
        try:
            chain = certificates.load_chain(path.read_bytes())
            for der in chain:
                keys[certificates.fingerprint(der)] = certificates.read(der).public_key
        except NotGenuine as error:
            raise BadRequest(f"{path}: {error}", f"{path} 不是证书") from error
    return keys
