"""All copies of one record, read now and put side by side.

For a person who looks at a finding: which copy says what, file by file. Nothing is written
and nothing is concluded; verdicts are for audits, which read twice. A record too large to
be read while somebody waits is not compared here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from filing.custody.copy_ports import Place, is_proven
from filing.custody.ports import Tables
from filing.errors import FilingError, NotFound, WrongState
from filing.model.custody_views import Comparison, CopySeen
from filing.model.people import Person
from filing.model.roles import Permission

MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares what the places hold."""

    places: Callable[[], Mapping[str, Place]]
    tables: Tables

    def compare(self, by: Person, record_id: str) -> Comparison:
        """Read every copy once. Raises NotAllowed, NotFound, WrongState for a large record."""
        by.need(Permission.AUDIT)
        found = self.tables.of([record_id])
        if not found:
            raise NotFound(f"there is no record {record_id}", f"没有档案 {record_id}")
        one = found[0]
        if one.size_bytes > MOST_BYTES:
            raise WrongState(
                f"record {record_id} is too large to be compared at once: audit it",
                "该档案过大，不能即时比较，请对各存储位置进行检查",
            )
        copies = []
        places = self.places()
        for name in places:
            try:
                place = places[name]
                place.available()
                held = place.held(one, True)
            except FilingError as error:
                copies.append(CopySeen(name, False, False, {}, error.zh or str(error)))
            else:
                copies.append(CopySeen(name, True, is_proven(one, held), held.files, ""))
        return Comparison(record_id, tuple(copies))
