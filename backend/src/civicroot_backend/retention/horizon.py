"""How far pruning has come: batches of headers below the horizon may be gone."""

from sqlalchemy import Connection, func, select

from civicroot_backend.database.tables import prunings


def horizon(connection: Connection) -> int:
    """The log index up to which pruning statements are logged; 0 before the first."""
    end: int | None = connection.execute(select(func.max(prunings.c.end))).scalar_one()
    return end or 0
