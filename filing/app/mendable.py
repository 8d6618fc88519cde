"""Which causes one remedy can mend: those of a field that holds a value.

A finding names its field as a reader knows it, sometimes by the end of its path alone
("业务实体/机构人员标识符"); what may be corrected is judged by the whole path, as the
schemas have it. A finding on an element as such, or on its order, is no matter of one
value: its own page mends it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from filing.adapters.packages import eep, record
from filing.adapters.packages.amend import field_of
from filing.adapters.packages.schemas import Step, grammar, steps
from filing.model.desk import Cause
from filing.model.people import Person
from filing.rules.correction import CorrectionRules

_IN_METADATA = frozenset({"metadata", "both"})
_ROOTS = ((eep.SCHEMA, "电子文件封装包"), (record.SCHEMA, "电子文件元数据"))
#: The package as received stands in itself; nothing there is ever corrected.
_SKIPPED = frozenset({"原封装包"})


def mendable(rules: CorrectionRules) -> Callable[[Person, Cause], bool]:
    """Whether a person may mend a cause by changing the value of its field."""

    def may(person: Person, cause: Cause) -> bool:
        if cause.code not in rules.remedies:
            return False
        if rules.remedy(cause.code, cause.reason).mend not in _IN_METADATA:
            return False
        return any(not rules.may_change(person.roles, one) for one in fields_of(cause.field))

    return may


def fields_of(name: str) -> tuple[str, ...]:
    """The fields a finding may mean, each by its whole path; () where none holds a value."""
    if not name:
        return ()
    return tuple(one for one in _fields() if one == name or one.endswith(f"/{name}"))


@cache
def _fields() -> tuple[str, ...]:
    """Every field of either schema that holds a value, as Field.path has it."""
    found = set()
    for schema, root in _ROOTS:
        below = steps(grammar(schema), root, f"/{root}/", _SKIPPED)
        found |= {field_of(one) for one in _with_value(below)}
    return tuple(sorted(found))


def _with_value(below: Mapping[str, Step]) -> Iterator[str]:
    for step in below.values():
        if step.has_value:
            yield step.path
        yield from _with_value(step.below)
