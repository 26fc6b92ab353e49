"""The device's clock: unset until somebody tells the time, and never back behind what it once said."""

from civicroot_device.version import BUILD_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Ticks = Any  # what time.ticks_ms gives: only time.ticks_diff may compute with it

TOLERANCE_S = 60  # a told time this much behind ours is the delay of its message; more is counted as refused
# Acknowledgements are not signed, and a time once believed is never taken back, not after a restart either: a gateway
# with a broken clock, or a forger, must not send the device's clock to the end of its 32 bits.
LIFE_S = 20 * 365 * 86_400  # no device reports with this firmware 20 years after its build


def floor(machine: int, last_known: int) -> "int | None":
    """What a machine's clock is to be set to before it judges certificates; None if it is late enough.

    machine, last_known   Unix seconds that it says, and that the device's own clock said before the last power cut

    The true time is not before the firmware was built, nor before what the device once knew. A certificate that had
    ended by then is refused, and one that begins later is let in again as soon as the gateway has told the time.
    """
    least = max(BUILD_TIME, last_known)
    return least if machine < least else None


class Monotonic:
    """Milliseconds since it was made, without the wrap of `ticks`; call `ms` at least once in six days."""

    def __init__(self, ticks: "Callable[[], Ticks]", ticks_diff: "Callable[[Ticks, Ticks], int]") -> None:
        self._ticks = ticks
        self._diff = ticks_diff
        self._last = ticks()
        self._ms = 0

    def ms(self) -> int:
        """Milliseconds since the start."""
        now = self._ticks()
        self._ms += self._diff(now, self._last)
        self._last = now
        return self._ms


class Clock:
    """Unix time from the board, if its clock is set, and from acknowledgements.

    last_known  what the clock said before the last power cut, 0 for never
    refused     how often a told time was far behind, or after the device's life
    """

    def __init__(self, last_known: int) -> None:
        self._floor = max(BUILD_TIME, last_known)
        self._offset_ms: "int | None" = None  # Unix milliseconds at monotonic zero
        self.refused = 0

    def now(self, ms: int) -> "int | None":
        """Unix seconds at monotonic `ms`; None while the clock is not set."""
        if self._offset_ms is None:
            return None
        self._floor = max(self._floor, (self._offset_ms + ms) // 1000)
        return self._floor

    def tell(self, seconds: int, ms: int) -> None:
        """Somebody says what time it is. It is believed unless it is before what this clock said already, or absurd."""
        floor = self.now(ms) or self._floor
        if seconds > BUILD_TIME + LIFE_S:
            self.refused += 1
        elif seconds >= floor:
            self._offset_ms = seconds * 1000 - ms
            self._floor = seconds
        elif seconds < floor - TOLERANCE_S:
            self.refused += 1
