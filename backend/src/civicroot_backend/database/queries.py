"""What is asked of devices and their readings.

A key's enrolment in force is its highest log index. A subject's current device is the newest of the enrolments in force
that name it: a bin whose tag was exchanged is one bin, a tag that was moved is at its new place only.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from civicroot_wire import batch, record
from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, select, tuple_

from civicroot_backend.database.tables import batches, enrolments, records
from civicroot_backend.gateways.alarms import Report

_later, _later_still, _newer = enrolments.alias("later"), enrolments.alias("later_still"), enrolments.alias("newer")


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """An accepted record: `encoded` exact bytes, None once pruned; `time` and `closed` are Unix seconds.

    The device claims `time`, its gateway `closed`.
    """

    kid: bytes
    seq: int
    encoded: bytes | None
    time: int | None
    log_index: int
    closed: int


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """An enrolment in force, under its log index."""

    kid: bytes
    subject: str
    label: str | None
    latitude: float | None
    longitude: float | None
    simulated: bool
    log_index: int
    latest: ReadingRow | None


def devices(connection: Connection, after: int | None, limit: int) -> list[DeviceRow]:
    """Current devices in the order of their enrolment, those after log index `after`."""
    query = _devices().where(_is_current())
    if after is not None:
        query = query.where(enrolments.c.log_index > after)
    rows = connection.execute(query.order_by(enrolments.c.log_index).limit(limit))
    return [_device(row) for row in rows]


def index_of_device(connection: Connection, after: int | None, number: int) -> int | None:
    """The log index of the last of `number` current devices after log index `after`, if more follow."""
    if _count(connection, _is_device()) <= number:
        return None  # what most cities can say at once
    query = select(enrolments.c.log_index).where(_is_current())
    if after is not None:
        query = query.where(enrolments.c.log_index > after)
    found = connection.execute(query.order_by(enrolments.c.log_index).offset(number - 1).limit(2)).scalars().all()
    return found[0] if len(found) == 2 else None


def device(connection: Connection, kid: bytes) -> DeviceRow | None:
    """The device with this key, also one that another has replaced."""
    row = connection.execute(_devices().where(enrolments.c.kid == kid)).one_or_none()
    return None if row is None else _device(row)


def devices_of_subject(connection: Connection, subject: str) -> list[DeviceRow]:
    """The current device of `subject`, or else of subjects that differ from it in case only: QR codes have one case."""
    query = _devices().where(_is_current())
    rows = connection.execute(query.where(enrolments.c.subject == subject)).all()
    if not rows:
        rows = connection.execute(query.where(func.lower(enrolments.c.subject) == subject.lower())).all()
    return [_device(row) for row in rows]


def devices_of_subjects(connection: Connection, wanted: Collection[str]) -> list[DeviceRow]:
    """The current devices of these subjects, each exactly as it is called."""
    rows = connection.execute(_devices().where(_is_current(), enrolments.c.subject.in_(wanted)))
    return [_device(row) for row in rows]


def current_places(connection: Connection) -> list[Any]:
    """Subject, label, latitude, longitude, kid and log index of every current device."""
    columns = [enrolments.c[name] for name in ("subject", "label", "latitude", "longitude", "kid", "log_index")]
    return list(connection.execute(select(*columns).where(_is_current())))


def readings(connection: Connection, kid: bytes, before: int | None, limit: int) -> list[ReadingRow]:
    """Readings of a device by descending seq, those below seq `before`."""
    query = select(*READING).join(batches).where(records.c.kid == kid)
    if before is not None:
        query = query.where(records.c.seq < before)
    rows = connection.execute(query.order_by(records.c.seq.desc()).limit(limit))
    return [reading_row(row) for row in rows]


def seq_of_reading(connection: Connection, kid: bytes, before: int | None, number: int) -> int | None:
    """The seq of the reading that `number` - 1 newer ones below seq `before` stand before, if an older one follows."""
    query = select(records.c.seq).where(records.c.kid == kid)
    if before is not None:
        query = query.where(records.c.seq < before)
    found = connection.execute(query.order_by(records.c.seq.desc()).offset(number - 1).limit(2)).scalars().all()
    return found[0] if len(found) == 2 else None


def readings_of(connection: Connection, keys: Sequence[tuple[bytes, int]]) -> dict[tuple[bytes, int], ReadingRow]:
    """The records with these (kid, seq)."""
    query = select(*READING).join(batches).where(tuple_(records.c.kid, records.c.seq).in_(keys))
    return {(row.kid, row.seq): reading_row(row) for row in connection.execute(query)}


def subjects(connection: Connection, kids: Sequence[bytes]) -> dict[bytes, str]:
    """What each of the enrolled keys is."""
    rows = connection.execute(
        select(enrolments.c.kid, enrolments.c.subject).where(enrolments.c.kid.in_(kids), _in_force(enrolments, _newer))
    )
    return {row.kid: row.subject for row in rows}


def last_reports(connection: Connection) -> list[Report]:
    """The newest record of every current device that has sent one."""
    columns = (enrolments.c.kid, enrolments.c.subject, records.c.encoded, records.c.time)
    query = _with_latest(select(*columns, batches.c.received, batches.c.gateway)).where(_is_current())
    rows = connection.execute(query.where(records.c.position.is_not(None)).order_by(enrolments.c.log_index))
    return [Report(*row) for row in rows]


def count_devices(connection: Connection) -> int:
    """How many subjects have a device."""
    return _count(connection, _is_current())


def count_never_reported(connection: Connection) -> int:
    """How many current devices have sent no record."""
    return _count(connection, _is_current(), ~exists().where(records.c.kid == enrolments.c.kid))


def count_gateways(connection: Connection) -> int:
    """How many gateways are enrolled."""
    return _count(connection, enrolments.c.role == batch.ROLE, _in_force(enrolments, _newer))


def last_enrolment(connection: Connection) -> int | None:
    """The log index of the newest enrolment."""
    index: int | None = connection.execute(select(func.max(enrolments.c.log_index))).scalar_one()
    return index


def last_position(connection: Connection) -> int | None:
    """The newest record's place in the order of acceptance."""
    position: int | None = connection.execute(select(func.max(records.c.position))).scalar_one()
    return position


