"""The task that looks at the sensors at their interval and gives the reporter what they say."""

import asyncio

from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.device import Device
    from civicroot_device.equipment import Equipment
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.supervisor import Works

SAMPLING = "sampling"  # name of the task


class Sampler:
    """`alive(task)` is told that it gets on, `wake()` that there may be something to deliver.

    `looked(sample)` is called with every sample, and may add faults to it before it is reported.
    """

    def __init__(
        self,
        device: "Device",
        equipment: "Equipment",
        reporter: "Reporter",
        alive: "Callable[[str], None]",
        wake: "Callable[[], None]",
    ) -> None:
        self._device = device
        self._equipment = equipment
        self._reporter = reporter
        self._alive = alive
        self._wake = wake
        self._ending = False
        self._samples = 0
        self.looked: "Callable[[Sample], None] | None" = None

    def works(self) -> "Works":
        """The task."""
        return {SAMPLING: self._run()}

    def end(self) -> None:
        """Sample no more."""
        self._ending = True

    def figures(self) -> "dict[str, object]":
        """How often it looked."""
        return {"samples": self._samples}

    async def _run(self) -> None:
        last: "int | None" = None
        while not self._ending:
            self._alive(SAMPLING)
            now = self._device.ms()
            due = now if last is None else last + self._device.places.tuning.sample_ms  # which may change meanwhile
            if now >= due and not self._device.exhausted():
                await self._sample()
                last, due = now, now + self._device.places.tuning.sample_ms
            await asyncio.sleep(min(LOOK_MS, max(1, due - self._device.ms())) / 1000)

    async def _sample(self) -> None:
        sample = await self._equipment.look()
        self._samples += 1
        if self._ending:
            return  # nothing is made any more: the outbox has noted what it holds
        if self.looked is not None:
            self.looked(sample)
        if self._reporter.on_sample(sample, self._device.ms()):
            self._wake()
