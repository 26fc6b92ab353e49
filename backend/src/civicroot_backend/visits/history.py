"""What happened at a subject: alarms and faults that began and ended, as its devices said, and which devices it had."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from civicroot_wire import record
from sqlalchemy import Connection, select

from civicroot_backend.database.queries import ReadingRow
from civicroot_backend.database.tables import enrolments
from civicroot_backend.map.states import ALARM, BOOTS, DEPOSIT, FAULT, text_of
from civicroot_backend.map.trouble import faults_of
from civicroot_backend.subjects import stays

SEARCHED = 500  # readings at most: some days of a bin, weeks of a tree; 30 ms
SHOWN = 40  # events, the newest: what somebody reads at the device

What = Literal["alarm", "alarm-over", "fault", "fault-over", "device"]


@dataclass(frozen=True, slots=True)
class Event:
    """`name`: of the alarm, `sensor:flag` of the fault, key of the device. `time`: Unix seconds, or None if unknown.

    `reading` says so, signed; None of an enrolment, which is entry `log_index` of the log.
    """

    what: What
    name: str
    time: int | None
    log_index: int
    reading: ReadingRow | None


def of_subject(connection: Connection, subject: str) -> list[Event]:
    """The newest, newest first."""
    listed = stays.of_subject(connection, subject)
    rows = [row for _, row in stays.newest_first(connection, listed, None, SEARCHED)]
    rows.reverse()
    found = [*_said(rows), *_devices(connection, subject)]
    found.sort(key=lambda event: event.log_index, reverse=True)
    return found[:SHOWN]


def _said(rows: Iterable[ReadingRow]) -> Iterator[Event]:
    """Oldest first: what each reading says that the one before did not."""
    alarms: set[str] = set()
    faults: set[str] = set()
    for row in rows:
        if row.encoded is None:
            continue
        said = record.decode(row.encoded).pack.measurements
        names = {item.name for item in said}
        if ALARM in names or BOOTS in names:
            now = set(text_of(said, ALARM).split())
            yield from _changes("alarm", "alarm-over", alarms, now, row)
            alarms = now
        if DEPOSIT not in names:
            now = {f"{fault.sensor}:{fault.flag}" for fault in faults_of(text_of(said, FAULT))}
            yield from _changes("fault", "fault-over", faults, now, row)
            faults = now


def _changes(begins: What, ends: What, before: set[str], now: set[str], row: ReadingRow) -> Iterator[Event]:
    time = row.closed if row.time is None else row.time
    for name in sorted(before - now):
        yield Event(ends, name, time, row.log_index, row)
    for name in sorted(now - before):
        yield Event(begins, name, time, row.log_index, row)


def _devices(connection: Connection, subject: str) -> Iterator[Event]:
    columns = (enrolments.c.kid, enrolments.c.logged, enrolments.c.log_index)
    query = select(*columns).where(enrolments.c.subject == subject, enrolments.c.role == record.ROLE)
    for kid, logged, log_index in connection.execute(query):
        yield Event("device", kid.hex(), logged, log_index, None)
