"""Which word to look a text up by: the one that fewest entries have.

Words at the ends of what was typed may be parts of longer ones; where no entry has
such a word, the others do. Nothing is counted further than it matters.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, literal, select, union_all

from filing.adapters.db import desk_rows as rows

#: Counting ends here: what is no rarer than this is as good as any other.
_ENOUGH = 200
#: More words than this are not weighed against each other.
_MOST_WORDS = 12


def rarest(connection: Connection, words: Sequence[int]) -> int | None:
    """The word fewest entries have, of those any entry has; None if there is none."""
    enough = _ENOUGH if len(words) > 1 else 1
    counts = []
    for word in words[:_MOST_WORDS]:
        some = select(rows.word.c.place).where(rows.word.c.word == word).limit(enough).subquery()
        counts.append(select(literal(word), func.count()).select_from(some))
    if not counts:
        return None
    found = [(number, word) for word, number in connection.execute(union_all(*counts)) if number]
    return min(found)[1] if found else None
