"""Events for live pages: published by any thread, read by asynchronous subscribers with bounded queues."""

import asyncio
from collections import deque
from dataclasses import dataclass
from threading import Lock

from civicroot_backend.log.publish import Published

MAX_QUEUED = 256  # events that a slow page may be behind; older ones are dropped, since pages show the latest


@dataclass(frozen=True, slots=True)
class RecordAccepted:
    """A record is durable; its row is in `records`."""

    kid: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class CheckpointPublished:
    """A new checkpoint is public."""

    checkpoint: Published


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchoring is pending, confirmed or failed now; `id` of its row in `anchorings`."""

    id: int


@dataclass(frozen=True, slots=True)
class AlarmsChanged:
    """What needs somebody is another now; `said` is the JSON that the API shows."""

    said: str


@dataclass(frozen=True, slots=True)
class AlarmListChanged:
    """An alarm of a rule was raised, acknowledged or cleared; which one, only those may know who ask for the list."""


Event = RecordAccepted | CheckpointPublished | Anchored | AlarmsChanged | AlarmListChanged


class Subscription:
    """One subscriber, in the event loop that made it. `dropped` counts the events it was too slow for.

    `only` is the kind of event that it wants; None: all.
    """

    def __init__(self, hub: "EventHub", only: type[Event] | None = None) -> None:
        self._hub = hub
        self._only = only
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Event] = deque(maxlen=MAX_QUEUED)
        self._ready = asyncio.Event()
        self._lock = Lock()
        self.dropped = 0

    async def next(self, timeout: float) -> Event | None:
        """The next event, or None after `timeout` seconds without one."""
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            return None
        with self._lock:
            found = self._queue.popleft()
            if not self._queue:
                self._ready.clear()
        return found

    def close(self) -> None:
        """Get no more events."""
        self._hub.unsubscribe(self)

    def offer(self, events: list[Event]) -> None:
        """Queue events; called by the hub in any thread."""
        if self._only is not None:
            events = [event for event in events if isinstance(event, self._only)]
        if not events:
            return
        with self._lock:
            self.dropped += max(0, len(self._queue) + len(events) - MAX_QUEUED)
            self._queue.extend(events)
        self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            if self._queue:
                self._ready.set()


class EventHub:
    """Gives every event to every subscriber."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._lock = Lock()

    def subscribe(self, only: type[Event] | None = None) -> Subscription:
        """A subscription in the running event loop, to all events or one kind; close it when done."""
        subscription = Subscription(self, only)
        with self._lock:
            self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscriber."""
        with self._lock:
            self._subscriptions.discard(subscription)

    def publish(self, events: list[Event]) -> None:
        """Give events to all subscribers; never waits for one."""
        with self._lock:
            subscribers = list(self._subscriptions)
        for subscription in subscribers if events else ():
            try:
                subscription.offer(events)
            except RuntimeError:  # its event loop has ended without closing it
                self.unsubscribe(subscription)
