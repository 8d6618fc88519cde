"""Which file formats the archive takes, and which words name them.

The table is schemas/checks/formats.toml. Identifying a file by its bytes is not done
here; see filing.model.inspection for what comes out of that.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from filing.errors import Misconfigured
from filing.model.inspection import Inspection

_DECLARED = re.compile(
    r"(格式名称|格式注册系统名称|格式版本|MIME媒体类型|注册ID)\s*[：:]\s*([^，,；;]*)"
)


@dataclass(frozen=True, slots=True)
class Family:
    """One row: formats that are one and the same for filing.

    main, attachment   may be a main document, an attached document
    binary             its bytes tell it; False for kinds of plain text
    """

    name: str
    zh: str
    en: str
    puids: tuple[str, ...]
    extensions: tuple[str, ...]
    mimes: tuple[str, ...]
    words: tuple[str, ...]
    main: bool
    attachment: bool
    binary: bool


@dataclass(frozen=True, slots=True)
class Formats:
    """The table, with its look-ups made once."""

    families: tuple[Family, ...]
    by_puid: Mapping[str, Family]
    by_extension: Mapping[str, Family]
    by_mime: Mapping[str, Family]
    by_word: Mapping[str, Family]

    def identified(self, inspection: Inspection) -> Family | None:
        """The family the bytes belong to; None when unknown or not in the table."""
        return self.by_puid.get(inspection.format.puid) if inspection.format else None

    def declared(self, text: str) -> Family | None:
        """The family 格式信息 names in any of its forms; None when it names none.

        Forms (DA/T 46-2009, M47): 格式名称：X，格式版本：X，MIME媒体类型：X, or
        格式注册系统名称：X，注册ID：X, or, as often met, the bare name.
        """
        parts = {name: value.strip() for name, value in _DECLARED.findall(text)}
        if not parts:
            return self._by_name(text)
        return (
            self.by_puid.get(parts.get("注册ID", ""))
            or self.by_mime.get(parts.get("MIME媒体类型", "").lower())
            or self._by_name(parts.get("格式名称", ""))
        )

    def _by_name(self, text: str) -> Family | None:
        name = text.strip().lstrip(".").upper()
        return self.by_word.get(name) or self.by_mime.get(name.lower())

    def names(self, main: bool) -> str:
        """The families accepted for main (else attached) documents, for people."""
        chosen = (one for one in self.families if (one.main if main else one.attachment))
        return "、".join(one.name.upper() for one in chosen)


def read_formats(text: bytes) -> Formats:
    """Read schemas/checks/formats.toml. Raises Misconfigured."""
    try:
        families = tuple(
            Family(
                raw["family"],
                raw["zh"],
                raw["en"],
                tuple(raw["puids"]),
                tuple(raw["extensions"]),
                tuple(raw["mimes"]),
                tuple(raw["words"]),
                raw["main"],
                raw["attachment"],
                raw["binary"],
            )
            for raw in tomllib.loads(text.decode())["format"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Misconfigured(f"format table: {error}") from error
    return Formats(
        families,
        {puid: one for one in families for puid in one.puids},
        {extension: one for one in families for extension in one.extensions},
        {mime: one for one in families for mime in one.mimes},
        {word.upper(): one for one in families for word in (*one.words, one.name)},
    )
