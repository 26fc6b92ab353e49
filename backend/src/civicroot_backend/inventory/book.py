"""The inventory in the database: what is in force of each subject, and what was before."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from civicroot_backend.database.inventory_tables import inventories, subject_properties
from civicroot_backend.inventory.parse import Entry

GROUP = 500  # rows of one statement: SQLite takes some 32,000 parameters


@dataclass(frozen=True, slots=True)
class Source:
    """An imported file: its kind of subjects, its SHA-256, its name, and the statement about it in the log."""

    kind: str
    sha256: bytes
    file: str
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import makes different."""

    added: list[Entry]
    changed: list[Entry]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is in force of a subject, and where it came from. `properties` as in the models; `imported` Unix seconds."""

    subject: str
    kind: str
    properties: dict[str, Any]
    latitude: float | None
    longitude: float | None
    id: int
    sha256: bytes
    imported: int
    log_index: int | None


def compare(connection: Connection, entries: Sequence[Entry]) -> Changes:
    """What importing these would make different."""
    changes = Changes([], [], 0)
    unchanged = 0
    for group in _groups(entries):
        now = {row.subject: row for row in connection.execute(_in_force(entry.subject for entry in group))}
        for entry in group:
            row = now.get(entry.subject)
            if row is None:
                changes.added.append(entry)
            elif (row.properties, row.latitude, row.longitude) == (entry.properties, entry.latitude, entry.longitude):
                unchanged += 1
            else:
                changes.changed.append(entry)
    return Changes(changes.added, changes.changed, unchanged)


def write(connection: Connection, source: Source, entries: Sequence[Entry], now: int) -> Changes:
    """Put what is new or different in force; the same again changes nothing. In the caller's transaction."""
    changes = compare(connection, entries)
    listed = [*changes.added, *changes.changed]
    if not listed:
        _note_statement(connection, source)
        return changes
    row = {"kind": source.kind, "sha256": source.sha256, "file": source.file, "imported": now}
    made = connection.execute(insert(inventories), row | {"log_index": source.log_index}).inserted_primary_key
    assert made is not None
    number = made[0]
    for group in _groups(changes.changed):
        old = (subject_properties.c.subject.in_([entry.subject for entry in group])) & _current()
        connection.execute(update(subject_properties).where(old).values(replaced=number))
    for group in _groups(listed):
        connection.execute(insert(subject_properties), [_row(entry, source.kind, number) for entry in group])
    return changes


def find(connection: Connection, subject: str) -> list[Known]:
    """What is in force of a subject, or else of subjects that differ from it in case only."""
    query = _known().where(_current())
    rows = connection.execute(query.where(subject_properties.c.subject == subject)).all()
    if not rows:
        kind, _, name = subject.partition("/")
        same = func.lower(subject_properties.c.subject) == f"{kind}/{name}".lower()
        rows = connection.execute(query.where(subject_properties.c.kind == kind, same)).all()
    return [_of(row) for row in rows]


def of_subjects(connection: Connection, subjects: Iterable[str]) -> dict[str, Known]:
    """What is in force of each of these."""
    wanted = subject_properties.c.subject.in_(list(subjects))
    return {row.subject: _of(row) for row in connection.execute(_known().where(_current(), wanted))}


def history(connection: Connection, subject: str, before: int | None, limit: int) -> list[Known]:
    """All that was ever said of a subject, newest first, those before row `before`."""
    query = _known().where(subject_properties.c.subject == subject)
    if before is not None:
        query = query.where(subject_properties.c.id < before)
    return [_of(row) for row in connection.execute(query.order_by(subject_properties.c.id.desc()).limit(limit))]


def _note_statement(connection: Connection, source: Source) -> None:
    """The file that is known is signed by now."""
    if source.log_index is not None:
        mine = (inventories.c.sha256 == source.sha256) & (inventories.c.kind == source.kind)
        unsigned = mine & inventories.c.log_index.is_(None)
        connection.execute(update(inventories).where(unsigned).values(log_index=source.log_index))


def _current() -> Any:
    return subject_properties.c.replaced.is_(None)


def _in_force(subjects: Iterator[str]) -> Any:
    columns = [subject_properties.c[name] for name in ("subject", "properties", "latitude", "longitude")]
    return select(*columns).where(subject_properties.c.subject.in_(list(subjects)), _current())


def _known() -> Any:
    told = [inventories.c[name] for name in ("sha256", "imported", "log_index")]
    return select(subject_properties, *told).join(inventories, inventories.c.id == subject_properties.c.inventory)


def _of(row: Row[Any]) -> Known:
    said = json.loads(row.properties)
    place = (row.latitude, row.longitude)
    return Known(row.subject, row.kind, said, *place, row.id, row.sha256, row.imported, row.log_index)


def _row(entry: Entry, kind: str, inventory: int) -> dict[str, Any]:
    place = {"latitude": entry.latitude, "longitude": entry.longitude}
    return {"subject": entry.subject, "kind": kind, "inventory": inventory, "properties": entry.properties, **place}


def _groups(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    return (entries[first : first + GROUP] for first in range(0, len(entries), GROUP))
