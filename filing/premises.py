"""The machine an archive stands on: may a delivery come in, and what is said of it to others.

Does not look itself; it is given whom to ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from filing.administration.tokens import SOON
from filing.errors import FilingError, OutsideUnavailable, StorageFull, StoreDoubtful


@dataclass(frozen=True)
class Premises:
    """What the machine offers the archive, beyond the use cases.

    keep_free_bytes   room that is never filled where deliveries are staged
    free_bytes        room left there
    doubtful          whether a barrier failed
    left_over         records that recovery could neither finish nor clear
    database          asks it anything; raises FilingError
    scanner           "ok", "not configured" or why there is none
    ending            how many tokens of agencies end soon; raises FilingError
    """

    keep_free_bytes: int
    free_bytes: Callable[[], int]
    doubtful: Callable[[], bool]
    left_over: Callable[[], int]
    database: Callable[[], object]
    scanner: Callable[[], str]
    ending: Callable[[], int]

    def admit(self, announced_bytes: int) -> None:
        """Let a delivery of this size in. Raises StoreDoubtful, StorageFull."""
        if self.doubtful():
            raise StoreDoubtful(
                "the store is being looked at; nothing is accepted", "存储待检查，暂停接收"
            )
        if self.free_bytes() < self.keep_free_bytes + announced_bytes:
            raise StorageFull("there is no room for this delivery", "存储空间不足，暂停接收")

    def ready(self) -> Mapping[str, str]:
        """See filing.services.Services."""
        said = {
            "database": _said(self.database),
            "store": "doubtful" if self.doubtful() else "ok",
            "space": "ok",
            "scanner": self.scanner(),
            "credentials": self._ending(),
        }
        if left := self.left_over():
            said["store"] = f"{left} records in doubt"
        if self.free_bytes() < self.keep_free_bytes:
            said["space"] = "full"
        return said

    def _ending(self) -> str:
        try:
            number = self.ending()
        except FilingError as error:
            return error.code
        return f"{number} ending within {SOON.days} days" if number else "ok"


def _said(ask: Callable[[], object]) -> str:
    try:
        ask()
    except OutsideUnavailable as error:
        return str(error)
    except FilingError as error:
        return error.code
    return "ok"
