"""Back-off: after some failures, a wait before the next try that doubles with each, up to a quarter of an hour.

A try is counted before it is judged, so that a hundred at once are not a hundred for the price of one; the caller takes
it back if it succeeds. A try that comes while there is a wait is not looked at and counts for nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock

FIRST_WAIT, LONGEST_WAIT = 1.0, 900.0  # seconds
FORGOTTEN_SECONDS = 86_400.0  # after a day without a failure everything is as at the beginning
MOST_KEYS = 65_536  # some 10 MB; the one that failed longest ago is forgotten first


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    until: float


@dataclass(frozen=True, slots=True)
class Watched:
    """Something whose failures are counted: `free` of them cost nothing."""

    key: Hashable
    free: int


class BackOff:
    """Failures of many keys. `clock` is monotonic seconds. Threads may use it at the same time."""

    def __init__(self, clock: Callable[[], float], most: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most = most
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()
        self._lock = Lock()

    def attempt(self, watched: Collection[Watched]) -> float:
        """0.0: try, which counts as failed until `succeeded`; otherwise the seconds to wait, and nothing is counted."""
        with self._lock:
            now = self._clock()
            wait = max((self._wait(item.key, now) for item in watched), default=0.0)
            if wait == 0.0:
                for item in watched:
                    self._count(item, now)
            return wait

    def slowed(self, watched: Watched) -> bool:
        """Whether the last failure was one too many, so that there is a wait now."""
        with self._lock:
            return self._wait(watched.key, self._clock()) > 0.0

    def succeeded(self, cleared: Collection[Watched], forgiven: Collection[Watched]) -> None:
        """The try was right: failures of `cleared` are forgotten; of `forgiven`, only this try is taken back."""
        with self._lock:
            for item in cleared:
                self._failures.pop(item.key, None)
            for item in forgiven:
                found = self._failures.get(item.key)
                if found is not None:
                    found.count -= 1
                    found.until = 0.0  # the wait that this try began; there was none before it

    def _wait(self, key: Hashable, now: float) -> float:
        found = self._failures.get(key)
        if found is not None and now - found.last > FORGOTTEN_SECONDS:
            del self._failures[key]
            found = None
        return 0.0 if found is None else max(0.0, found.until - now)

    def _count(self, item: Watched, now: float) -> None:
        found = self._failures.setdefault(item.key, _Failures(0, now, 0.0))
        self._failures.move_to_end(item.key)
        found.count += 1
        found.last = now
        over = found.count - item.free
        if over > 0:
            found.until = now + min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(over - 1, 60))
        if len(self._failures) > self._most:
            self._failures.popitem(last=False)
