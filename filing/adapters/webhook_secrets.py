"""The secrets that sign webhooks: derived from one key of the archive, kept nowhere.

The key lies in the keys' folder, made by ``filing init``; a copy of the database gives
nobody a secret. Whoever replaces the key replaces every secret with it.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from filing.adapters.private import write_private
from filing.errors import Misconfigured

_BYTES = 32
_NAME = "webhooks.key"


def make_missing(keys: Path) -> bool:
    """Make the key unless there is one; whether it was made."""
    try:
        write_private(keys / _NAME, secrets.token_bytes(_BYTES))
    except FileExistsError:
        return False
    return True


class WebhookSecrets:
    """Keeps the promise of filing.notices.ports.Secrets.

    Raises Misconfigured, when first asked for a secret, if there is no key.
    """

    def __init__(self, keys: Path) -> None:
        self._file = keys / _NAME
        self._key = b""

    def __call__(self, subscription_id: str, generation: int) -> bytes:
        """See filing.notices.ports.Secrets."""
        if not self._key:
            self._key = self._read()
        purpose = f"filing webhook {subscription_id} {generation}"
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def _read(self) -> bytes:
        try:
            key = self._file.read_bytes()
        except OSError as error:
            raise Misconfigured(
                f"{self._file} cannot be read: run filing init, or bring it back from a backup,"
                " else every receiver needs a new secret",
                f"无法读取 {self._file}：请运行 filing init；已有订阅时请先从备份恢复",
            ) from error
        if len(key) != _BYTES:
            raise Misconfigured(
                f"{self._file} is damaged: bring it back from a backup, else remove it, run"
                " filing init and give every receiver a new secret",
                f"{self._file} 已损坏：请从备份恢复；"
                "否则删除后运行 filing init，并重新分发各订阅的密钥",
            )
        return key
