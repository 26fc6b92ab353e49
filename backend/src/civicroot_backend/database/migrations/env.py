"""Alembic's environment: the caller passes its connection, and its transaction covers the migration."""

from alembic import context

from civicroot_backend.database import inventory_tables, people_tables, tables

# All tables are known, in whichever file they are.
assert people_tables.accounts.metadata is inventory_tables.reports.metadata is tables.metadata
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
context.run_migrations()
