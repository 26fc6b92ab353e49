"""Live events for many pages: each event is read and written out once, then given to every listener.

A listener that does not keep up is cut off. Its browser connects again and fetches what it missed; a page that silently
lacked a reading would be wrong for as long as nothing new comes.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api import anchors, queries
from civicroot_backend.api.models import CheckpointEvent, Cosigned, LiveReading
from civicroot_backend.api.presentation import reading_of
from civicroot_backend.api.problems import TOO_MANY_LISTENERS, Refusal
from civicroot_backend.api.times import iso, iso_claim
from civicroot_backend.database.connection import Database
from civicroot_backend.events import Anchored, CheckpointPublished, Event, EventHub, RecordAccepted

MAX_LISTENERS = 500  # each holds a connection and a queue
MAX_QUEUED = 256  # messages of about 500 bytes that a listener may be behind
MAX_GROUP = 256  # events read from the database at once
HEARTBEAT = 15.0  # seconds; proxies drop connections that are silent for 30 to 60
RETRY_MS = 2_000  # how soon a browser connects again

_BEAT = b":\n\n"
_HELLO = b"retry: %d\n\n" % RETRY_MS

_logger = logging.getLogger(__name__)


class Broadcast:
    """`run` is one task of the event loop; everything here belongs to that loop."""

    def __init__(self, database: Database, hub: EventHub) -> None:
        self._database = database
        self._hub = hub
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._closed = False
        self.running = False

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners)

    async def run(self) -> None:
        """Pass events on until cancelled."""
        subscription = self._hub.subscribe()
        self.running = True
        missed = 0
        try:
            while True:
                first = await subscription.next(HEARTBEAT)
                events: list[Event] = []
                while first is not None and len(events) < MAX_GROUP:
                    events.append(first)
                    first = await subscription.next(0)
                if subscription.dropped > missed:
                    # A burst overran the hub's queue too: nobody can be told all of it.
                    missed = subscription.dropped
                    self._cut_off_all()
                elif events and self._listeners:
                    await self._pass_on(events)
        finally:
            self.running = False
            self.close()
            subscription.close()

    def listen(self) -> AsyncIterator[bytes]:
        """The messages from now on. Raises Refusal if there are too many listeners, or the server is stopping."""
        if self._closed or len(self._listeners) >= MAX_LISTENERS:
            raise Refusal(503, TOO_MANY_LISTENERS, f"{len(self._listeners)} listen already", {"Retry-After": "10"})
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_QUEUED)
        self._listeners.add(queue)
        return self._messages(queue)

    def close(self) -> None:
        """End every stream, so that the server need not wait for browsers to leave."""
        self._closed = True
        self._cut_off_all()

    async def _messages(self, queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
        try:
            yield _HELLO
            while queue in self._listeners:
                try:
                    message = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    message = _BEAT
                if message is None:
                    return
                yield message
        finally:
            self._listeners.discard(queue)

    async def _pass_on(self, events: list[Event]) -> None:
        try:
            messages = await run_in_threadpool(render, self._database, events)
        except SQLAlchemyError:
            # Pages fetch everything again when they come back, so nothing is lost.
            _logger.exception("live events could not be read; listeners have to connect again")
            self._cut_off_all()
            return
        for queue in list(self._listeners):
            if queue.qsize() + len(messages) > MAX_QUEUED:
                self._cut_off(queue)
                continue
            for message in messages:
                queue.put_nowait(message)

    def _cut_off_all(self) -> None:
        for queue in list(self._listeners):
            self._cut_off(queue)

    def _cut_off(self, queue: asyncio.Queue[bytes | None]) -> None:
        self._listeners.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)


def render(database: Database, events: Sequence[Event]) -> list[bytes]:
    """Server-sent messages of events, in their order; readings are taken from the database."""
    keys = [(event.kid, event.seq) for event in events if isinstance(event, RecordAccepted)]
    with database.read() as connection:
        rows = queries.readings_of(connection, keys)
        subjects = queries.subjects(connection, sorted({kid for kid, _ in keys}))
        anchored = anchors.read(connection, [event.id for event in events if isinstance(event, Anchored)])
    # What was just accepted is not published; a checkpoint event says when it is.
    return [
        _checkpoint(event)
        if isinstance(event, CheckpointPublished)
        else _message("anchored", anchored[event.id])
        if isinstance(event, Anchored)
        else _reading(rows[event.kid, event.seq], subjects[event.kid])
        for event in events
    ]


def _reading(row: queries.ReadingRow, subject: str) -> bytes:
    return _message("reading", LiveReading(subject=subject, **reading_of(row, 0).model_dump()))


def _checkpoint(event: CheckpointPublished) -> bytes:
    found = event.checkpoint
    said = CheckpointEvent(
        size=found.size,
        root=found.root.hex(),
        time=iso(found.time),
        cosigned=[Cosigned(name=name, time=iso_claim(time)) for name, time in found.cosigned],
        quorum=found.quorum,
        met=found.met,
    )
    return _message("checkpoint", said)


def _message(name: str, data: BaseModel) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data.model_dump(), ensure_ascii=False)}\n\n".encode()
