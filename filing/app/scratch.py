"""A scratch place to rebuild into: an empty SQLite database in a folder that is removed again."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filing.adapters.custody.stored_log import StoredLog
from filing.adapters.custody.trusting import trust_of
from filing.adapters.custody.used_certificates import UsedCertificates
from filing.adapters.db.comparing import Comparing
from filing.adapters.db.engine import Database
from filing.adapters.db.migrate import migrate
from filing.adapters.db.rebuilt_index import SqlIndex
from filing.adapters.locations.local import LocalPlace
from filing.adapters.ownership import OwnedFolder
from filing.app.site import Site
from filing.config import Settings
from filing.custody.drill import Scratch
from filing.custody.expected import Trust
from filing.custody.rebuild import Rebuilding, Rebuilt
from filing.errors import Misconfigured
from filing.evidence import certificates
from filing.evidence.suites import PublicKey
from filing.model.copies import Difference


class Scratches:
    """Makes scratch places below the archive's home, beside the database it holds them to."""

    def __init__(self, site: Site, trust: Callable[[], Trust]) -> None:
        self._site, self._trust = site, trust

    @contextmanager
    def _opened(self) -> Iterator[Scratch]:
        owned = OwnedFolder(self._site.settings.home / "drill")
        owned.sweep(lambda name: False)  # of drills that were killed
        try:
            with (
                tempfile.TemporaryDirectory(dir=owned.path) as folder,
                closing(Database(f"sqlite:///{folder}/rebuilt.db")) as database,
            ):
                migrate(database)
                yield _Scratch(self._site, database, self._trust())
        finally:
            owned.release()

    __call__ = _opened


class _Scratch:
    def __init__(self, site: Site, database: Database, trust: Trust) -> None:
        self._site, self._database, self._trust = site, database, trust

    def rebuild(self, told: Callable[[int], bool]) -> Rebuilt:
        """See Scratch."""
        settings = self._site.settings
        return Rebuilding(
            StoredLog(settings.store),
            SqlIndex(self._database),
            settings.origin,
            keys_of(self._trust),
            told,
            unsure=self._trust.is_before,
        ).run()

    def compare(self, size: int) -> Iterator[tuple[int, list[Difference]]]:
        """See Scratch."""
        return Comparing(self._site.database, self._database).run(size)


def keys_of(trust: Trust) -> list[PublicKey]:
    """The public keys of the archive's certificates."""
    return [certificates.read(one).public_key for one in trust.keys.values()]


def rebuild(
    settings: Settings, store: Path | None, into: str, finish: bool, told: Callable[[int], bool]
) -> Rebuilt:
    """Rebuild a database that stays.

    store   None for the archive's own; a location that is a folder serves as well
    into    its URL; "" for the archive's own

    Raises WrongState unless it is empty or half rebuilt, Misconfigured, OutsideUnavailable.
    """
    root = store or settings.store
    used = UsedCertificates(settings.home / "witness")
    trust = trust_of(settings.keys, settings.origin, used)
    # Of a mount that is gone nothing would come back, and all of it.
    LocalPlace(str(root), b"", lambda: trust).available()
    keys = keys_of(trust)
    if not keys:
        raise Misconfigured(
            f"{settings.keys} holds no certificate of the archive: nothing could be proven",
            f"{settings.keys} 中没有本馆证书，无法验证",
        )
    with closing(Database(into or settings.url)) as database:
        migrate(database)
        index = SqlIndex(database, str(settings.staging / "objects"))
        return Rebuilding(StoredLog(root), index, settings.origin, keys, told, finish).run()
