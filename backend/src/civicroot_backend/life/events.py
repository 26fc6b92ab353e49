"""The events of a device's life: what the registrar and the operators signed of it, and what it said of itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from civicroot_wire import configuration, entry, record, revocation
from civicroot_wire.senml import Measurement
from sqlalchemy import Connection, Select, select

from civicroot_backend.database.tables import (
    batches,
    dispositions,
    enrolments,
    log_entries,
    records,
    revocations,
    statements,
)
from civicroot_backend.ingest.judge import EQUIVOCATION

SEARCHED = 2_000  # newest records that are looked through: two weeks of one every ten minutes, some 10 ms
SAID = ("boots", "reset", "alarm", "update")  # what a device says of itself and not of its place
_MARKS = tuple(bytes([0x60 + len(name)]) + name.encode() for name in SAID)  # as texts of CBOR

What = Literal[
    "enrolled",
    "moved",
    "reassigned",
    "replaced",
    "rotated",
    "revoked",
    "configuration",
    "started",
    "alarm",
    "update",
    "equivocation",
]
_REASONS = {
    revocation.RETIRED: "retired",
    revocation.ROTATED: "rotated",
    revocation.COMPROMISED: "compromised",
    revocation.LOST: "lost",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became of a device.

    `time` in Unix seconds, by the device's clock if `seq` (its record says it), or else by the backend's; None: not
    known. `other`: kid of the device that came before or after. `text`: what was said; its meaning depends on `what`.
    """

    what: What
    log_index: int
    time: int | None = None
    seq: int | None = None
    subject: str | None = None
    text: str | None = None
    other: bytes | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """Events, newest first; of the device's records the newest `searched` were looked at."""

    events: list[Event]
    searched: int


def of(connection: Connection, kid: bytes, most: int) -> Life:
    """The newest `most` events of this key."""
    own = _own(connection, kid)
    said, searched = _said(connection, kid)
    found = [*_enrolled(connection, own), *_revoked(connection, kid), *_configured(connection, own)]
    found += [*_equivocated(connection, kid), *said]
    found.sort(key=lambda event: (event.log_index, event.seq or 0), reverse=True)
    return Life(found[:most], searched)


def _own(connection: Connection, kid: bytes) -> list[Any]:
    query = select(enrolments).where(enrolments.c.kid == kid).order_by(enrolments.c.log_index)
    return list(connection.execute(query).all())


def _enrolled(connection: Connection, own: list[Any]) -> Iterator[Event]:
    """Its enrolments, and those of devices that took its place."""
    for number, row in enumerate(own):
        before = own[number - 1] if number else None
        what: What = "enrolled" if before is None else "moved" if before.subject == row.subject else "reassigned"
        earlier = _others(row).where(enrolments.c.log_index < row.log_index)
        other = connection.execute(earlier.order_by(enrolments.c.log_index.desc()).limit(1)).one_or_none()
        predecessor = None if before is not None or other is None else other.kid
        yield Event(what, row.log_index, row.logged, None, row.subject, row.label, predecessor)
        later = _others(row).where(enrolments.c.log_index > row.log_index)
        if number + 1 < len(own):
            later = later.where(enrolments.c.log_index < own[number + 1].log_index)
        for successor in connection.execute(later.order_by(enrolments.c.log_index).limit(1)):
            yield Event("replaced", successor.log_index, successor.logged, None, row.subject, None, successor.kid)


def _others(row: Any) -> Select[Any]:
    """Enrolments of other devices for the same subject."""
    columns = (enrolments.c.kid, enrolments.c.log_index, enrolments.c.logged)
    same = (enrolments.c.subject == row.subject) & (enrolments.c.role == record.ROLE)
    return select(*columns).where(same, enrolments.c.kid != row.kid)


def _revoked(connection: Connection, kid: bytes) -> Iterator[Event]:
    for row in connection.execute(select(revocations).where(revocations.c.kid == kid)):
        reason = _REASONS[row.reason]
        successor = None if row.successor is None else row.successor[:8]
        yield Event("rotated" if reason == "rotated" else "revoked", row.log_index, text=reason, other=successor)


def _configured(connection: Connection, own: list[Any]) -> Iterator[Event]:
    for row in configurations(connection, own):
        yield Event("configuration", row.place, subject=row.subject, text=str(configuration.decode(row.entry).version))


def configurations(connection: Connection, own: Sequence[Any]) -> list[Any]:
    """Configurations of what the device was, while it was that; oldest first."""
    joined = select(log_entries.c.index.label("place"), log_entries.c.entry, statements.c.subject).join(
        statements, statements.c.log_index == log_entries.c.index
    )
    found: list[Any] = []
    for number, row in enumerate(own):
        query = joined.where(log_entries.c.kind == entry.CONFIGURATION, statements.c.subject == row.subject)
        if number + 1 < len(own):
            query = query.where(log_entries.c.index < own[number + 1].log_index)
        if number:
            query = query.where(log_entries.c.index > row.log_index)
        found += connection.execute(query.order_by(log_entries.c.index)).all()
    return found


def _equivocated(connection: Connection, kid: bytes) -> Iterator[Event]:
    query = select(dispositions.c.log_index, dispositions.c.seq, batches.c.received).join(
        batches, batches.c.log_index == dispositions.c.log_index
    )
    mine = (dispositions.c.kid == kid) & (dispositions.c.status == EQUIVOCATION)
    for row in connection.execute(query.where(mine).order_by(dispositions.c.seq.desc()).limit(SEARCHED)):
        yield Event("equivocation", row.log_index, row.received, text=str(row.seq))


def _said(connection: Connection, kid: bytes) -> tuple[list[Event], int]:
    """What its newest records say of the device itself."""
    columns = (records.c.seq, records.c.log_index, records.c.time, records.c.encoded)
    query = select(*columns).where(records.c.kid == kid).order_by(records.c.seq.desc()).limit(SEARCHED)
    rows = connection.execute(query).all()
    found: list[Event] = []
    for row in rows:
        if row.encoded is not None and any(mark in row.encoded for mark in _MARKS):
            found += _events_of(row, record.decode(row.encoded).pack.measurements)
    return found, len(rows)


def _events_of(row: Any, measurements: list[Measurement]) -> Iterator[Event]:
    said = {item.name: str(item.value) for item in measurements if item.name in SAID}
    where = {"log_index": row.log_index, "time": row.time, "seq": row.seq}
    if "boots" in said or "reset" in said:
        yield Event("started", text=said.get("reset"), **where)
    if "alarm" in said:
        yield Event("alarm", text=said["alarm"], **where)
    if "update" in said:
        yield Event("update", text=said["update"], **where)
