"""The projector: moves accepted records into the telemetry store, each exactly once, in the order of their positions.

It only follows: the cursor is in the telemetry store, so it may be killed, or the store emptied, at any moment, and a
telemetry store that is away delays nothing but itself.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from civicroot_wire import record_grammar
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from sqlalchemy import Row, select

from civicroot_backend.database.connection import Database
from civicroot_backend.database.tables import MAX_TIME, batches, records
from civicroot_backend.errors import LogDamaged
from civicroot_backend.ingest.key_directory import KeyDirectory
from civicroot_backend.telemetry.store import Reading, TelemetryStore, Value

GROUP = 500  # records in one append: engines write groups far faster than rows


class Projector:
    """One thread calls `step`."""

    def __init__(self, database: Database, keys: KeyDirectory, telemetry: TelemetryStore) -> None:
        self._database = database
        self._keys = keys
        self._telemetry = telemetry

    def step(self) -> int:
        """Move one group; the number of its records, 0 when there are none. Raises TelemetryError."""
        cursor = self._telemetry.cursor()
        columns = (records.c.position, records.c.kid, records.c.encoded, batches.c.closed, batches.c.received)
        joined = select(*columns).join(batches, batches.c.log_index == records.c.log_index)
        with self._database.read() as connection:
            self._keys.refresh(connection)
            newer = joined.where(records.c.position > cursor).order_by(records.c.position).limit(GROUP)
            rows = connection.execute(newer).all()
        if rows:
            kept = [row for row in rows if row.encoded is not None]  # what is pruned can be read no more
            readings = [reading for row in kept for reading in self._readings(row)]
            self._telemetry.append(readings, rows[-1].position)
        return len(rows)

    def _readings(self, row: Row[int, bytes, bytes, int, int]) -> list[Reading]:
        key = self._keys.find(row.kid)
        if key is None:
            raise LogDamaged(f"record {row.position} was accepted of {row.kid.hex()}, which is not enrolled")
        found = record_grammar.decode(row.encoded)
        base = row.closed if found.pack.base_time is None else found.pack.base_time
        return [
            Reading(
                row.kid,
                key.subject,
                found.seq,
                min(base + (item.time or 0), MAX_TIME),
                row.received,
                item.name,
                item.unit or "",
                value_of(item),
                row.position,
            )
            for item in texts_joined(found.pack.measurements)
        ]


def texts_joined(items: Sequence[Measurement]) -> Iterator[Measurement]:
    """The measurements, texts of one name as one (`fault`, SPEC §3.1): stores keep one value for a name and time."""
    texts: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item.value, str):
            texts.setdefault(item.name, []).append(item.value)
    for item in items:
        if not isinstance(item.value, str):
            yield item
        elif parts := texts.pop(item.name, None):
            yield Measurement(item.name, " ".join(parts), item.unit, item.time)


def value_of(item: Measurement) -> Value:
    """A measurement's value as Decimal, bool, str or bytes."""
    if isinstance(item.value, bool | str | bytes):
        return item.value
    return Decimal(str(item.value)) if isinstance(item.value, DecimalFraction) else Decimal(item.value)
