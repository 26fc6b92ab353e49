"""The device as a whole: its tasks under one supervisor, from its start to its end."""

import asyncio
import random

from civicroot_device.boots import GOOD_MS
from civicroot_device.errors import StorageFailed
from civicroot_device.reporting import sampling
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.sampler import Sampler, fitted
from civicroot_device.supervisor import LOOK_MS, Supervisor
from civicroot_device.uplink import DELIVERY, LINK, Uplink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.device import Device
    from civicroot_device.mqtt.client import Connect
    from civicroot_device.reporting.kinds import Kind


class App:
    """Everything that the device does. `opener(broker)` gives the function that opens connections to it."""

    def __init__(self, device: "Device", opener: "Callable[..., Connect]") -> None:
        self._device = device
        self._supervisor = Supervisor(device.board.feed)
        kind = fitted(device.configuration.kind, device.board.names)
        self._reporter = _reporter(device, kind)
        alive = self._supervisor.heard
        self._uplink = Uplink(device, self._reporter, opener, alive, self._followed)
        self._duty = Sampler(device, kind, self._reporter, alive, self._uplink.wake)
        self._stopped = asyncio.Event()
        self._good = False

    async def run(self) -> None:
        """Run until `stop`, or raise what ended a task: then the process has to start again."""
        store, boots = self._device.store, self._device.boots
        works = self._duty.works()
        works[LINK] = self._uplink.run()
        works[DELIVERY] = self._uplink.deliver()
        self._supervisor.start(works)
        self._device.log(
            "started: kid %s, %d waiting, boot %d (%s)"
            % (store.identity.kid.hex(), store.outbox.waiting, boots.count, boots.reason)
        )
        while not self._stopped.is_set():
            await asyncio.sleep(LOOK_MS / 1000)
            self._supervisor.look()
            self._judge()

    async def stop(self) -> None:
        """A clean end: say "offline", disconnect, and note what the outbox knows. The process ends after this."""
        self._supervisor.ending()
        self._duty.end()
        await self._uplink.end()
        try:
            self._device.store.outbox.note()
        except StorageFailed as error:
            # The interrupt came in the middle of a write. The next start scans; some records are sent once more.
            self._device.log("outbox: " + str(error))
        if not await self._supervisor.ended():
            self._device.log("a task did not end")  # the interrupt came in the middle of it
        self._stopped.set()

    def _judge(self) -> None:
        """Whether this boot has come to something by now."""
        if not self._good and (self._reporter.counts.acknowledged or self._device.ms() >= GOOD_MS):
            self._good = True
            self._device.boots.good()

    def _followed(self) -> None:
        """The operator's configuration was followed."""
        self._device.boots.forgive()


def _reporter(device: "Device", kind: "Kind") -> Reporter:
    options, store = device.configuration, device.store
    interval_ms = int(options.interval_s * 1000)
    return Reporter(
        identity=store.identity,
        realm=options.realm,
        counter=store.counter,
        outbox=store.outbox,
        refusals=store.refusals,
        kind=kind,
        rule=sampling.ReportRule(kind, interval_ms),
        promise_s=int(options.interval_s + options.sample_s) + 1,
        clock=device.clock,
        delivery=Delivery(store.outbox, random.random, int(options.answer_s * 1000)),
    )
