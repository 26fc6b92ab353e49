"""A subject's readings: of every device that it ever had, each for as long as it was there.

A *stay* is one enrolment of a device for the subject, until the same key was enrolled again: for another subject, or
for another place. Only the order of the log says what belongs to it, so a device that moved takes nothing along.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from civicroot_wire import record
from fastapi import APIRouter, Path
from sqlalchemy import Connection, select

from civicroot_backend.api import pagination, queries
from civicroot_backend.api.dependencies import BackendParameter, published_size
from civicroot_backend.api.models import ReadingPage
from civicroot_backend.api.pagination import CursorParameter, LimitParameter
from civicroot_backend.api.paths import API
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.problems import NOT_FOUND, Refusal
from civicroot_backend.api.queries import ReadingRow
from civicroot_backend.api.subject_names import KindParameter, subject_of
from civicroot_backend.database.tables import batches, enrolments, records

router = APIRouter(prefix=API, tags=["readings"])

_SEQ_BITS = 32
_LAST_SEQ = (1 << _SEQ_BITS) - 1


@dataclass(frozen=True)
class Stay:
    """Of key `kid`, from log index `first` to below `end` (None: to this day)."""

    kid: bytes
    first: int
    end: int | None


@router.get("/subjects/{kind}/{name}/readings", summary="A subject's readings, newest first")
def list_subject_readings(
    backend: BackendParameter,
    kind: KindParameter,
    name: Annotated[str, Path(examples=["12"], description="exactly as enrolled")],
    cursor: CursorParameter = None,
    limit: LimitParameter = pagination.DEFAULT_LIMIT,
) -> ReadingPage:
    """Also those of devices that others have replaced, and of keys that were rotated: one device after another."""
    subject = subject_of(kind, name)
    size = published_size(backend)
    with backend.database.read() as connection:
        listed = stays(connection, subject)
        found = list(newest_first(connection, listed, pagination.decode(cursor), limit + 1))
    if not listed:
        raise Refusal(404, NOT_FOUND, f"no device was ever enrolled as {subject}")
    page, following = pagination.cut(found, limit, lambda pair: cursor_of(*pair))
    return ReadingPage(readings=[reading_of(row, size) for _, row in page], next=following)


def cursor_of(stay: int, row: ReadingRow) -> int:
    """Where a page goes on that ended with this reading of the stay with this number."""
    return stay << _SEQ_BITS | row.seq


def stays(connection: Connection, subject: str) -> list[Stay]:
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
    last = len(listed) - 1 if before is None else min(before >> _SEQ_BITS, len(listed) - 1)
    below = None if before is None else before & _LAST_SEQ
    for number in range(last, -1, -1):
        for row in _of_stay(connection, listed[number], below if number == last else None, limit):
            yield number, row
            limit -= 1
        if limit <= 0:
            return


def _of_stay(connection: Connection, stay: Stay, below: int | None, limit: int) -> list[ReadingRow]:
    query = select(*queries.READING).join(batches).where(records.c.kid == stay.kid, records.c.log_index > stay.first)
    if stay.end is not None:
        query = query.where(records.c.log_index < stay.end)
    if below is not None:
        query = query.where(records.c.seq < below)
    rows = connection.execute(query.order_by(records.c.seq.desc()).limit(limit))
    return [queries.reading_row(row) for row in rows]
