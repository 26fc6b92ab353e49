"""What a smart bin does beside sampling: it watches its lid, offers each deposit, and shows it on display and lamp."""

import asyncio
import random

from civicroot_device.claim import token
from civicroot_device.claim.flow import ClaimFlow
from civicroot_device.errors import ConfigurationError
from civicroot_device.lid import Lid
from civicroot_device.reporting.deposits import DEPOSIT
from civicroot_device.storage.segment import ALARM, CHANGE
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_wire.senml import Measurement

    from civicroot_device.device import Device
    from civicroot_device.equipment import Equipment
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.sampler import Sampler
    from civicroot_device.supervisor import Works
    from civicroot_device.uplink import Uplink

CLAIM = "claim"  # name of the task
BUSY_MS = 100  # between two looks at the scanner while it may speak (claim/flow.py)


class SmartBin:
    """The duties of a bin with drivers, as far as its board has them. Raises ConfigurationError, OSError."""

    def __init__(
        self,
        device: "Device",
        equipment: "Equipment",
        reporter: "Reporter",
        uplink: "Uplink",
        sampler: "Sampler",
        alive: "Callable[[str], None]",
    ) -> None:
        self._device = device
        self._reporter = reporter
        self._uplink = uplink
        self._alive = alive
        self._ending = False
        self._panel = self._light = None
        wiring, options = equipment.wiring, device.configuration
        assert wiring is not None
        if wiring.display is not None:
            from civicroot_device.panel import Panel  # noqa: PLC0415 (only boards with a display)

            display = equipment.make(wiring.display, asyncio.sleep_ms)
            self._panel = Panel(device, display, alive)
        if wiring.lamp is not None:
            from civicroot_device.lamp.lamp import Lamp  # noqa: PLC0415 (only boards with a lamp)
            from civicroot_device.signal_light import SignalLight  # noqa: PLC0415

            lamp = Lamp(wiring.lamp.options["pixels"])
            ring = wiring.lamp.driver.load()(device.board.lines[wiring.lamp.lines["bus"]], lamp)
            self._light = SignalLight(device, lamp, ring, alive)
        self.flow = self._flow(equipment, None if options.claim_host is None else _host(options.claim_host))
        self.flow.begin(device.ms())
        uplink.flow = self.flow
        told = (self._moved, self._unweighed)
        self._lid = Lid(device, equipment, reporter, self.flow, alive, uplink.wake, *told)
        sampler.looked = self._looked

    def works(self) -> "Works":
        """The tasks."""
        works = self._lid.works()
        works[CLAIM] = self._claim()
        for part in (self._panel, self._light):
            if part is not None:
                works.update(part.works())
        return works

    def end(self) -> None:
        """Offer nothing more."""
        self._ending = True
        self._lid.end()
        for part in (self._panel, self._light):
            if part is not None:
                part.end()

    def figures(self) -> "dict[str, object]":
        """Outcomes of the lid's openings, offers, cards, pages."""
        found: "dict[str, object]" = {"outcomes": self._lid.outcomes}
        counts = self.flow.counts
        found.update({"offered": counts.offered, "scans": counts.scans, "openings": len(self.flow.openings)})
        return found

    def _flow(self, equipment: "Equipment", host: "str | None") -> ClaimFlow:
        device = self._device
        scanner: "Any" = None
        if equipment.wiring is not None and equipment.wiring.scanner is not None:
            scanner = equipment.make(equipment.wiring.scanner)
        return ClaimFlow(
            kid=device.store.identity.kid,
            realm=device.configuration.realm,
            sign=device.store.identity.sign,
            random=device.board.random,
            clock=device.clock,
            record=self._record,
            flash=device.store.flash,
            jitter=random.random,
            host=host,
            display=self._panel,
            lamp=None if self._light is None else self._light.face,
            scanner=scanner,
        )

    def _record(self, measurements: "list[Measurement]", now_ms: int, sample: "Sample | None") -> "list[int]":
        priority = ALARM if measurements[0].name == DEPOSIT else CHANGE  # a full outbox refuses deposits last
        return self._reporter.report(measurements, priority, now_ms, sample)

    async def _claim(self) -> None:
        while not self._ending:
            self._alive(CLAIM)
            ms = self._device.ms()
            self.flow.poll(ms)
            if self.flow.wait_ms(ms) == 0:
                self._uplink.wake()
            await asyncio.sleep((BUSY_MS if self.flow.busy else LOOK_MS) / 1000)

    def _moved(self, is_open: bool, weighing: bool) -> None:
        if self._light is not None:
            self._light.lid(is_open, weighing)

    def _unweighed(self) -> None:
        if self._panel is not None:
            self._panel.unweighed()

    def _looked(self, sample: "Sample") -> None:
        if self.flow.scanner_fault is not None:
            sample.faults["scan"] = self.flow.scanner_fault
        if self._panel is not None and self._panel.fault is not None:
            sample.faults["display"] = self._panel.fault
        if self._light is not None:
            self._light.trouble(bool(sample.faults))


def _host(text: str) -> str:
    try:
        return token.check_host(text)
    except ValueError as error:
        raise ConfigurationError("claim_host: " + str(error))
