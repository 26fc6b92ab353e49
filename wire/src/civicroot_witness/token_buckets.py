"""Token buckets: how much of something each of many keys may do, in a burst and over time. The backend uses it too."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class TokenBuckets:
    """`burst` tokens for each key, which come back at `per_second`. Threads may use it at the same time.

    The `most` keys that were seen last are remembered; one that is forgotten has a full bucket again, which it mostly
    has by then anyhow. `clock` is monotonic seconds.
    """

    def __init__(self, burst: int, per_second: float, most: int, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._per_second = per_second
        self._most = most
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # tokens left, and when
        self._lock = Lock()

    def wait(self, key: Hashable) -> float:
        """Seconds until the key has a token; 0.0 if it has one."""
        with self._lock:
            return self._wait(self._level(key), 1)

    def left(self, key: Hashable) -> float:
        """How many tokens the key has."""
        with self._lock:
            return self._level(key)

    def take(self, key: Hashable, tokens: int = 1) -> float:
        """Take so many tokens: 0.0, or, if there are fewer, the seconds until there are and none is taken."""
        with self._lock:
            level = self._level(key)
            wait = self._wait(level, tokens)
            if wait == 0.0:
                self._levels[key] = (level - tokens, self._clock())
                self._levels.move_to_end(key)
                if len(self._levels) > self._most:
                    self._levels.popitem(last=False)
            return wait

    def _level(self, key: Hashable) -> float:
        left, then = self._levels.get(key, (float(self._burst), 0.0))
        return min(float(self._burst), left + (self._clock() - then) * self._per_second)

    def _wait(self, level: float, tokens: int) -> float:
        return 0.0 if level >= tokens else (tokens - level) / self._per_second
