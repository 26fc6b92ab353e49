"""Alembic's environment: the caller passes its connection, and its transaction covers the migration."""

from alembic import context

from civicroot_backend.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
context.run_migrations()
