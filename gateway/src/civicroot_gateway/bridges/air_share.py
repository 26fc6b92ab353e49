"""How much of a LoRa channel answers to questions may take: half of what the region allows in any hour, refusals and
parts of content together; parts one device's at a time and a frame at a time, so that answers to records find room
between them.

The bridge keeps the region's limit itself, whatever is asked of it. ESP-NOW has no such limit.
"""

from collections import deque
from dataclasses import dataclass

from civicroot_wire import lora

HOUR = 3600.0
SHARE = 0.5  # of the region's: the other half stays for answers
GAP = 0.1  # seconds between two parts, in which an answer may begin


@dataclass(frozen=True, slots=True)
class Timed:
    """A frame that may go from `due` on (monotonic seconds), for a device `kid`."""

    due: float
    kid: bytes
    address: bytes
    frame: bytes


class AirShare:
    """Of one bridge whose LoRa is set to (region, frequency, factor, power)."""

    def __init__(self, settings: tuple[str, int, int, int]) -> None:
        region, frequency, self._factor, power = settings
        self._allowed = HOUR * lora.band(region, frequency, power).share / 1000 * SHARE
        self._used: deque[tuple[float, float]] = deque()  # when, and for how many seconds
        self._waiting: deque[Timed] = deque()

    def plan(self, kid: bytes, address: bytes, frames: list[bytes], now: float) -> bool:
        """Have the frames sent one after the other; whether there is airtime for one at least.

        Those that do not fit the hour are left out: the device asks for them again. What is left of an earlier
        question of the same device is not sent any more.
        """
        self._waiting = deque(one for one in self._waiting if one.kid != kid)
        if self._waiting:
            return False
        due = now
        for frame in frames:
            if not self.spend(frame, now):
                break
            self._waiting.append(Timed(due, kid, address, frame))
            due += self._seconds(frame) + GAP
        return bool(self._waiting)

    def spend(self, frame: bytes, now: float) -> bool:
        """Whether the hour has airtime for a frame; if so, it is taken."""
        seconds = self._seconds(frame)
        if self.used(now) + seconds > self._allowed:
            return False
        self._used.append((now, seconds))
        return True

    def due(self, now: float) -> list[Timed]:
        """The frames that may go now."""
        found = []
        while self._waiting and self._waiting[0].due <= now:
            found.append(self._waiting.popleft())
        return found

    def wait(self, now: float) -> float | None:
        """Seconds until a frame is due."""
        return max(0.0, self._waiting[0].due - now) if self._waiting else None

    def used(self, now: float) -> float:
        """Seconds that parts and refusals took of the last hour."""
        while self._used and self._used[0][0] <= now - HOUR:
            self._used.popleft()
        return sum(seconds for _, seconds in self._used)

    def _seconds(self, frame: bytes) -> float:
        return lora.airtime_us(len(frame), self._factor) / 1e6
