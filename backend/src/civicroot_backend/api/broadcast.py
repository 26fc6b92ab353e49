"""Live events for many pages: each event is read and written out once, then given to every listener.

A listener that does not keep up is cut off. Its browser connects again and says which event it had last: it gets what
came since, or is told to fetch anew. A page that silently lacked a reading would be wrong for as long as nothing new
comes.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from civicroot_backend.api.event_messages import RESET, Rendered, render
from civicroot_backend.api.limits import LISTENERS, LISTENERS_OF_ONE
from civicroot_backend.api.past_events import Numbered, PastEvents
from civicroot_backend.api.problems import TOO_MANY_LISTENERS, Refusal
from civicroot_backend.database.connection import Database
from civicroot_backend.events import Event, EventHub

MAX_QUEUED = 256  # messages of about 500 bytes that a listener may be behind
MAX_GROUP = 256  # events read from the database at once
HEARTBEAT = 15.0  # seconds; proxies drop connections that are silent for 30 to 60
RETRY_MS = 2_000  # how soon a browser connects again

_RESET = f"event: {RESET}\ndata: {{}}\n\n".encode()

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener wants: readings of one subject alone, or events of some names alone; None: all."""

    subject: str | None = None
    names: frozenset[str] | None = None

    def covers(self, message: Rendered) -> bool:
        """Whether the message is for it."""
        if self.names is not None and message.name not in self.names:
            return False
        return self.subject is None or message.subject in (None, self.subject)


ALL = Wanted()


@dataclass(eq=False, slots=True)
class _Listener:
    """`after`: number of the newest event that it needs no more, or gets from the past."""

    client: str
    wanted: Wanted
    after: int
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MAX_QUEUED))


class Broadcast:
    """`run` is one task of the event loop; everything here belongs to that loop."""

    def __init__(
        self, database: Database, hub: EventHub, most: int = LISTENERS, most_of_one: int = LISTENERS_OF_ONE
    ) -> None:
        self._database = database
        self._hub = hub
        self._most, self._most_of_one = most, most_of_one
        self._listeners: set[_Listener] = set()
        self._of_client: Counter[str] = Counter()
        self._past = PastEvents()
        self._told = 0  # number of the newest event that is in the listeners' queues
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
                    self._past.break_off()
                    self._told = self._past.last
                    self._cut_off_all()
                elif events:
                    await self._pass_on(self._past.add(events))
        finally:
            self.running = False
            self.close()
            subscription.close()

    def listen(self, client: str = "", wanted: Wanted = ALL, last_id: str = "") -> AsyncIterator[bytes]:
        """The messages from now on, or since the event `last_id`. Raises Refusal if too many listen, or it stops."""
        if self._closed or len(self._listeners) >= self._most:
            raise Refusal(503, TOO_MANY_LISTENERS, f"{len(self._listeners)} listen already", {"Retry-After": "10"})
        if self._of_client[client] >= self._most_of_one:
            detail = f"{self._most_of_one} listen from your address already"
            raise Refusal(429, TOO_MANY_LISTENERS, detail, {"Retry-After": "10"})
        past = self._past.after(last_id) if last_id else []
        listener = _Listener(client, wanted, self._past.last)
        self._listeners.add(listener)
        self._of_client[client] += 1
        return self._messages(listener, past)

    def close(self) -> None:
        """End every stream, so that the server need not wait for browsers to leave."""
        self._closed = True
        self._cut_off_all()

    async def _messages(self, listener: _Listener, past: list[Numbered] | None) -> AsyncIterator[bytes]:
        try:
            begins = listener.after if not past else past[0][0] - 1
            yield b"retry: %d\n" % RETRY_MS + self._id(begins) + (_RESET if past is None else b"\n")
            for first in range(0, len(past or ()), MAX_GROUP):
                for message in await self._written(listener.wanted, (past or [])[first : first + MAX_GROUP]):
                    yield message
            while listener in self._listeners:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        queued = await listener.queue.get()
                except TimeoutError:
                    # Who wants little of what happens would otherwise come back with an event that nobody has any more.
                    yield b":\n" + self._id(max(listener.after, self._told)) + b"\n"
                    continue
                if queued is None:
                    return
                yield queued
        except SQLAlchemyError:
            _logger.exception("past events could not be read; a listener has to connect again")
        finally:
            self._forget(listener)

    async def _written(self, wanted: Wanted, numbered: list[Numbered]) -> list[bytes]:
        messages = await run_in_threadpool(render, self._database, [event for _, event in numbered])
        pairs = zip(numbered, messages, strict=True)
        return [self._id(number) + message.text for (number, _), message in pairs if wanted.covers(message)]

    async def _pass_on(self, numbered: list[Numbered]) -> None:
        if self._listeners:
            try:
                messages = await run_in_threadpool(render, self._database, [event for _, event in numbered])
            except SQLAlchemyError:
                # They come back and get it from the past, so nothing is lost.
                _logger.exception("live events could not be read; listeners have to connect again")
                self._cut_off_all()
                return
            ready = [
                (number, message, self._id(number) + message.text)
                for (number, _), message in zip(numbered, messages, strict=True)
            ]
            for listener in list(self._listeners):
                self._queue(listener, ready)
        self._told = numbered[-1][0]

    def _queue(self, listener: _Listener, ready: list[tuple[int, Rendered, bytes]]) -> None:
        mine = [text for number, message, text in ready if number > listener.after and listener.wanted.covers(message)]
        if listener.queue.qsize() + len(mine) > MAX_QUEUED:
            self._cut_off(listener)
            return
        for text in mine:
            listener.queue.put_nowait(text)

    def _id(self, number: int) -> bytes:
        return f"id: {self._past.id_of(number)}\n".encode()

    def _cut_off_all(self) -> None:
        for listener in list(self._listeners):
            self._cut_off(listener)

    def _cut_off(self, listener: _Listener) -> None:
        self._forget(listener)
        while not listener.queue.empty():
            listener.queue.get_nowait()
        listener.queue.put_nowait(None)

    def _forget(self, listener: _Listener) -> None:
        if listener in self._listeners:
            self._listeners.discard(listener)
            self._of_client[listener.client] -= 1
            self._of_client += Counter()  # forgets who has none
