"""Safe mode, after boots in a row that came to nothing: the device says how it is, and takes configuration and updates.

No sensor but the battery's, no display, lamp or scanner is touched, and their drivers are not even loaded: whatever
made the boots fail is most likely in one of them. The battery is read because it may be the reason.

It ends with the next start after something changed (a configuration of the operator, an update), and after RETRY_MS by
itself: a fault of a day, like a wet plug or an empty battery in winter, then costs a day and no visit. If that start
fails, too, the device is back in safe mode at once.
"""

import asyncio

from civicroot_wire.senml import Measurement

from civicroot_device.equipment import Equipment
from civicroot_device.errors import ConfigurationError
from civicroot_device.storage.segment import CHANGE, HEARTBEAT
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.device import Device
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.supervisor import Works

HEALTH = "health"  # name of the task
RETRY_MS = 86_400_000
FAULT = "device:safe-mode"  # in the record's `fault`
BATTERY = "battery"


class SafeMode:
    """The one duty in safe mode. `retry()` is called when it is time to try a normal start."""

    def __init__(
        self,
        device: "Device",
        reporter: "Reporter",
        alive: "Callable[[str], None]",
        wake: "Callable[[], None]",
        retry: "Callable[[], None]",
    ) -> None:
        self._device = device
        self._reporter = reporter
        self._alive = alive
        self._wake = wake
        self._retry = retry
        self._ending = False
        kind = tuple([quantity for quantity in device.configuration.kind if quantity.name == BATTERY])
        self._gauge: "Equipment | None" = None
        try:
            self._gauge = Equipment(device.board, kind, device.calibration, (BATTERY,))
        except ConfigurationError as error:
            device.log("safe mode: " + str(error))  # it reports without its battery

    def works(self) -> "Works":
        """The task."""
        return {HEALTH: self._run()}

    def end(self) -> None:
        """Report no more."""
        self._ending = True

    def figures(self) -> "dict[str, object]":
        """Nothing but the mode."""
        return {"safe_mode": True}

    async def _run(self) -> None:
        self._device.log("safe mode: %d boots in a row came to nothing" % self._device.boots.failed)
        due, priority = self._device.ms(), CHANGE
        while not self._ending:
            self._alive(HEALTH)
            now = self._device.ms()
            if now >= RETRY_MS:
                self._retry()
            if now >= due and not self._device.exhausted():
                self._reporter.report(await self._health(), priority, now)
                self._wake()
                due, priority = now + int(self._device.configuration.interval_s * 1000), HEARTBEAT
            await asyncio.sleep(min(LOOK_MS, max(1, due - self._device.ms())) / 1000)

    async def _health(self) -> "list[Measurement]":
        faults = [FAULT]
        items = []
        if self._gauge is not None:
            sample = await self._gauge.look()
            for quantity in self._gauge.kind:
                if quantity.name in sample.values:
                    items.append(Measurement(quantity.name, quantity.wire(sample.values[quantity.name]), quantity.unit))
                else:
                    faults.append("%s:%s" % (quantity.name, sample.faults[quantity.name]))
        return [Measurement("fault", " ".join(faults))] + items
