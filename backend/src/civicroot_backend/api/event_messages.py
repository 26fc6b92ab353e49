"""Events as they are sent: server-sent messages (WHATWG HTML §9.2), written once for all who listen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from civicroot_backend.api import anchors
from civicroot_backend.api.models import CheckpointEvent, Cosigned, LiveReading
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.database import queries
from civicroot_backend.database.connection import Database
from civicroot_backend.events import (
    AlarmListChanged,
    AlarmsChanged,
    Anchored,
    CheckpointPublished,
    Event,
    RecordAccepted,
)
from civicroot_backend.times import iso, iso_claim

READING, CHECKPOINT, ANCHORED, ALARMS, RESET = "reading", "checkpoint", "anchored", "alarms", "reset"
ALARM_LIST = "alarm-list"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message without its identifier; `subject` is the reading's, None of anything else."""

    name: str
    subject: str | None
    text: bytes


def render(database: Database, events: Sequence[Event]) -> list[Rendered]:
    """Messages of events, in their order; readings and anchorings are taken from the database."""
    keys = [(event.kid, event.seq) for event in events if isinstance(event, RecordAccepted)]
    with database.read() as connection:
        rows = queries.readings_of(connection, keys)
        subjects = queries.subjects(connection, sorted({kid for kid, _ in keys}))
        anchored = anchors.read(connection, [event.id for event in events if isinstance(event, Anchored)])
    messages = []
    for event in events:
        if isinstance(event, RecordAccepted):
            messages.append(_reading(rows[event.kid, event.seq], subjects[event.kid]))
        elif isinstance(event, CheckpointPublished):
            messages.append(_checkpoint(event))
        elif isinstance(event, AlarmsChanged):
            messages.append(_written(ALARMS, event.said))
        elif isinstance(event, AlarmListChanged):
            messages.append(_written(ALARM_LIST, "{}"))
        else:
            messages.append(_message(ANCHORED, anchored[event.id]))
    return messages


def _reading(row: queries.ReadingRow, subject: str) -> Rendered:
    # What was just accepted is not published; a checkpoint event says when it is.
    return _message(READING, LiveReading(subject=subject, **reading_of(row, 0).model_dump()), subject)


def _checkpoint(event: CheckpointPublished) -> Rendered:
    found = event.checkpoint
    said = CheckpointEvent(
        size=found.size,
        root=found.root.hex(),
        time=iso(found.time),
        cosigned=[Cosigned(name=name, time=iso_claim(time)) for name, time in found.cosigned],
        quorum=found.quorum,
        met=found.met,
    )
    return _message(CHECKPOINT, said)


def _message(name: str, data: BaseModel, subject: str | None = None) -> Rendered:
    return _written(name, json.dumps(data.model_dump(), ensure_ascii=False), subject)


def _written(name: str, data: str, subject: str | None = None) -> Rendered:
    return Rendered(name, subject, f"event: {name}\ndata: {data}\n\n".encode())
