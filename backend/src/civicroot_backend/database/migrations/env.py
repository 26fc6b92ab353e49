"""Alembic's environment: the caller passes its connection, and its transaction covers the migration."""

from alembic import context

from civicroot_backend.database import (
    alarm_tables,
    enrolling_tables,
    inventory_tables,
    people_tables,
    tables,
    visit_tables,
)

# All tables are known, in whichever file they are.
_FILES = (
    alarm_tables.alarms,
    enrolling_tables.enrolment_requests,
    inventory_tables.reports,
    people_tables.accounts,
    visit_tables.visits,
)
assert all(table.metadata is tables.metadata for table in _FILES)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
context.run_migrations()
