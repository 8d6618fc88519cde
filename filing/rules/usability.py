"""Usability checks (可用性): the content can be read, now and later.

Each function answers to one code of schemas/checks/usability.toml.
"""

from collections.abc import Iterator

from filing.model.finding import Finding, Outcome
from filing.rules.answers import failed, not_applicable, undetermined
from filing.rules.case import Case, elsewhere


def formats_are_accepted(case: Case) -> Iterator[Finding]:
    """GD-3-3: every file has an accepted format, main documents a fixed layout."""
    code = "GD-3-3"
    if not case.files:
        yield not_applicable(code, "no-content")
    for one in case.files:
        if one.carried:
            continue
        if one.fault:
            yield elsewhere(code, one)
        elif one.inspection is None:
            yield undetermined(code, "not-inspected", one.place)
        elif one.inspection.format is None:
            yield undetermined(code, "format-unknown", one.place)
        else:
            family, name = one.identified, one.inspection.format.name
            names = case.rules.formats.names(one.main)
            if one.main and not (family and family.main):
                yield failed(code, "main-not-layout", one.place, names, name)
            elif not one.main and not (family and family.attachment):
                yield failed(code, "not-accepted", one.place, names, name)


def files_open(case: Case) -> Iterator[Finding]:
    """GD-3-4: every file opens to its end."""
    code = "GD-3-4"
    if not case.files:
        yield not_applicable(code, "no-content")
    for one in case.files:
        if one.carried:
            continue
        opened = one.inspection.opens if one.inspection else None
        if one.fault in {"", "GD-3-4"} and one.inspection is None:
            yield undetermined(code, "not-inspected", one.place)
        elif one.fault == code and one.inspection:
            yield failed(code, "does-not-open", one.place, found=one.inspection.detail or "—")
        elif one.fault and (one.fault != "GD-1-10" or opened is not Outcome.PASSED):
            yield elsewhere(code, one)
        elif opened is not Outcome.PASSED:
            yield undetermined(code, "no-reader", one.place)


def files_need_no_key(case: Case) -> Iterator[Finding]:
    """GD-3-8: no file is encrypted or packed."""
    code = "GD-3-8"
    if not case.files:
        yield not_applicable(code, "no-content")
    for one in case.files:
        if one.carried:
            continue
        if one.content is None or not one.content.size_bytes:
            yield elsewhere(code, one)
        elif one.inspection is None:
            yield undetermined(code, "not-inspected", one.place)
        elif one.inspection.encrypted:
            yield failed(code, "encrypted", one.place)
        elif one.inspection.packed and one.fault == code:
            name = one.inspection.format.name if one.inspection.format else "—"
            yield failed(code, "packed", one.place, found=name)
        elif one.inspection.packed:
            yield elsewhere(code, one)


CHECKS = (
    ("GD-3-3", formats_are_accepted),
    ("GD-3-4", files_open),
    ("GD-3-8", files_need_no_key),
)
