"""The batches in the database: made in the order of the trail, one after the other, without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from civicroot_backend.audit_trail import trail
from civicroot_backend.audit_trail.batch import Batch
from civicroot_backend.database.people_tables import audit_batches, audit_trail


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch as it is kept: exact bytes of its statement, and where that is in the log; None: not yet."""

    first: int
    end: int
    salt: bytes
    statement: bytes
    log_index: int | None


def listed(connection: Connection) -> Sequence[Kept]:
    """All of them, in order."""
    return [Kept(*row) for row in connection.execute(select(audit_batches).order_by(audit_batches.c.first))]


def unlogged(connection: Connection) -> Kept | None:
    """The one that is signed and not logged."""
    query = select(audit_batches).where(audit_batches.c.log_index.is_(None)).order_by(audit_batches.c.first).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Kept(*row)


def end(connection: Connection) -> int:
    """The first position that is in no batch."""
    newest = select(audit_batches.c.end).order_by(audit_batches.c.end.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none() or 0


def entries_of(connection: Connection, positions: Sequence[int]) -> dict[int, int]:
    """Of these rows, those whose batch the log has: the index of its statement there."""
    if not positions:
        return {}
    touches = (audit_batches.c.end > min(positions)) & (audit_batches.c.first <= max(positions))
    columns = (audit_batches.c.first, audit_batches.c.end, audit_batches.c.log_index)
    found = connection.execute(select(*columns).where(touches, audit_batches.c.log_index.is_not(None))).all()
    return {at: row.log_index for row in found for at in positions if row.first <= at < row.end}


def waiting(connection: Connection) -> tuple[int, int | None]:
    """How many rows the log has no statement about, and since when (Unix seconds) the oldest of them waits."""
    logged = select(func.max(audit_batches.c.end)).where(audit_batches.c.log_index.is_not(None))
    first = connection.execute(logged).scalar_one() or 0
    columns = (func.count(), func.min(audit_trail.c.time))
    number, oldest = connection.execute(select(*columns).where(audit_trail.c.position >= first)).one()
    return number, oldest


def since(connection: Connection, position: int) -> int | None:
    """When the row at a position was written; None if there is none."""
    query = select(audit_trail.c.time).where(audit_trail.c.position == position)
    return connection.execute(query).scalar_one_or_none()


def cut(connection: Connection, first: int, most: int, salt: bytes) -> Batch:
    """The batch of the rows from `first` on, at most so many; there is one at least."""
    stop = min(trail.size(connection), first + most)
    before, after = trail.chain_before(connection, first), trail.chain_before(connection, stop)
    return Batch(first, stop, before, after, salt)


def keep(connection: Connection, batch: Batch, statement: bytes) -> None:
    """Keep a batch that is signed and goes to the log next."""
    row = {"first": batch.first, "end": batch.end, "salt": batch.salt, "statement": statement}
    connection.execute(insert(audit_batches).values(**row))


def logged(connection: Connection, first: int, index: int) -> None:
    """Its statement has this place in the log."""
    connection.execute(update(audit_batches).where(audit_batches.c.first == first).values(log_index=index))


def drop(connection: Connection, first: int) -> None:
    """The log took no statement of that batch: it is made again."""
    unlogged_one = (audit_batches.c.first == first) & audit_batches.c.log_index.is_(None)
    connection.execute(delete(audit_batches).where(unlogged_one))
