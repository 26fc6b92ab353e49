"""Readings as tables: a row for each value, with what leads to its proof."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from civicroot_wire import record_grammar
from civicroot_wire.senml import Measurement
from sqlalchemy import Connection, select

from civicroot_backend.api.export_paths import absolute
from civicroot_backend.database.queries import ReadingRow
from civicroot_backend.database.tables import enrolments
from civicroot_backend.export.table import Column, Kind, Row
from civicroot_backend.paths import proof_of
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

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
    """A row for each value, and one without a value for a reading that is pruned; published is what lies below `size`.

    Straight from the records' bytes: models of answers would take most of the time.
    """
    for row in readings:
        kid = row.kid.hex()
        before = (kid, subject_of(row), row.seq, iso_claim(row.time), iso(row.closed))
        proof = absolute(backend, proof_of(kid, row.seq))
        after = (row.log_index, row.log_index < size, row.encoded is None, proof)
        if row.encoded is None:
            yield (*before, None, None, None, None, *after)
            continue
        for item in record_grammar.decode(row.encoded).pack.measurements:
            yield (*before, item.name, item.unit, *_value(item), *after)


def _value(item: Measurement) -> tuple[float | None, str]:
    """As a double, if it is a number or a boolean, and its exact text."""
    value = item.value
    if isinstance(value, bool):
        return float(value), "true" if value else "false"
    if isinstance(value, bytes):
        return None, value.hex()
    text = str(value)
    return (None if isinstance(value, str) else float(text)), text


def subjects_of(connection: Connection, kid: bytes) -> Callable[[ReadingRow], str | None]:
    """What a device was when a batch was logged: the last enrolment of its key before that."""
    columns = (enrolments.c.log_index, enrolments.c.subject)
    found = connection.execute(select(*columns).where(enrolments.c.kid == kid).order_by(enrolments.c.log_index)).all()
    indices = [row.log_index for row in found]

    def subject_of(reading: ReadingRow) -> str | None:
        place = bisect_left(indices, reading.log_index) - 1
        return found[place].subject if place >= 0 else None

    return subject_of
