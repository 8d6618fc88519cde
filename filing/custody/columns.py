"""A record's rows held to its sealed statement, column by column.

A row that is gone altogether is said where the tables are held to the log; see
filing.custody.wholes.
"""

from collections.abc import Iterator, Mapping
from typing import Any  # a statement's JSON, known by its digest

from filing.custody.expected import Expected
from filing.evidence.members import moment_text
from filing.model.custody import Answer, Fault

DAMAGED = Answer.DAMAGED

_RECORD = {
    "submission_id": ("submission",),
    "agency_id": ("agency", "id"),
    "fonds": ("fonds",),
    "archival_code": ("archival_code",),
    "electronic_code": ("electronic_code",),
    "title": ("title",),
    "year": ("year",),
    "retention": ("retention",),
    "package_digest": ("package", "digest"),
}
_SUBMISSION = {
    "agency_id": ("agency", "id"),
    "delivery_key": ("delivery_key",),
    "package_digest": ("package", "digest"),
    "size_bytes": ("package", "bytes"),
    "form": ("package", "form"),
    "record_id": ("record",),
}


def check_rows(statement: Mapping[str, Any], digest: str, expected: Expected) -> Iterator[Fault]:
    """Every column that is not as the seal says.

    digest   of the statement, with its algorithm
    """
    record, submission = expected.record, expected.submission
    if record is None:
        return
    sealed = _at_each(statement, _RECORD) | {
        "statement_digest": digest,
        "leaf_index": expected.position,
    }
    if expected.logged_at is not None:
        sealed["stored_at"] = expected.logged_at
    yield from _columns("record", sealed, record)
    if submission is None:
        yield Fault("CX-2-14", DAMAGED, "submission", statement["submission"], "")
        return
    sealed = _at_each(statement, _SUBMISSION) | {"state": "receipted"}
    yield from _columns("submission", sealed, submission)
    received = moment_text(submission.received_at)
    if statement["received_at"] != received:
        yield _otherwise("submission.received_at", statement["received_at"], received)


def _columns(table: str, sealed: Mapping[str, object], row: object) -> Iterator[Fault]:
    for column, value in sealed.items():
        if value != (stands := getattr(row, column)):
            yield _otherwise(f"{table}.{column}", value, stands)


def _otherwise(place: str, sealed: object, stands: object) -> Fault:
    return Fault("CX-2-13", DAMAGED, place, str(sealed)[:200], str(stands)[:200])


def _at_each(value: Mapping[str, Any], paths: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    return {
        name: value[path[0]] if len(path) == 1 else value[path[0]][path[1]]
        for name, path in paths.items()
    }
