"""Small texts sealed with a key that lies beside the archive's keys, not in the database.

Whoever takes the database alone learns no second factor, and nobody outside can make a
half-done sign-in. Lost, the key costs every second factor; it signs no record. It is not
made anew while something sealed with it is in use: a folder that is not mounted would
else cost them all, and nobody would be told.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from filing.adapters.private import write_private
from filing.errors import Misconfigured

FILE = "people.key"


class SealedBox:
    """Keeps the promises of filing.people.accounts.Box. The key is made at the first need.

    in_use   whether something sealed with a key made before is still needed
    """

    def __init__(self, folder: Path, in_use: Callable[[], bool] = lambda: False) -> None:
        self._in_use = in_use
        self._file = folder / FILE
        self._lock = threading.Lock()
        self._fernet: Fernet | None = None

    def check(self) -> None:
        """See that the key is there and fit, unless nothing needs one yet. Raises Misconfigured."""
        if self._file.exists() or self._in_use():
            self._key()

    def seal(self, purpose: str, text: str) -> str:
        """Seal for one purpose. Source: Fernet (AES-128-CBC, HMAC-SHA256, time of sealing)."""
        return self._key().encrypt(f"{purpose}\0{text}".encode()).decode()

    def open(self, purpose: str, sealed: str, seconds: int | None = None) -> str | None:
        """What was sealed for this purpose, at most ``seconds`` ago; None for anything else."""
        if not sealed or len(sealed) > 16_384 or not sealed.isascii():
            return None
        try:
            text = self._key().decrypt(sealed.encode(), ttl=seconds).decode()
        except InvalidToken:
            return None
        found, _, rest = text.partition("\0")
        return rest if found == purpose else None

    def _key(self) -> Fernet:
        with self._lock:
            if self._fernet is None:
                if not self._file.exists():
                    self._make()
                try:
                    self._fernet = Fernet(self._file.read_bytes().strip())
                except (OSError, ValueError) as error:
                    raise Misconfigured(
                        f"{self._file} cannot be used: {error}; bring it back from a backup",
                        f"密钥 {self._file} 无法使用，请从备份恢复",
                    ) from error
            return self._fernet

    def _make(self) -> None:
        if self._in_use():
            raise Misconfigured(
                f"{self._file} is missing, and accounts have a second factor sealed with it:"
                " bring it back, or reset those accounts (filing person reset)",
                f"缺少密钥 {self._file}，而已有账号的第二因素由其保护："
                "请恢复该文件，或重置这些账号（filing person reset）",
            )
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            write_private(self._file, Fernet.generate_key())
        except FileExistsError:
            return  # another process was first; its key is as good
