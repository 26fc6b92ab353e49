"""The task that reads the sensors at their interval and gives the reporter what they say."""

import asyncio

from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting import sensing
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.device import Device
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.supervisor import Works

SAMPLING = "sampling"  # name of the task


class Sampler:
    """`alive(task)` is told that it gets on, `wake()` that there may be something to deliver."""

    def __init__(
        self,
        device: "Device",
        kind: "Kind",
        reporter: "Reporter",
        alive: "Callable[[str], None]",
        wake: "Callable[[], None]",
    ) -> None:
        self._device = device
        self._kind = kind
        self._reporter = reporter
        self._alive = alive
        self._wake = wake
        self._ending = False

    def works(self) -> "Works":
        """The task."""
        return {SAMPLING: self._run()}

    def end(self) -> None:
        """Sample no more."""
        self._ending = True

    async def _run(self) -> None:
        due = self._device.ms()
        while not self._ending:
            self._alive(SAMPLING)
            now = self._device.ms()
            if now >= due and not self._limit_reached():
                sample = sensing.take(self._kind, self._device.board.look())
                if self._reporter.on_sample(sample, now):
                    self._wake()
                due = max(due, now) + int(self._device.configuration.sample_s * 1000)
            await asyncio.sleep(min(LOOK_MS, max(1, due - self._device.ms())) / 1000)

    def _limit_reached(self) -> bool:
        limit = self._device.configuration.limit
        return limit is not None and self._device.store.outbox.made >= limit


def fitted(kind: "Kind", names: "list[str] | None") -> "Kind":
    """The quantities of the kind for which the board has a sensor. Raises ConfigurationError if there is none."""
    found = tuple([quantity for quantity in kind if names is None or quantity.name in names])
    if not found:
        raise ConfigurationError("the board has no sensor of this kind of device: " + ", ".join(names or []))
    return found
