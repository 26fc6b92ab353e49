"""Fetching contents from the backend, in pieces over MQTT: each once, however many devices want it.

A state machine without I/O but the cache's. A content is asked for while a device wants it; pieces that do not come are
asked for again after a growing pause; what the backend does not have, or is not what its name says, rests for a while.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from civicroot_wire.piece import MAX_CONTENT_BYTES, MAX_PIECE_BYTES, NOT_YET, UNKNOWN, Piece, Want

from ..operate.logs import fields
from .content_cache import ContentCache

MAX_FETCHES = 2  # at a time: records share the uplink
MAX_QUEUED = 64  # contents that wait for their turn; whoever wants more asks again
WINDOW = 4  # pieces under way: 64 KiB, half a second of a slow mobile link
FIRST_PAUSE, LAST_PAUSE = 5.0, 300.0  # seconds until a piece is asked for again, doubling
WANTED_FOR = 900.0  # seconds after the last device asked; then it is not fetched any further
FIRST_REST, LAST_REST = 60.0, 3600.0  # seconds that a content rests after a refusal, doubling
MAX_RESTING = 256

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ask:
    length: int
    due: float
    attempts: int = 0


@dataclass(slots=True)
class _Fetch:
    """`size` is 0 while nobody has said it; `have` bytes are in the cache; `early` came before what goes before it."""

    digest: bytes
    size: int
    wanted: float
    have: int = 0
    asked: dict[int, _Ask] = field(default_factory=dict)
    early: dict[int, bytes] = field(default_factory=dict)

    def fill_window(self, now: float) -> None:
        """Plan to ask for what is not yet asked for."""
        ends = [at + ask.length for at, ask in self.asked.items()] + [at + len(got) for at, got in self.early.items()]
        at = max([self.have, *ends])
        while len(self.asked) + len(self.early) < (WINDOW if self.size else 1) and at < (self.size or 1):
            length = min(MAX_PIECE_BYTES, (self.size or MAX_CONTENT_BYTES) - at)
            self.asked[at] = _Ask(length, now)
            at += length


class Fetches:
    """What is being fetched into `cache`. `jitter` gives 0 to 1; `now` is monotonic seconds."""

    def __init__(self, cache: ContentCache, jitter: Callable[[], float]) -> None:
        self._cache = cache
        self._jitter = jitter
        self._fetches: OrderedDict[bytes, _Fetch] = OrderedDict()
        self._resting: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # until when, and for how long
        self.counts: Counter[str] = Counter()

    def want(self, digest: bytes, size: int, now: float) -> str | None:
        """A device wants a content of `size` bytes (0: not known): why it has to ask again; None: it is here now."""
        until, _ = self._resting.get(digest, (now, 0.0))
        if until > now:
            return UNKNOWN
        fetch = self._fetches.get(digest)
        if fetch is not None:
            fetch.wanted = now
        elif not 0 <= size <= MAX_CONTENT_BYTES:
            return UNKNOWN
        elif len(self._fetches) < MAX_QUEUED:
            self._begin(_Fetch(digest, size, now), now)
        return None if self._cache.size(digest) is not None else NOT_YET

    @property
    def queued(self) -> int:
        """Contents that are under way, or wait for their turn."""
        return len(self._fetches)

    def link_up(self, now: float) -> None:
        """What was under way is lost: ask again."""
        for fetch in self._fetches.values():
            for ask in fetch.asked.values():
                ask.due, ask.attempts = now, 0

    def due(self, most: int, now: float) -> Iterator[Want]:
        """At most `most` questions for the backend."""
        for fetch in self._active(now):
            fetch.fill_window(now)
            for at, ask in fetch.asked.items():
                if ask.due > now or most == 0:
                    continue
                most -= 1
                pause = min(FIRST_PAUSE * 2**ask.attempts, LAST_PAUSE)
                ask.due, ask.attempts = now + pause * (1 + self._jitter()) / 2, min(ask.attempts + 1, 16)
                yield Want(fetch.digest, at, ask.length)

    def next_due(self, now: float) -> float | None:
        """Seconds until something is due."""
        waits = []
        for fetch in self._active(now):
            fetch.fill_window(now)
            waits += [max(ask.due - now, 0.0) for ask in fetch.asked.values()]
        return min(waits, default=None)

    def take(self, found: Piece, now: float) -> None:
        """Take in what the backend says."""
        fetch = self._fetches.get(found.digest)
        if fetch is None:
            self.counts["stray"] += 1
        elif found.reason is not None:
            self._rest(fetch, found.reason, now)
        elif found.size != (fetch.size or found.size):
            self._rest(fetch, f"it has {found.size} bytes, and not {fetch.size}", now)
        else:
            fetch.size = found.size
            self._take(fetch, found, now)

    def _take(self, fetch: _Fetch, found: Piece, now: float) -> None:
        ask = fetch.asked.get(found.offset)
        if ask is None or len(found.octets) > ask.length:
            self.counts["stray"] += 1
            return
        del fetch.asked[found.offset]
        fetch.early[found.offset] = found.octets
        end = found.offset + len(found.octets)
        if len(found.octets) < ask.length and end < fetch.size:  # the backend gave less than it was asked for
            fetch.asked[end] = _Ask(min(ask.length - len(found.octets), fetch.size - end), now)
        self.counts["pieces"] += 1
        try:
            while fetch.have in fetch.early:
                octets = fetch.early.pop(fetch.have)
                self._cache.append(fetch.digest, octets)
                fetch.have += len(octets)
            if fetch.have == fetch.size:
                self._finish(fetch, now)
        except OSError as error:
            self._rest(fetch, f"disk: {error}", now)

    def _begin(self, fetch: _Fetch, now: float) -> None:
        """Go on where an earlier attempt ended; without a size nobody knows how much of it that was."""
        self._fetches[fetch.digest] = fetch
        fetch.have = self._cache.begun(fetch.digest)
        try:
            if fetch.have > fetch.size or fetch.size == 0:
                self._cache.abandon(fetch.digest)
                fetch.have = 0
            elif fetch.have == fetch.size:  # all of it had come when the power went
                self._finish(fetch, now)
        except OSError as error:
            self._rest(fetch, f"disk: {error}", now)

    def _finish(self, fetch: _Fetch, now: float) -> None:
        if not self._cache.finish(fetch.digest):
            self._rest(fetch, "not the content that its name says", now)
            return
        del self._fetches[fetch.digest]
        self._resting.pop(fetch.digest, None)
        self.counts["fetched"] += 1
        _log.info("content fetched", extra=fields(content=fetch.digest.hex(), size=fetch.size))

    def _rest(self, fetch: _Fetch, why: str, now: float) -> None:
        del self._fetches[fetch.digest]
        with suppress(OSError):  # the disk that fails; what is left is looked at before it is used
            self._cache.abandon(fetch.digest)
        _, before = self._resting.pop(fetch.digest, (0.0, FIRST_REST / 2))
        rest = min(2 * before, LAST_REST)
        self._resting[fetch.digest] = (now + rest, rest)
        if len(self._resting) > MAX_RESTING:
            self._resting.popitem(last=False)
        self.counts["failed"] += 1
        _log.warning("content not fetched", extra=fields(content=fetch.digest.hex(), reason=why))

    def _active(self, now: float) -> list[_Fetch]:
        for fetch in [one for one in self._fetches.values() if one.wanted + WANTED_FOR < now]:
            del self._fetches[fetch.digest]
        return list(self._fetches.values())[:MAX_FETCHES]
