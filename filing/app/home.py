"""The archive's home: its folders, and whether what is there is what this release needs.

Says what to do in one sentence; the operator may have named another folder than was meant.
"""

from filing.adapters import keys
from filing.adapters.custody.learning import entries_told
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.used_certificates import UsedCertificates
from filing.adapters.custody.witness import Witness
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import head, revision
from filing.config import Settings
from filing.errors import Misconfigured
from filing.evidence.signatures import Signer
from filing.ports import Ledger

_FOLDER_MODE = 0o750


def make_folders(settings: Settings) -> None:
    """Make the folders that are missing. Raises Misconfigured where they cannot be."""
    for folder in (settings.home, settings.staging, settings.store):
        try:
            folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                f"FILING_HOME: {folder} cannot be made: {error.strerror}",
                f"FILING_HOME：无法建立 {folder}",
            ) from error


def check_schema(settings: Settings, database: Database) -> None:
    """See that the database is as this release needs it.

    Raises Misconfigured, OutsideUnavailable.
    """
    if (stands := revision(database)) != head():
        raise Misconfigured(
            f"the database is at {stands or 'nothing'}, {head()} is needed: run filing init"
            f" (FILING_HOME is {settings.home})",
            f"数据库未初始化或版本不符，请先运行 filing init（FILING_HOME 为 {settings.home}）",
        )


def signers_of(settings: Settings, witness: Witness, ledger: Ledger) -> tuple[Signer, ...]:
    """The keys in force; they and those before them are written down before they sign.

    Raises Misconfigured, OutsideUnavailable.
    """
    found = keys.load(settings)
    UsedCertificates(witness.folder).write_down(
        trust_of(settings.keys, settings.origin).keys.values(),
        lambda: entries_told(ledger.head().size, witness, settings.store),
    )
    return found
