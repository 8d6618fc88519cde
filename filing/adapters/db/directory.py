"""Who is who, for pages that show names: agencies, people, and to whom work may be given.

Only reads; each answer is one query on an index.
"""

from collections.abc import Mapping

from sqlalchemy import select

from filing.adapters.db.engine import Database
from filing.adapters.db.people import names_of
from filing.adapters.db.people_rows import person, person_role
from filing.adapters.db.rows import agency
from filing.model.people import Person
from filing.model.roles import PERMISSIONS, Permission

#: Most names of one list; a page cannot offer more to choose from.
MOST = 2000
_AT_THE_DESK = sorted(role for role, may in PERMISSIONS.items() if Permission.CORRECT in may)


class SqlDirectory:
    """See filing.web.directory.Directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def agencies(self) -> Mapping[str, str]:
        """Agency id -> name, by name; the first MOST."""
        statement = select(agency.c.id, agency.c.name).order_by(agency.c.name).limit(MOST)
        with self._database.reading() as connection:
            return {one.id: one.name for one in connection.execute(statement)}

    def names(self, ids: frozenset[str]) -> Mapping[str, str]:
        """Person id -> name; ids nobody has are left out."""
        return names_of(self._database, ids)

    def colleagues(self, who: Person) -> Mapping[str, str]:
        """Person id -> name of those of the same agency, or of the archive, who may correct."""
        of = person.c.agency_id == who.agency_id if who.agency_id else person.c.agency_id.is_(None)
        roles = select(person_role.c.person_id).where(person_role.c.role.in_(_AT_THE_DESK))
        statement = (
            select(person.c.id, person.c.name)
            .where(of, ~person.c.disabled, person.c.id.in_(roles))
            .order_by(person.c.name)
            .limit(MOST)
        )
        with self._database.reading() as connection:
            return {one.id: one.name for one in connection.execute(statement)}
