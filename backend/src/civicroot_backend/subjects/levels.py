"""How full bins are: the newest reading that says so, since a record carries only what has changed."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from sqlalchemy import Connection

from civicroot_backend.database import queries
from civicroot_backend.database.queries import DeviceRow, ReadingRow
from civicroot_backend.subjects.emptying import Level

FILL = "fill"  # 0 to 1, unit "/"
FULL_FROM = Decimal("0.8")  # what city crews call full: bags on top do not fit any more
KNOWN_SECONDS = 24 * 3600  # a bin that has said nothing for a day may be as full as it likes
_LOOKED_AT = 64  # readings of a bin for one that says how full it is: every fourth does, at least


def of_readings(rows: Iterable[ReadingRow]) -> Iterator[Level[ReadingRow]]:
    """Those that say how full the bin is."""
    for row in rows:
        fill = None if row.encoded is None else fill_of(row.encoded)
        if fill is not None:
            yield Level(fill, row)


def fill_of(encoded: bytes) -> Decimal | None:
    """What a record says of it."""
    for item in record.decode(encoded).pack.measurements:
        if item.name == FILL and isinstance(item.value, DecimalFraction | int) and not isinstance(item.value, bool):
            return Decimal(str(item.value))
    return None


def newest(connection: Connection, device: DeviceRow) -> Level[ReadingRow] | None:
    """Of its current stay."""
    if device.latest is None:
        return None
    if (level := next(of_readings([device.latest]), None)) is not None:
        return level if device.latest.log_index > device.log_index else None
    rows = queries.readings(connection, device.kid, device.latest.seq, _LOOKED_AT)
    return next(of_readings(row for row in rows if row.log_index > device.log_index), None)


def is_full(level: Level[ReadingRow] | None, now: float) -> bool | None:
    """None if nobody knows."""
    return None if level is None or now - level.reading.closed > KNOWN_SECONDS else level.fill >= FULL_FROM
