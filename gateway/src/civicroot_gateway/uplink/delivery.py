"""When which batch is sent: in each lane a window of the oldest, each again with growing pauses until its verdict."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WINDOW = 4  # batches of a lane under way: up to 1 MiB, enough to fill a 50 Mbit/s line at 150 ms
FIRST_PAUSE = 5.0  # seconds; a backend answers within one
LONGEST_PAUSE = 300.0  # seconds; soon enough after an outage that MQTT did not notice

Lanes = Sequence[Sequence[int]]  # numbers of waiting batches: urgent ones, then the others; in each the oldest first


@dataclass(slots=True)
class _Attempt:
    pause: float
    due: float


@dataclass(frozen=True, slots=True)
class Due:
    """A batch that is to be sent; an urgent one waits for no other."""

    seq: int
    urgent: bool


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

    def due(self, lanes: Lanes, now: float) -> list[Due]:
        """What is to be sent now, in this order."""
        return [one for one, due in self._window(lanes, now) if due <= now]

    def sent(self, seq: int, now: float) -> None:
        """The batch was handed to the uplink: it is due again after a pause, twice as long each time."""
        before = self._attempts.get(seq)
        pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
        self._attempts[seq] = _Attempt(pause, now + pause * (1 + self._jitter() / 4))

    def under_way(self, seq: int, now: float) -> None:
        """It is due, but still leaves, or the broker has not acknowledged it: look again after the same pause."""
        attempt = self._attempts[seq]
        attempt.due = now + attempt.pause

    def next_due(self, lanes: Lanes, now: float, *, urgent: bool | None = None) -> float | None:
        """Seconds until something is due (of the urgent lane or of the others, if given), or None."""
        times = [due for one, due in self._window(lanes, now) if urgent is None or one.urgent == urgent]
        return max(min(times) - now, 0.0) if times else None

    def _window(self, lanes: Lanes, now: float) -> Iterator[tuple[Due, float]]:
        for place, lane in enumerate(lanes):
            for seq in lane[:WINDOW]:
                attempt = self._attempts.get(seq)
                yield Due(seq, urgent=place == 0), attempt.due if attempt else now
