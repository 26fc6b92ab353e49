"""How long the spool lasts at the present rate."""

from math import exp

TIME_CONSTANT = 3600.0  # seconds: a market day counts, a burst after an outage of minutes does not
LEARNING = 60.0  # seconds of a rate before anything is said of it


class Room:
    """The rate of bytes taken in, weighted by age: what came TIME_CONSTANT ago counts 1/e. Times are monotonic."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._at = now
        self._sum = 0.0

    def add(self, octets: int, now: float) -> None:
        """So many bytes were taken in."""
        self._sum = self._decayed(now) + octets
        self._at = now

    def hours_left(self, free: int, now: float) -> float | None:
        """Hours until `free` bytes are used up; None before the rate is known, or while nothing comes."""
        age = now - self._since
        if age < LEARNING or self._sum <= 0:
            return None
        # Dividing by the weight that has had time to gather: the first hour is no slower than the others.
        rate = self._decayed(now) / (TIME_CONSTANT * (1 - exp(-age / TIME_CONSTANT)))
        return max(free, 0) / rate / 3600 if rate > 0 else None

    def _decayed(self, now: float) -> float:
        return self._sum * exp(-(now - self._at) / TIME_CONSTANT)
