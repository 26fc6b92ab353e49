"""A day in seconds: time leaps to the next moment at which a task wants to go on, when nobody has anything to do.

Everything keeps its own pace by the device's clock: an offer is open for 90 s, a lid for eight. Only asyncio's clock
and the board's are put forward. They never leap while the network is at work: a broker and a gateway answer in real
time, and a leap would make every answer late.
"""

import asyncio
import time

QUIET_MS = 8  # nobody has written or been heard for so long, and nothing waits for an answer
PATIENCE_MS = 500  # the same while something waits: brokers and gateways answer in 1 to 3 ms, on a busy machine in 100
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class TimeLapse:
    """`start` is the Unix time at which the day begins. Once made, it is the clock of asyncio.

    `waits()` says whether an answer from the network is due; set it when there is somebody who knows.
    """

    def __init__(self, start: int) -> None:
        core = asyncio.core  # type: ignore[attr-defined]  # MicroPython's own
        self.waits: "Callable[[], bool]" = lambda: False
        self._start = start
        self._began = time.ticks_ms()
        self._ahead = 0  # milliseconds that were leapt over
        self._queue = core._io_queue
        self._active = time.ticks_ms()  # when the network was last seen at work
        core._io_queue = self
        core.ticks = self.ticks_ms

    def ms(self) -> int:
        """Milliseconds of the device since the start, without wrap."""
        return time.ticks_diff(time.ticks_ms(), self._began) + self._ahead

    def ticks_ms(self) -> int:
        """The device's time.ticks_ms."""
        return time.ticks_add(time.ticks_ms(), self._ahead)  # type: ignore[return-value]

    def unix_time(self) -> float:
        """Unix seconds of the device."""
        return self._start + self.ms() / 1000

    # --- what asyncio.core asks of its queue of input and output

    @property
    def map(self) -> object:
        """The files that tasks wait for."""
        return self._queue.map

    def queue_read(self, file: object) -> None:
        """A task waits for input: it has taken in what there was."""
        self._active = time.ticks_ms()
        self._queue.queue_read(file)

    def queue_write(self, file: object) -> None:
        """A task writes."""
        self._active = time.ticks_ms()
        self._queue.queue_write(file)

    def remove(self, task: object) -> None:
        """A task waits no longer."""
        self._queue.remove(task)

    def wait_io_event(self, ms: int) -> None:
        """Nothing is to be done for `ms` (-1: for ever) unless the network brings something."""
        if ms <= 0:
            self._queue.wait_io_event(ms)
            return
        quiet = PATIENCE_MS if self.waits() else QUIET_MS
        noisy = quiet - time.ticks_diff(time.ticks_ms(), self._active)
        if noisy > 0:
            self._queue.wait_io_event(min(ms, noisy))
        else:
            self._ahead += ms
            self._queue.wait_io_event(0)
