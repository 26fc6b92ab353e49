"""The device as a whole: its tasks under one supervisor, from its start to its end."""

import asyncio
import random

from civicroot_wire.errors import WireError
from civicroot_wire.senml import Measurement

from civicroot_device.boots import COMMAND, GOOD_MS, RETRY, UPDATE
from civicroot_device.calibration_record import say
from civicroot_device.equipment import fitted
from civicroot_device.errors import ConfigurationError, StorageFailed
from civicroot_device.reporting import sampling
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.storage.segment import CHANGE
from civicroot_device.supervisor import LOOK_MS, Supervisor
from civicroot_device.uplink import DELIVERY, LINK, Uplink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicroot_device.boots import Boots
    from civicroot_device.device import Device
    from civicroot_device.mqtt.client import Connect
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.supervisor import Duty
    from civicroot_device.update.updates import Updates


class App:
    """Everything that the device does. `opener(broker)` gives the function that opens connections to it."""

    def __init__(self, device: "Device", opener: "Callable[..., Connect]") -> None:
        self._device = device
        self._supervisor = Supervisor(device.board.feed)
        self._stopped = asyncio.Event()
        self._good = False
        self._restart = ""
        self._duties: "list[Duty]" = []
        self._names: "list[str]" = []  # of the quantities that the device has
        self._updates: "Updates | None" = None
        if device.configuration.release is not None:
            from civicroot_device.update.compose import updates_of  # noqa: PLC0415 (most devices of a demo have none)

            self._updates = updates_of(device.configuration, device.store, device.log)
        if device.boots.safe:
            self._be_safe(opener)
        else:
            self._work(opener)

    def _be_safe(self, opener: "Callable[..., Connect]") -> None:
        from civicroot_device.safe_mode import SafeMode  # noqa: PLC0415 (a healthy device needs none of it)

        self._connect(opener, ())
        alive, wake = self._supervisor.heard, self._uplink.wake
        self._duties.append(SafeMode(self._device, self._reporter, alive, wake, self._retry))

    def _work(self, opener: "Callable[..., Connect]") -> None:
        from civicroot_device.equipment import Equipment  # noqa: PLC0415 (safe mode loads no drivers)
        from civicroot_device.sampler import Sampler  # noqa: PLC0415

        device, alive = self._device, self._supervisor.heard
        equipment = Equipment(device.board, device.configuration.kind, device.calibration)
        self._names = [quantity.name for quantity in equipment.kind]
        self._connect(opener, equipment.kind)
        self._tune()
        sampler = Sampler(device, equipment, self._reporter, alive, self._uplink.wake)
        self._duties.append(sampler)
        if equipment.wiring is not None:
            from civicroot_device.smart_bin import SmartBin  # noqa: PLC0415 (a board without drivers needs none of it)

            self._duties.append(SmartBin(device, equipment, self._reporter, self._uplink, sampler, alive))

    def _connect(self, opener: "Callable[..., Connect]", kind: "Kind") -> None:
        self._reporter = reporter_of(self._device, kind, start_of(self._device.boots))
        self._uplink = Uplink(self._device, self._reporter, opener, self._supervisor.heard, self.command, self._judge)
        self._uplink.follow(self._updates)

    def _tune(self) -> None:
        """Report by the operator's settings. Safe mode does not: they may be what made the boots fail."""
        tuning = self._device.places.tuning
        self._reporter.tune(tuning, fitted(tuning.kind, self._names))

    async def run(self) -> None:
        """Run until `stop`, or raise what ended a task: then the process has to start again."""
        store, boots = self._device.store, self._device.boots
        works = {LINK: self._uplink.run(), DELIVERY: self._uplink.deliver()}
        for duty in self._duties:
            works.update(duty.works())
        self._supervisor.start(works)
        self._device.log(
            "started: kid %s, %d waiting, boot %d (%s)"
            % (store.identity.kid.hex(), store.outbox.waiting, boots.count, boots.reason)
        )
        for sensor in list(self._device.calibration.unsaid):
            say(self._device, self._reporter, sensor)  # a power cut came between its setting and its record
        while not self._stopped.is_set():
            await asyncio.sleep(LOOK_MS / 1000)
            self._supervisor.look()
            self._judge()
            if self._updates is not None:
                self._look(self._updates)
            if self._restart:
                await self.stop()
                self._device.board.restart(self._restart)

    def restart(self, why: str) -> None:
        """End cleanly, soon, and start again; `why` is one of boots.REASONS."""
        self._restart = why

    def command(self, payload: bytes) -> None:
        """Something signed has arrived: a configuration of the operator, or a release."""
        if self._updates is not None and self._updates.on_command(payload, self._device.ms()):
            return
        try:
            self._device.places.follow(payload)
        except (WireError, ConfigurationError) as error:
            self._device.log("command: " + str(error))
            return
        self._device.boots.forgive()
        if self._device.boots.safe:
            self.restart(COMMAND)
        else:
            self._tune()

    async def stop(self) -> None:
        """A clean end: say "offline", disconnect, and note what the outbox knows. The process ends after this."""
        self._supervisor.ending()
        for duty in self._duties:
            duty.end()
        await self._uplink.end()
        try:
            self._device.store.outbox.note()
        except StorageFailed as error:
            # The interrupt came in the middle of a write. The next start scans; some records are sent once more.
            self._device.log("outbox: " + str(error))
        if not await self._supervisor.ended():
            self._device.log("a task did not end")  # the interrupt came in the middle of it
        self._stopped.set()

    @property
    def awaits(self) -> bool:
        """Whether an answer of the broker or the gateway is due."""
        return self._uplink.awaits

    def figures(self) -> "dict[str, object]":
        """Events since the start, for tests and the operator."""
        counts = self._reporter.counts
        found: "dict[str, object]" = {
            "records": counts.records,
            "acknowledged": counts.acknowledged,
            "unreported": counts.unreported,
            "fed": self._supervisor.fed,
        }
        if self._updates is not None:
            found["updates"] = self._updates.counts
        for duty in self._duties:
            found.update(duty.figures())
        return found

    def _judge(self) -> None:
        """Whether this boot has come to something by now."""
        if not self._good and (self._reporter.counts.acknowledged or self._device.ms() >= GOOD_MS):
            self._good = True
            self._device.boots.good()
            if self._updates is not None:
                self._updates.good()

    def _look(self, updates: "Updates") -> None:
        """What has become of an update."""
        now = self._device.ms()
        updates.look(now)
        updates.delivered(self._reporter.delivered)
        news = updates.news()
        if news is not None:
            self._reporter.report([Measurement("update", news)], CHANGE, now)
            self._uplink.wake()
        if updates.restart_wanted:
            self._device.boots.forgive()  # another version, or the one before it: neither has failed yet
            self.restart(UPDATE)

    def _retry(self) -> None:
        """Safe mode has lasted long enough."""
        if not self._restart:
            self._device.boots.try_again()
            self.restart(RETRY)


def reporter_of(device: "Device", kind: "Kind", first: "Sequence[Measurement]") -> Reporter:
    """The reporting core; its first record tells `first`."""
    options, store = device.configuration, device.store
    interval_ms = int(options.interval_s * 1000)
    return Reporter(
        identity=store.identity,
        realm=options.realm,
        counter=store.counter,
        outbox=store.outbox,
        refusals=store.refusals,
        kind=kind,
        rule=sampling.ReportRule(kind, interval_ms, options.speed),
        promise_s=int(options.interval_s + options.sample_s) + 1,
        clock=device.clock,
        delivery=Delivery(store.outbox, random.random, int(options.answer_s * 1000)),
        start=first,
    )


def start_of(boots: "Boots") -> "list[Measurement]":
    """What the first record after a start tells of it."""
    return [Measurement("boots", boots.count), Measurement("reset", boots.reason)]
