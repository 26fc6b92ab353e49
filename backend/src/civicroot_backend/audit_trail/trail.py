"""The trail in the database: appended to by whoever does something, in the transaction that does it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields, replace

from sqlalchemy import Connection, func, insert, select

from civicroot_backend.audit_trail.row import START, Row
from civicroot_backend.database.people_tables import audit_trail

PIECE = 1000  # rows that are read at once
_COLUMNS = [audit_trail.c[field.name] for field in fields(Row)]


def append(connection: Connection, row: Row) -> Row:
    """Append a row, at the position that it gets; `connection` is the writing transaction."""
    newest = select(audit_trail.c.position, audit_trail.c.chain).order_by(audit_trail.c.position.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    placed = replace(row, position=0 if found is None else found.position + 1)
    chain = placed.chain(START if found is None else found.chain)
    connection.execute(insert(audit_trail).values(**asdict(placed), chain=chain))
    return placed


def size(connection: Connection) -> int:
    """How many rows there are."""
    highest = connection.execute(select(func.max(audit_trail.c.position))).scalar_one_or_none()
    return 0 if highest is None else highest + 1


def chain_before(connection: Connection, position: int) -> bytes:
    """The hash of everything before a position that is there, or that comes next. Raises NoResultFound."""
    if position == 0:
        return START
    before = select(audit_trail.c.chain).where(audit_trail.c.position == position - 1)
    found: bytes = connection.execute(before).scalar_one()
    return found


def rows(connection: Connection) -> Iterator[tuple[Row, bytes]]:
    """All rows in order, with the hash that is kept beside each."""
    at = -1
    while True:
        query = select(*_COLUMNS, audit_trail.c.chain).where(audit_trail.c.position > at)
        piece = connection.execute(query.order_by(audit_trail.c.position).limit(PIECE)).all()
        if not piece:
            return
        for found in piece:
            yield Row(*found[:-1]), found.chain
        at = piece[-1].position


def newest(connection: Connection, districts: Collection[str] | None, before: int | None, limit: int) -> Sequence[Row]:
    """The newest rows before a position, newest first; those of some districts only, or of all if None."""
    query = select(*_COLUMNS).order_by(audit_trail.c.position.desc()).limit(limit)
    if districts is not None:
        query = query.where(audit_trail.c.district.in_(districts))
    if before is not None:
        query = query.where(audit_trail.c.position < before)
    return [Row(*found) for found in connection.execute(query)]
