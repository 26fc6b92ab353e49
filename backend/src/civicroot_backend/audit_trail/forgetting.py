"""Forgetting old rows: whole batches that the log has, with their salts, so that nobody can guess what they were.

The last row that is forgotten stays as an empty one with its hash: the chain goes on from it, and the next batch, whose
statement is in the log, begins with that hash. So what is left is checked as before, and how much is gone shows.
"""

from sqlalchemy import Connection, delete, select, update

from civicroot_backend.audit_trail import batches
from civicroot_backend.audit_trail.act import WHOLE_CITY
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.audit_trail.batch import SALT_BYTES
from civicroot_backend.database.people_tables import audit_batches, audit_trail

NO_SALT = bytes(SALT_BYTES)


def forget(connection: Connection, before: int) -> int:
    """Delete what is in the log and older than Unix seconds `before`, up to the first batch that is not; how many."""
    end = _end(connection, before)
    if end == 0:
        return 0
    deleted = int(connection.execute(delete(audit_trail).where(audit_trail.c.position < end - 1)).rowcount)
    empty = {"actor": None, "name": "", "action": Action.ROWS_FORGOTTEN, "district": WHOLE_CITY}
    empty |= {"target": "", "detail": "{}"}
    last = (audit_trail.c.position == end - 1) & (audit_trail.c.action != Action.ROWS_FORGOTTEN)
    emptied = int(connection.execute(update(audit_trail).where(last).values(**empty)).rowcount)
    connection.execute(update(audit_batches).where(audit_batches.c.end <= end).values(salt=NO_SALT))
    return deleted + emptied


def _end(connection: Connection, before: int) -> int:
    """The position after the last row that is to be forgotten."""
    end = 0
    query = select(audit_batches.c.end, audit_batches.c.log_index).order_by(audit_batches.c.first)
    for row in connection.execute(query).all():
        written = batches.since(connection, row.end - 1)
        if row.log_index is None or (written is not None and written >= before):
            break
        end = row.end
    return end
