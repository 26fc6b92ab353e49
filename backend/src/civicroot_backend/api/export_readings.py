"""Readings as tables: a row for each value, with what leads to its proof."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection, select

from civicroot_backend.api.export_paths import absolute
from civicroot_backend.api.models import Reading
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.queries import ReadingRow
from civicroot_backend.database.tables import enrolments
from civicroot_backend.export.table import Column, Kind, Row
from civicroot_backend.service import Backend

COLUMNS = (
    Column("kid"),
    Column("subject"),
    Column("seq", Kind.INTEGER),
    Column("time", Kind.TIME),  # the device's claim
    Column("received", Kind.TIME),  # the gateway's
    Column("name"),
    Column("unit"),
    Column("number", Kind.NUMBER),  # of a number or a boolean
    Column("text"),  # exact
    Column("log_index", Kind.INTEGER),
    Column("published", Kind.BOOLEAN),
    Column("pruned", Kind.BOOLEAN),
    Column("proof"),
)


def rows(
    backend: Backend, size: int, readings: Iterable[ReadingRow], subject_of: Callable[[ReadingRow], str | None]
) -> Iterator[Row]:
    """A row for each value, and one without a value for a reading that is pruned."""
    for row in readings:
        yield from rows_of_reading(backend, reading_of(row, size), subject_of(row))


def rows_of_reading(backend: Backend, reading: Reading, subject: str | None) -> Iterator[Row]:
    """The rows of one."""
    before = (reading.kid, subject, reading.seq, reading.time, reading.received)
    proof = absolute(backend, reading.proof)
    after = (reading.log_index, reading.published, reading.pruned, proof)
    if not reading.values:
        yield (*before, None, None, None, None, *after)
    for value in reading.values:
        number = None if isinstance(value.value, str) else float(value.value)
        yield (*before, value.name, value.unit, number, value.text, *after)


def subjects_of(connection: Connection, kid: bytes) -> Callable[[ReadingRow], str | None]:
    """What a device was when a batch was logged: the last enrolment of its key before that."""
    columns = (enrolments.c.log_index, enrolments.c.subject)
    found = connection.execute(select(*columns).where(enrolments.c.kid == kid).order_by(enrolments.c.log_index)).all()
    indices = [row.log_index for row in found]

    def subject_of(reading: ReadingRow) -> str | None:
        place = bisect_left(indices, reading.log_index) - 1
        return found[place].subject if place >= 0 else None

    return subject_of
