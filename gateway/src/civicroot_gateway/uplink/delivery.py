"""When which batch is sent: a window of the oldest, each again with growing pauses until its verdict comes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WINDOW = 4  # batches under way: up to 1 MiB, enough to fill a 50 Mbit/s line at 150 ms
FIRST_PAUSE = 5.0  # seconds; a backend answers within one
LONGEST_PAUSE = 300.0  # seconds; soon enough after an outage that MQTT did not notice


@dataclass(slots=True)
class _Attempt:
    pause: float
    due: float


class Delivery:
    """Pure schedule over batch numbers. `jitter()` is 0 … 1; times are of one monotonic clock, in seconds."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._attempts: dict[int, _Attempt] = {}

    def restart(self) -> None:
        """The uplink is new: whatever was under way may be lost, so all is due."""
        self._attempts.clear()

    def forget(self, seq: int) -> None:
        """The batch has its verdict."""
        self._attempts.pop(seq, None)

    def due(self, waiting: Sequence[int], now: float) -> list[int]:
        """Those of the `waiting` batches, ascending, that are to be sent now."""
        window = waiting[:WINDOW]
        return [seq for seq in window if seq not in self._attempts or self._attempts[seq].due <= now]

    def sent(self, seq: int, now: float) -> None:
        """The batch was handed to the uplink: it is due again after a pause, twice as long each time."""
        before = self._attempts.get(seq)
        pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
        self._attempts[seq] = _Attempt(pause, now + pause * (1 + self._jitter() / 4))

    def next_due(self, waiting: Sequence[int], now: float) -> float | None:
        """Seconds until something is due, or None."""
        times = [self._attempts[seq].due if seq in self._attempts else now for seq in waiting[:WINDOW]]
        return max(min(times) - now, 0.0) if times else None
