"""The rule set: catalogue, metadata table and formats, read once at start.

A report names the version and the digest of what judged: ``digest`` covers every TOML
file of schemas/checks and schemas/metadata and every XSD below schemas, in the order
of their paths.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filing.errors import Misconfigured
from filing.rules.catalogue import Catalogue, read_catalogue
from filing.rules.formats import Formats, read_formats
from filing.rules.metadata_table import MetadataTable, read_metadata_table

#: Where a checkout keeps them.
SHIPPED = Path(__file__).resolve().parents[2] / "schemas"


@dataclass(frozen=True, slots=True)
class RulesUsed:
    """Which rules judged a package.

    text   what they change of the shipped ones, whose digest is ``digest``; b"" where
           the shipped rules judged, which every release carries (filing.rules.tuning)
    """

    version: str
    digest: str
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything static a detection needs. ``digest`` is "sha256:…".

    text     see RulesUsed
    pieces   report text written before, by what it says (a check and its findings,
             a property and its counts); only filing.rules.report reads and fills
             it, and any piece may be lost
    """

    version: str
    digest: str
    catalogue: Catalogue
    table: MetadataTable
    formats: Formats
    text: bytes = b""
    pieces: dict[tuple[str | int, ...], bytes] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def used(self) -> RulesUsed:
        """This rule set, as what it judged names it."""
        return RulesUsed(self.version, self.digest, self.text)


def read_files(root: Path = SHIPPED) -> dict[str, bytes]:
    """The files a rule set consists of, by path below ``root``. Raises Misconfigured."""
    chosen = [
        *root.glob("checks/*.toml"),
        *root.glob("metadata/*.toml"),
        *root.rglob("*.xsd"),
    ]
    if not chosen:
        raise Misconfigured(f"no rule set below {root}")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(chosen)}


def digest_of(files: Mapping[str, bytes]) -> str:
    """Digest of names and bytes, each led by its length so that none can pass for another."""
    hasher = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            hasher.update(len(part).to_bytes(8, "big"))
            hasher.update(part)
    return f"sha256:{hasher.hexdigest()}"


def make_rule_set(files: Mapping[str, bytes]) -> RuleSet:
    """Build the rule set from its files. Raises Misconfigured."""
    checks = {
        name.removeprefix("checks/"): text
        for name, text in files.items()
        if name.startswith("checks/")
    }
    catalogue = read_catalogue(checks)
    try:
        formats, table = checks["formats.toml"], files["metadata/dat46.toml"]
    except KeyError as error:
        raise Misconfigured(f"the rule set lacks {error}") from error
    return RuleSet(
        version=catalogue.version,
        digest=digest_of(files),
        catalogue=catalogue,
        table=read_metadata_table(table),
        formats=read_formats(formats),
    )


def load_rule_set(root: Path = SHIPPED) -> RuleSet:
    """Read the rule set below ``root``; once, at start. Raises Misconfigured."""
    return make_rule_set(read_files(root))
