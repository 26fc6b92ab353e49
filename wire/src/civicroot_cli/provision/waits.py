"""How long a crew waits, and for whom. Counted while the command can do nothing but wait for somebody else's answer.

What people do (plugging in, unplugging) is not counted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .conversation import Line

DEVICE, CITY, GATEWAY, READING, FLASHING = "device", "city", "gateway", "first reading", "flashing"


class Waits:
    """`seconds` by whom was waited for. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, whom: str) -> Iterator[None]:
        """Waiting goes on within."""
        began = self._clock()
        try:
            yield
        finally:
            self.seconds[whom] = self.seconds.get(whom, 0.0) + self._clock() - began

    def line(self, line: Line) -> Line:
        """The same line; reading it is waiting for the device."""
        return _Counted(line, self)

    def __str__(self) -> str:
        """For people: the sum, and each part."""
        parts = ", ".join(f"{whom} {seconds:.1f}" for whom, seconds in self.seconds.items())
        return f"waited {sum(self.seconds.values()):.1f} s" + (f": {parts}" if parts else "")


class _Counted:
    def __init__(self, line: Line, waits: Waits) -> None:
        self._line = line
        self._waits = waits

    def read(self, seconds: float) -> bytes:
        with self._waits.on(DEVICE):
            return self._line.read(seconds)

    def write(self, data: bytes) -> None:
        self._line.write(data)
