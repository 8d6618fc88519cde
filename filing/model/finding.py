"""What a check found, and where."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """Four answers: "could not tell" and "does not apply" are not "good".

    A report lists every check of its occasion, so none of the four is dropped.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"  # a person must look
    NOT_APPLICABLE = "not-applicable"


class Place(NamedTuple):
    """Where in the package. A tuple, because every field of a package has one.

    path    member of the package ("eep.xml", "正文.ofd"); "" is the package itself
    line    1-based line of the XML as received; 0 where there is none
    xpath   element path by Chinese names with positions where they repeat:
            /电子文件封装包/被签名对象/封装内容/…/文档[2]/题名
    field   the field's Chinese name as a clerk knows it: "档号/保管期限"
    """

    path: str = ""
    line: int = 0
    xpath: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` and ``reason`` are looked up in schemas/checks for clause and wording.

    reason     which of the code's ways of failing: a stable slug ("not-in-list")
    expected   what would be right; for people, never parsed
    found      what was there (shortened to 200 characters); for people
    """

    code: str
    outcome: Outcome
    place: Place
    reason: str
    expected: str = ""
    found: str = ""
