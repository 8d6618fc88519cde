"""Alembic's entry: one set of migrations for SQLite and PostgreSQL.

Called only through filing.adapters.db.migrate, which hands over a connection.
"""

from alembic import context

from filing.adapters.db.rows import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
