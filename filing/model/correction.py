"""Corrections: what a clerk changed of a rejected delivery, change by change.

The delivery as received is never touched: a correction is this list, applied to
a copy each time. On acceptance it goes into the sealed statement, so that it is
known for ever who changed what and why.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filing.model.digest import Digest


class ChangeKind(StrEnum):
    """What one change does."""

    SET = "set"  # the text of an element or attribute
    ADD = "add"  # an element that is missing, at its place by the schema
    REMOVE = "remove"  # an element that should not be there
    REPLACE_FILE = "replace-file"
    ADD_FILE = "add-file"
    REMOVE_FILE = "remove-file"


@dataclass(frozen=True, slots=True)
class FileFact:
    """One content file as it was or is to be."""

    name: str
    size_bytes: int
    digests: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    xpath     where in the metadata document, as Place.xpath writes it; an attribute
              ends in "/@name"; "" for files
    field     Field.path of what is changed ("档号/保管期限"); "" for files
    before    text that stood there, or None where nothing stood
    after     text to stand there, or None where nothing is to stand
    member    the file's path in the package; "" for metadata
    old, new  the file as it was and as it is to be; None where there is none
    """

    kind: ChangeKind
    xpath: str = ""
    field: str = ""
    before: str | None = None
    after: str | None = None
    member: str = ""
    old: FileFact | None = None
    new: FileFact | None = None


@dataclass(frozen=True, slots=True)
class DraftChange:
    """One change of a draft. ``number`` counts from 1 and is never given twice in a draft.

    act   id of the bulk act that made it; "" when made on the record's own page
    """

    number: int
    change: Change
    by: str
    at: datetime
    act: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The correction of one submission as far as it has come.

    version   counts saves; a change on another version is refused (ChangedMeanwhile)
    by, at    who changed it last, and when; "" and None while it is empty
    next_number   what the next change will be called
    """

    submission_id: str
    version: int = 0
    changes: tuple[DraftChange, ...] = ()
    by: str = ""
    at: datetime | None = None
    next_number: int = 1
