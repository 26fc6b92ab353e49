"""Token buckets: how much of something each of many clients may do, in a burst and over time."""

from collections import OrderedDict
from collections.abc import Callable


class TokenBuckets:
    """`burst` tokens for each client, which come back at `per_second`. `clock` is monotonic seconds.

    The `most` clients that were seen last are remembered; one that is forgotten has a full bucket again, which it
    mostly has by then anyhow.
    """

    def __init__(self, burst: int, per_second: float, most: int, clock: Callable[[], float]) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._most = most
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when

    def take(self, client: str) -> float:
        """Take a token: 0.0, or, if there is none, the seconds until there is."""
        now = self._clock()
        left, then = self._levels.get(client, (self._burst, now))
        level = min(self._burst, left + (now - then) * self._per_second)
        if level < 1.0:
            return (1.0 - level) / self._per_second
        self._levels[client] = (level - 1.0, now)
        self._levels.move_to_end(client)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0.0
