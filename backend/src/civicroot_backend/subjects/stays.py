"""A subject's readings: of every device that it ever had, each for as long as it was there.

A *stay* is one enrolment of a device for the subject, until the same key was enrolled again: for another subject, or
for another place. Only the order of the log says what belongs to it, so a device that moved takes nothing along.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from civicroot_wire import record
from sqlalchemy import Connection, Select, func, select

from civicroot_backend.database import queries
from civicroot_backend.database.queries import ReadingRow
from civicroot_backend.database.tables import batches, enrolments, records

_SEQ_BITS = 32
_LAST_SEQ = (1 << _SEQ_BITS) - 1


@dataclass(frozen=True)
class Stay:
    """Of key `kid`, from log index `first` to below `end` (None: to this day)."""

    kid: bytes
    first: int
    end: int | None


def cursor_of(stay: int, row: ReadingRow) -> int:
    """Where a page goes on that ended with this reading of the stay with this number."""
    return stay << _SEQ_BITS | row.seq


def cursor_after(connection: Connection, listed: list[Stay], before: int | None, number: int) -> int | None:
    """The cursor after so many readings; None if no more follow."""
    columns = (records.c.kid, records.c.seq)
    left = number - 1
    last, below = _from(listed, before)
    found: list[int] = []
    for place in range(last, -1, -1):
        mine = _within(select(*columns), listed[place], below if place == last else None).subquery()
        seqs = select(mine.c.seq).order_by(mine.c.seq.desc()).offset(left).limit(2 - len(found))
        found += [(place << _SEQ_BITS) | seq for seq in connection.execute(seqs).scalars()]
        if len(found) == 2:
            return found[0]
        if not found:
            left -= connection.execute(select(func.count()).select_from(mine)).scalar_one()
        else:
            left = 0
    return None


def of_subject(connection: Connection, subject: str) -> list[Stay]:
    """All stays of devices at a subject, oldest first."""
    query = select(enrolments.c.kid, enrolments.c.log_index).where(
        enrolments.c.subject == subject, enrolments.c.role == record.ROLE
    )
    mine = connection.execute(query.order_by(enrolments.c.log_index)).all()
    kids = {row.kid for row in mine}
    of_kids = select(enrolments.c.kid, enrolments.c.log_index).where(enrolments.c.kid.in_(kids))
    starts: dict[bytes, list[int]] = {}
    for row in connection.execute(of_kids.order_by(enrolments.c.log_index)):
        starts.setdefault(row.kid, []).append(row.log_index)
    return [
        Stay(row.kid, row.log_index, next((index for index in starts[row.kid] if index > row.log_index), None))
        for row in mine
    ]


def newest_first(
    connection: Connection, listed: list[Stay], before: int | None, limit: int
) -> Iterator[tuple[int, ReadingRow]]:
    """Each reading with its stay's number, newest first, those before the cursor."""
    last, below = _from(listed, before)
    for number in range(last, -1, -1):
        for row in _of_stay(connection, listed[number], below if number == last else None, limit):
            yield number, row
            limit -= 1
        if limit <= 0:
            return


def _from(listed: list[Stay], before: int | None) -> tuple[int, int | None]:
    """The stay in which a page begins, and the seq below which."""
    if before is None:
        return len(listed) - 1, None
    return min(before >> _SEQ_BITS, len(listed) - 1), before & _LAST_SEQ


def _of_stay(connection: Connection, stay: Stay, below: int | None, limit: int) -> list[ReadingRow]:
    query = _within(select(*queries.READING).join(batches), stay, below)
    rows = connection.execute(query.order_by(records.c.seq.desc()).limit(limit))
    return [queries.reading_row(row) for row in rows]


def _within(query: Select[Any], stay: Stay, below: int | None) -> Select[Any]:
    query = query.where(records.c.kid == stay.kid, records.c.log_index > stay.first)
    if stay.end is not None:
        query = query.where(records.c.log_index < stay.end)
    return query if below is None else query.where(records.c.seq < below)
