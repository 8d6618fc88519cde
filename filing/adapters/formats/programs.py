"""Bytes and names that a computer would run."""

from pathlib import PurePosixPath

_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
EXTENSIONS = frozenset({
    "exe", "dll", "com", "scr", "pif", "msi", "cpl", "jar", "apk", "lnk", "reg",
    "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "sh",
})  # fmt: skip


def is_program(head: bytes, name: str = "") -> bool:
    """True for an executable, a script, or a file a desktop runs by its name.

    head   the first bytes, 64 are enough
    """
    return head.startswith(_STARTS) or PurePosixPath(name).suffix[1:].lower() in EXTENSIONS
