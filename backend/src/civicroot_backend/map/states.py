"""How subjects are, from the newest records of their devices: full, faulty, silent. Kept up record by record."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from sqlalchemy import Connection, Row, func, select

from civicroot_backend.completeness import LastReport, report_said
from civicroot_backend.database.tables import batches, records
from civicroot_backend.map.places import Place
from civicroot_backend.map.trouble import Trouble, faults_of
from civicroot_backend.subjects.levels import FILL, FULL_FROM, KNOWN_SECONDS

FULL, FAULTY, SILENT, UNKNOWN = 1, 2, 4, 8  # bits of a state; none of them: all is well
FAULT = "fault"  # a text: sensors without value; a report without it says that all have one
ALARM = "alarm"  # a text: alarms in force; said when that changes, and once a day while there are any
BOOTS = "boots"  # of a report after a start, which begins without alarms
DEPOSIT = "deposit"  # a record of a deposit is no report of the sensors
LOOKED_AT = 4  # newest records of a device when this begins: every fourth says how full it is
GROUP = 20_000  # records read at once
_FILL, _ALARM = FILL.encode(), ALARM.encode()


@dataclass(slots=True)
class Known:
    """Of a device: its newest report and gateway, and the newest that it said of fill and faults.

    `filled`: log index and time (Unix seconds, its gateway's) of the record that says so. `faults`, `alarms`: as said;
    None: no record that was looked at says which alarms are in force.
    """

    seq: int
    report: LastReport
    gateway: bytes
    fill: bool | None = None
    filled: tuple[int, int] = (0, 0)
    faulty: bool = False
    faults: str = ""
    alarms: str | None = None


class States:
    """One thread follows; `state_of` may be asked by the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self._position: int | None = None

    def follow(self, connection: Connection) -> bool:
        """Take up the records that came since the last time; whether there were any."""
        before = self._position
        if before is None:
            self._position = connection.execute(select(func.max(records.c.position))).scalar_one() or 0
            query = _newest(self._position).execution_options(yield_per=GROUP)
            for rows in connection.execute(query).partitions():
                self._take(rows)
            return True
        while rows := connection.execute(_records().where(records.c.position > self._position).limit(GROUP)).all():
            self._take(rows)
            self._position = rows[-1].position
        return self._position != before

    def state_of(self, place: Place, stopped: Callable[[bytes], bool], now: int) -> int:
        """Bits of FULL, FAULTY and SILENT, or UNKNOWN. `stopped`: whether nothing comes through a gateway."""
        known = None if place.kid is None else self._known.get(place.kid)
        if known is None:
            return UNKNOWN
        state = FAULTY if known.faulty else 0
        behind = stopped(known.gateway)
        if not behind and known.report.silent_since(now) is not None:
            state |= SILENT
        index, time = known.filled
        if known.fill and index > place.enrolled and now - time <= KNOWN_SECONDS:
            state |= FULL
        return UNKNOWN if behind and not state else state

    def is_alarmed(self, place: Place) -> bool:
        """Whether an alarm is in force."""
        known = None if place.kid is None else self._known.get(place.kid)
        return known is not None and bool(known.alarms)

    def trouble_of(self, place: Place, stopped: Callable[[bytes], bool], now: int) -> Trouble:
        """What the device says is wrong; nothing, of a place without one. `stopped` as above."""
        known = None if place.kid is None else self._known.get(place.kid)
        if known is None:
            return Trouble()
        since = None if stopped(known.gateway) else known.report.silent_since(now)
        return Trouble(faults_of(known.faults) if known.faulty else (), tuple((known.alarms or "").split()), since)

    def _take(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            known = self._known.get(row.kid)
            if known is None or row.seq > known.seq:
                self._known[row.kid] = _newest_of(row, known)
            elif row.encoded is not None:
                _take_older(known, row)


def _newest_of(row: Row[Any], before: Known | None) -> Known:
    """What is known with a device's newest record; it is decoded once: that is what a map of 100,000 waits for."""
    if row.encoded is None:
        report = report_said(0, row.time, row.received)  # pruned: whatever it promised is long over
        known = Known(row.seq, report, row.gateway)
        return known if before is None else replace(before, seq=row.seq, report=report, gateway=row.gateway)
    said = _said(row.encoded)
    known = Known(row.seq, report_said(said[0].update_time, row.time, row.received), row.gateway)
    if before is not None:
        known.fill, known.filled, known.alarms = before.fill, before.filled, before.alarms
    names = {item.name for item in said}
    known.faults = text_of(said, FAULT)
    if DEPOSIT in names and before is not None and before.faulty:
        known.faults = f"{before.faults} {known.faults}"
    known.faulty = bool(known.faults)
    if ALARM in names or BOOTS in names:
        known.alarms = text_of(said, ALARM)
    _take_fill(known, row, said)
    return known


def _take_older(known: Known, row: Row[Any]) -> None:
    """Of a record that is older than the newest what nothing newer says."""
    if known.fill is None and _FILL in row.encoded:
        _take_fill(known, row, _said(row.encoded))
    if known.alarms is None and _ALARM in row.encoded:
        said = _said(row.encoded)
        known.alarms = text_of(said, ALARM) if any(item.name == ALARM for item in said) else None


def text_of(said: Iterable[Measurement], name: str) -> str:
    """Texts of one name in a report; there may be several."""
    return " ".join(item.value for item in said if item.name == name and isinstance(item.value, str))


def _take_fill(known: Known, row: Row[Any], said: Sequence[Measurement]) -> None:
    for item in said:
        if item.name == FILL and isinstance(item.value, DecimalFraction | int) and not isinstance(item.value, bool):
            known.fill = Decimal(str(item.value)) >= FULL_FROM
            known.filled = row.log_index, row.closed


def _said(encoded: bytes) -> Sequence[Measurement]:
    found: Sequence[Measurement] = record.decode(encoded).pack.measurements
    return found


def _columns() -> Sequence[Any]:
    names = ("position", "kid", "seq", "encoded", "time", "log_index")
    return [records.c[name] for name in names] + [batches.c[name] for name in ("gateway", "received", "closed")]


def _records() -> Any:
    joined = select(*_columns()).join(batches, batches.c.log_index == records.c.log_index)
    return joined.order_by(records.c.position)


def _newest(position: int) -> Any:
    """The last few records of every key up to a position, the newest of each first."""
    last = select(records.c.kid, func.max(records.c.seq).label("seq")).group_by(records.c.kid).subquery()
    near = records.c.seq > last.c.seq - LOOKED_AT
    mine = (last.c.kid == records.c.kid) & near
    joined = select(*_columns()).join(batches, batches.c.log_index == records.c.log_index).join(last, mine)
    return joined.where(records.c.position <= position).order_by(records.c.kid, records.c.seq.desc())
