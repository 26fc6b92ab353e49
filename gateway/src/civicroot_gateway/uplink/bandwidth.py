"""How fast batches may leave: a token bucket in bytes per second."""

from collections.abc import Callable


class Bandwidth:
    """Pure. `rate` in bytes/s, 0: no limit. `monotonic()` in seconds.

    The bucket holds a second's worth and may go below nothing: a batch larger than that passes when it is full and
    empties it for long. Over time no more than `rate` leaves, whatever the size of batches.
    """

    def __init__(self, rate: float, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._tokens = rate
        self._at = monotonic()

    def spend(self, octets: int) -> None:
        """So much leaves now, allowed or not: what is urgent goes ahead and the rest pays for it."""
        self._refill()
        self._tokens -= octets

    def due_in(self) -> float:
        """Seconds until the next batch may leave; 0: now."""
        if not self._rate:
            return 0.0
        self._refill()
        return max(-self._tokens / self._rate, 0.0)

    def _refill(self) -> None:
        now = self._monotonic()
        self._tokens = min(self._tokens + (now - self._at) * self._rate, self._rate)
        self._at = now
