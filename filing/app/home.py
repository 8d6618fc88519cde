"""The archive's home: its folders, and whether what is there is what this release needs.

Says what to do in one sentence; the operator may have named another folder than was meant.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from filing.adapters import keys
from filing.adapters.clock import SystemClock
from filing.adapters.custody.learning import entries_told
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.used_certificates import UsedCertificates
from filing.adapters.custody.witness import Witness
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import head, migrate, revision
from filing.adapters.durable import Barrier
from filing.adapters.ocfl.layout import ROOT_DECLARATION
from filing.adapters.ocfl.store import Store
from filing.config import Settings
from filing.errors import Misconfigured
from filing.evidence.signatures import Signer
from filing.ports import Ledger

_FOLDER_MODE = 0o750


def initialise(settings: Settings) -> Mapping[str, str]:
    """Make home, keys, database and store as far as they are missing; say what is there.

    Nothing else makes a home: a name mistyped in FILING_HOME would leave an empty one.

    Raises Misconfigured, OutsideUnavailable.
    """
    _make(settings.home, settings.staging, settings.store)
    made = keys.make_missing(settings, SystemClock().now())
    keys.load(settings)  # those that were there must be of use, or nothing here can begin
    with closing(Database(settings.url)) as database:
        migrate(database)
    with closing(Barrier(settings.staging)) as barrier:
        store = Store(settings.store, settings.staging / "objects", barrier)
        with closing(store):
            store.initialise()
    return {
        "home": str(settings.home),
        "keys": f"{settings.keys} ({len(made)} new)",
        "database": f"{settings.url.partition(':')[0]}, schema {head()}",
        "store": str(settings.store),
    }


def check_home(settings: Settings) -> None:
    """See that there is an archive in the home, before anything is opened.

    A backup need not have its staging; that is made. Raises Misconfigured.
    """
    if not (settings.store / ROOT_DECLARATION[0]).is_file():
        raise Misconfigured(
            f"{settings.home} is not the home of an archive: look at FILING_HOME and whether it"
            " is mounted; a new archive is made with filing init",
            f"{settings.home} 中没有档案库：请检查 FILING_HOME 是否写对、磁盘是否已挂载；"
            "新建请运行 filing init",
        )
    _make(settings.staging)


def _make(*folders: Path) -> None:
    for folder in folders:
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
