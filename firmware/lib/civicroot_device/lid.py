"""The task that watches the lid and weighs what was thrown in: each deposit becomes a record, and is then offered."""

import asyncio

from civicroot_device.errors import SensorFault
from civicroot_device.reporting import deposits
from civicroot_device.reporting.deposits import DEPOSIT, UNWEIGHED, DepositWatch, Outcome
from civicroot_device.storage.segment import ALARM, CHANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.claim.flow import ClaimFlow
    from civicroot_device.device import Device
    from civicroot_device.equipment import Equipment
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.sensors.sensor import Sensor
    from civicroot_device.supervisor import Works

LID = "lid"  # name of the task
GRAMS = 10  # in a unit of `weight`


class Lid:
    """`switch` and `scale` are the sensors of `lid` and `weight`; `flow` offers deposits, None: nothing is offered.

    `moved(open, weighing)` is called when either has changed, `unweighed()` when nobody can say what was thrown in;
    alive and wake as in sampler.py.
    """

    def __init__(
        self,
        device: "Device",
        equipment: "Equipment",
        reporter: "Reporter",
        flow: "ClaimFlow | None",
        alive: "Callable[[str], None]",
        wake: "Callable[[], None]",
        moved: "Callable[[bool, bool], None]",
        unweighed: "Callable[[], None]",
    ) -> None:
        self._device = device
        self._equipment = equipment
        self._reporter = reporter
        self._flow = flow
        self._alive = alive
        self._wake = wake
        self._moved = moved
        self._unweighed = unweighed
        self._watch = DepositWatch()
        self._switch, self._scale = _sensors(equipment)
        self._open: "bool | None" = None
        self._said = (False, False)
        self._ending = False
        self.outcomes: "dict[str, int]" = {}  # since the start

    def works(self) -> "Works":
        """The task; none without a switch and a scale."""
        return {} if self._switch is None or self._scale is None else {LID: self._run(self._switch, self._scale)}

    def end(self) -> None:
        """Watch no more."""
        self._ending = True

    async def _run(self, switch: "Sensor", scale: "Sensor") -> None:
        while not self._ending:
            self._alive(LID)
            outcome = await self._look(switch, scale)
            state = (self._open is True, self._watch.weighing)
            if state != self._said:
                self._said = state
                self._moved(self._open is True, self._watch.weighing)
            if outcome is not None:
                await self._report(outcome)
            await asyncio.sleep(self._device.configuration.lid_ms / 1000)

    async def _look(self, switch: "Sensor", scale: "Sensor") -> "Outcome | None":
        """The lid, and the scale if it is due."""
        ms = self._device.ms
        self._open = await self._lid(switch)
        outcome = None if self._open is None else self._watch.on_lid(self._open, ms())
        if outcome is not None or self._open or self._watch.wait_ms(ms()) != 0 or self._equipment.busy:
            return outcome
        weight, flag = await self._equipment.single(scale, "weight")
        return self._watch.on_weight(weight, ms(), flag)

    async def _lid(self, switch: "Sensor") -> "bool | None":
        """Whether it is open; None if it moves just now. The switch is the watch's own: nobody else reads this one."""
        await asyncio.sleep(switch.start() / 1000)
        try:
            found = switch.read()
        except SensorFault:
            return None
        lid = found.get("lid") if isinstance(found, dict) else None
        return lid if lid is True or lid is False else None

    async def _report(self, outcome: Outcome) -> None:
        """The record first: only what is durable is offered."""
        self.outcomes[outcome.what] = self.outcomes.get(outcome.what, 0) + 1
        sample = await self._equipment.look()
        if self._ending or self._device.exhausted():
            return
        items, now = deposits.measurements(outcome), self._device.ms()
        if outcome.what == DEPOSIT and self._flow is not None:
            self._flow.on_deposit(items, outcome.amount * GRAMS, now, sample)
        else:
            self._reporter.report(items, ALARM if outcome.what == DEPOSIT else CHANGE, now, sample)
        if outcome.what == UNWEIGHED:
            self._unweighed()
        self._wake()


def _sensors(equipment: "Equipment") -> "tuple[Sensor | None, Sensor | None]":
    """A switch of the watch's own, and the scale, which it shares."""
    switch = scale = None
    for part, sensor in equipment.parts.values():
        if "lid" in sensor.names:
            switch = equipment.make(part)
        if "weight" in sensor.names:
            scale = sensor
    return switch, scale