READING = (
    records.c.kid,
    records.c.seq,
    records.c.encoded,
    records.c.time,
    records.c.log_index.label("header_index"),
    batches.c.closed,
)


def _in_force(of: FromClause, newer: FromClause) -> ColumnElement[bool]:
    return ~exists().where(newer.c.kid == of.c.kid, newer.c.log_index > of.c.log_index)


def _is_device() -> ColumnElement[bool]:
    # Not by the index of roles: nearly all are devices, and SQLite would go through all of them to find some subjects.
    return enrolments.c.role.concat("") == record.ROLE


def _is_current() -> ColumnElement[bool]:
    replaced = exists().where(
        _later.c.subject == enrolments.c.subject,
        _later.c.role == record.ROLE,
        _later.c.log_index > enrolments.c.log_index,
        _in_force(_later, _later_still),
    )
    return _is_device() & _in_force(enrolments, _newer) & ~replaced


def _devices() -> Select[Any]:
    """Devices in force, each with its latest record."""
    found = _with_latest(select(enrolments, *READING[1:]))
    return found.where(_is_device(), _in_force(enrolments, _newer))


def _with_latest(query: Select[Any]) -> Select[Any]:
    """Enrolments joined to the latest record of each, which the index on (kid, seq) finds at once."""
    latest = (
        select(records.c.position)
        .where(records.c.kid == enrolments.c.kid)
        .order_by(records.c.seq.desc())
        .limit(1)
        .correlate(enrolments)
        .scalar_subquery()
    )
    joined = query.outerjoin(records, records.c.position == latest)
    return joined.outerjoin(batches, batches.c.log_index == records.c.log_index)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(enrolments).where(*conditions)).scalar_one()


def _device(row: Any) -> DeviceRow:
    latest = None if row.seq is None else reading_row(row)
    return DeviceRow(row.kid, row.subject, row.label, row.latitude, row.longitude, row.simulated, row.log_index, latest)


def reading_row(row: Any) -> ReadingRow:
    """From the columns READING."""
    return ReadingRow(row.kid, row.seq, row.encoded, row.time, row.header_index, row.closed)
