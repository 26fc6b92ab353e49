"""The runner of one anchor: anchors the newest witnessed checkpoint, again and again, and never two for one tree.

Its durable steps, each of which may be the last before a crash; a new process goes on with whatever ticket is there:

1. The first ticket is recorded; nothing has left this machine.
2. `advance` acts on a recorded ticket; another ticket is recorded before anything acts on that one.
3. Evidence is verified as everybody will verify it, and recorded.
4. The public store publishes it.
5. The anchoring is confirmed.

Each anchor has its own thread: one that is slow, or whose other side is down for a day, holds up neither the log nor
another anchor.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock

from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.finding import CHECKED
from sqlalchemy.exc import SQLAlchemyError

from civicroot_backend import events
from civicroot_backend.anchor.anchor import Confirmed, Failed
from civicroot_backend.anchor.book import Book, Pending
from civicroot_backend.anchor.open import Opened
from civicroot_backend.errors import AnchorUnavailable, StoreConflict, StoreError
from civicroot_backend.log.publish import Published
from civicroot_backend.store.store import BlobStore

FOLDER = "log/anchor/"
TRUSTED_SECONDS = 86_400.0  # an anchor in trouble for longer is a fault of the operation; until then only said
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two looks at what is pending, and of the back-off after trouble, which doubles, with jitter."""

    poll: float = 5.0
    first_retry: float = 5.0
    last_retry: float = 600.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an anchor does not get on, and for how long (seconds)."""

    name: str
    detail: str
    seconds: float


@dataclass(slots=True)
class _BackOff:
    pace: Pace
    draw: Callable[[float, float], float]
    count: int = 0
    until: float = float("-inf")

    def failed(self, now: float) -> None:
        delay = min(self.pace.first_retry * 2**self.count, self.pace.last_retry)
        self.count = min(self.count + 1, 32)
        self.until = now + delay * self.draw(1 - self.pace.jitter, 1 + self.pace.jitter)

    def succeeded(self) -> None:
        self.count, self.until = 0, float("-inf")


@dataclass(slots=True)
class _Worries:
    lock: Lock = field(default_factory=Lock)
    detail: str | None = None
    since: float = 0.0


class Runner:
    """One thread calls `run` or `step`; any reads `trouble`. `clock`: Unix seconds, `monotonic`: for waiting."""

    def __init__(
        self,
        opened: Opened,
        book: Book,
        store: BlobStore,
        newest: Callable[[], Published | None],
        origin: str,
        tell: Callable[[list[events.Event]], None],
        clock: Callable[[], float],
        pace: Pace | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = opened.anchor.name
        self._opened = opened
        self._anchor = opened.anchor
        self._book = book
        self._store = store
        self._newest = newest
        self._origin = origin
        self._tell = tell
        self._clock = clock
        self._pace = pace or Pace()
        self._monotonic = monotonic
        self._back_off = _BackOff(self._pace, random.uniform)
        self._worries = _Worries()

    def run(self, stop: Event) -> None:
        """Until told to stop."""
        while not stop.is_set():
            self.step(stop)
            stop.wait(self._rest())

    def step(self, stop: Event | None = None) -> None:
        """Begin what is due, advance what is pending. Whatever goes wrong with the anchor is tried again later."""
        if self._monotonic() < self._back_off.until:
            return
        worry: str | None = None
        for act in (self._begin, *self._acts()):
            if stop is not None and stop.is_set():
                return
            try:
                worry = act() or worry
            except (AnchorUnavailable, StoreError) as error:
                worry = str(error)
            except SQLAlchemyError:
                raise  # the backend's own database: the process must not go on without it
            except Exception as error:  # noqa: BLE001 - a defect in one anchor stops neither the others nor the log
                _log.exception("anchor %s", self.name)
                worry = f"{type(error).__name__}: {error}"
        self._worry(worry)

    def trouble(self) -> Trouble | None:
        """Why it does not get on; None if it does."""
        with self._worries.lock:
            if self._worries.detail is None:
                return None
            return Trouble(self.name, self._worries.detail, self._monotonic() - self._worries.since)

    def close(self) -> None:
        """Give up what the anchor holds."""
        self._anchor.close()

    # Beginning

    def _begin(self) -> str | None:
        newest = self._newest()
        if newest is None:
            return None
        stands = self._book.standing(self.name)
        if newest.size <= stands.size or stands.pending >= self._anchor.parallel or not self._is_due(stands.submitted):
            return None
        if not self._opened.trusted.covers(newest.size - 1):
            return f"the policy does not accept it for trees of {newest.size} entries"
        tree = newest.tree(self._origin)
        ticket = self._anchor.prepare(tree)
        row = self._book.begin(self.name, self._anchor.kind, tree.size, ticket, int(self._clock()))
        self._tell([events.Anchored(row)])
        return self._advance(self._row(row))

    def _is_due(self, submitted: int | None) -> bool:
        if submitted is None:
            return True
        passed = self._clock() - submitted
        return passed >= self._opened.interval or passed < 0  # a clock that was set back makes nobody wait for years

    def _row(self, row: int) -> Pending:
        return next(item for item in self._book.pending(self.name) if item.id == row)

    # Advancing

    def _acts(self) -> list[Callable[[], str | None]]:
        return [partial(self._advance, item) for item in self._book.pending(self.name)]

    def _advance(self, item: Pending) -> str | None:
        """Go on with one anchoring; what is the matter, if something is."""
        while item.evidence is None:
            assert item.ticket is not None
            progress = self._anchor.advance(item.ticket, item.tree)
            if isinstance(progress, Failed):
                return self._fail(item, progress.detail)
            if isinstance(progress, Confirmed):
                try:
                    moment = self._verify(progress.evidence, item.tree)
                except WireError as error:
                    return self._fail(item, f"its evidence does not hold: {error}")
                self._book.proved(item.id, progress.evidence, moment, progress.detail)
                item.evidence = progress.evidence
                break
            changed = progress.ticket != item.ticket
            if changed or progress.detail != item.detail:
                self._book.go_on(item.id, progress.ticket, progress.detail)
                self._tell([events.Anchored(item.id)])
            if not changed:
                return None
            item.ticket, item.detail = progress.ticket, progress.detail
        return self._publish(item, item.evidence)

    def _verify(self, evidence: bytes, tree: Checkpoint) -> int:
        """The time by which the tree existed. Raises WireError, AnchorUnavailable."""
        found = self._opened.check(evidence, tree, self._opened.trusted)
        if found.status != CHECKED or found.time is None:
            raise AnchorUnavailable(found.says)
        return found.time

    def _publish(self, item: Pending, evidence: bytes) -> str | None:
        name = name_of(self.name, item.tree.size)
        try:
            self._store.put([(name, evidence)])
        except StoreConflict:
            # The database is older than the store. What is published stays, if it holds.
            published = self._store.get(name) or b""
            try:
                moment = self._verify(published, item.tree)
            except WireError as error:
                return self._fail(item, f"{name} has evidence that does not hold: {error}")
            self._book.proved(item.id, published, moment, "was published before")
        self._book.confirmed(item.id, int(self._clock()))
        self._tell([events.Anchored(item.id)])
        _log.info("anchor %s has the tree of %d entries", self.name, item.tree.size)
        return None

    def _fail(self, item: Pending, detail: str) -> str:
        self._book.failed(item.id, detail)
        self._tell([events.Anchored(item.id)])
        _log.warning("anchor %s failed for %d entries: %s", self.name, item.tree.size, detail)
        return detail

    # Waiting

    def _rest(self) -> float:
        return max(self._pace.poll, self._back_off.until - self._monotonic())

    def _worry(self, detail: str | None) -> None:
        now = self._monotonic()
        if detail is None:
            self._back_off.succeeded()
        else:
            self._back_off.failed(now)
            _log.info("anchor %s goes on later: %s", self.name, detail)
        with self._worries.lock:
            if self._worries.detail is None:
                self._worries.since = now
            self._worries.detail = detail


def name_of(name: str, size: int) -> str:
    """Where the store has the evidence of anchor `name` for the tree of `size`."""
    return f"{FOLDER}{name}/{size}"
