"""Which word to look a text up by: the one that fewest entries have.

Words at the ends of what was typed may be parts of longer ones; where no entry has
such a word, the others do. Nothing is counted further than it matters.
"""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from filing.adapters.db import desk_rows as rows
from filing.desk.words import words_of

#: Counting ends here: what is no rarer than this is as good as any other.
_ENOUGH = 1000
#: More words than this are not weighed against each other.
_MOST_WORDS = 12


def word_for(connection: Connection, text: str, other: Select[Any] | None) -> int | None:
    """The rarest word of a normalised text; None where the other index is better.

    other   what would be gone through instead; None: everything
    """
    words = words_of(text)[:_MOST_WORDS]
    enough = _ENOUGH if len(words) > 1 or other is not None else 1
    counted = [(_count(connection, _places(word), enough), word) for word in words]
    known = sorted(one for one in counted if one[0])
    if not known:
        return None
    rarest, word = known[0]
    if other is not None and _count(connection, other, _ENOUGH) < rarest:
        return None
    return word


def _places(word: int) -> Select[Any]:
    return select(rows.word.c.place).where(rows.word.c.word == word)


def _count(connection: Connection, query: Select[Any], most: int) -> int:
    counted = select(func.count()).select_from(query.limit(most).subquery())
    return int(connection.execute(counted).scalar_one())
