"""A tag from waking up to going to sleep, made from its configuration, flash and RTC memory."""

import random
import time

from civicroot_wire import keys
from civicroot_wire.errors import SignatureError
from civicroot_wire.senml import Measurement

from civicroot_device.boots import UPDATE
from civicroot_device.calibration import Calibration
from civicroot_device.clock import Clock, Monotonic
from civicroot_device.equipment import fitted
from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting import sampling
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.sensors import lis3dh
from civicroot_device.storage.segment import CHANGE
from civicroot_device.tag import endurance, timing
from civicroot_device.tag.allowance import Allowance
from civicroot_device.tag.answers import Answers
from civicroot_device.tag.cycle import POWER, Cycle
from civicroot_device.tag.errands import Errands
from civicroot_device.tag.espnow import EspNow
from civicroot_device.tag.exchange import Tools
from civicroot_device.tag.link import Link
from civicroot_device.tag.motion_watch import MotionWatch
from civicroot_device.tag.radio import PolledRadio
from civicroot_device.tag.retained import Retained
from civicroot_device.tag.safe_wake import Senses
from civicroot_device.tag.settings import ESPNOW, LORA, UDP
from civicroot_device.tag.sleep_clock import SleepClock, TagClock
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.board import Board
    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.storage.store import Store
    from civicroot_device.tag.app import Port
    from civicroot_device.tag.asker import Asker
    from civicroot_device.tag.cycle import Sleep
    from civicroot_device.tag.radio import Radio
    from civicroot_device.tag.settings import RadioSettings

ACCELEROMETER = "lis3dh"  # its name in board files


class Tag:
    """A tag from waking up to going to sleep. Raises ConfigurationError for a gateway's key that is none."""

    def __init__(
        self, configuration: "Configuration", settings: "RadioSettings", board: "Board", store: "Store", port: "Port"
    ) -> None:
        store.begin()
        self._configuration = configuration
        self._settings = settings
        self._board = board
        self._store = store
        self._port = port
        self._kept = Retained(port.memory, store.identity.kid, keys.kid(settings.gateway))
        self._clock = TagClock(port.wall_ms, Monotonic(time.ticks_ms, time.ticks_diff))
        self._calibration = Calibration(store.flash)
        self._senses = Senses(configuration, board, self._calibration, self._kept)
        self._link = self._linked()
        self._answers = Answers(store.identity.kid, configuration.realm, self._link, self._kept, store.outbox.highest)
        self._errands = Errands(configuration, store, self._kept, self._asker, self._senses.safe)
        self._tuning, self._lengthened = endurance.held(self._errands.tuning, settings, endurance.from_files())

    @property
    def restart(self) -> bool:
        """After a wake: whether another version is to run now."""
        return self._errands.restart

    def wake(self, why: str) -> "Sleep":
        """All of it; prints a line for whoever looks on."""
        configuration, kept, tuning = self._configuration, self._kept, self._tuning
        reason = self._begin(why)
        kind = self._senses.kind
        if not self._senses.safe:
            kind = fitted(tuning.kind, [quantity.name for quantity in kind])
        rule = sampling.ReportRule(kind, tuning.interval_ms, configuration.speed)
        unix, sleep_clock = self._clocks()
        reporter = self._reporter(rule, kind, unix, reason)
        tools = Tools(
            radio=self._radio(),
            timing=self._timing(),
            counter=self._store.counter,
            outbox=self._store.outbox,
            reporter=reporter,
            answers=self._answers,
            retained=kept,
            clock=self._clock,
            unix=unix,
            sleep_clock=sleep_clock,
            pause=self._port.pause,
            chance=random.random,
            feed=self._board.feed,
        )
        cycle = Cycle(tools, self._sense, rule, tuning.sample_ms, self._errands)
        cycle.begin()
        if kept.first is None:
            kept.first = self._store.counter.next
        self._say_calibrations(reporter)
        sleep = cycle.wake(why)
        self._errands.end()
        sleep.motion = sleep.motion and self._watches()
        self._senses.ended()
        said = "answered" if cycle.heard else "not answered" if cycle.sent else "silent"
        counts = " ".join(["%s=%d" % item for item in sorted(self._answers.counts.items())])
        print(
            "wake %d (%s): %d made, %d sent, %s, %d waiting; sleeps %d ms %s"
            % (kept.wakes, why, len(cycle.made), cycle.sent, said, self._store.outbox.waiting, sleep.ms, counts)
        )
        if self._lengthened:
            print(self._lengthened)
        return sleep

    def _begin(self, why: str) -> str:
        """Why this is no wake from sleep of the version that slept; empty if it is one."""
        kept = self._kept
        updated = kept.version is not None and kept.version != VERSION
        if not (why == POWER or kept.lost or kept.restart or updated):
            return ""
        reason = kept.restart or (UPDATE if updated else self._board.reset_reason())
        if updated:
            kept.begun = 0  # other drivers: safe mode ends
        kept.starts(VERSION, self._clock.ms())
        return reason

    def _asker(self, tools: Tools) -> "Asker":
        from civicroot_device.tag import budget  # noqa: PLC0415 (only with a command)
        from civicroot_device.tag.asker import Asker  # noqa: PLC0415

        settings, kid = self._settings, self._store.identity.kid
        lora = settings.kind == LORA or (settings.kind == UDP and settings.acts_as == LORA)
        chosen = budget.of_lora(settings.factor) if lora else budget.espnow()
        return Asker(tools, chosen, kid, self._configuration.realm, self._link.key)

    def _say_calibrations(self, reporter: Reporter) -> None:
        """Of calibrations that a power cut kept from their record."""
        for sensor in list(self._calibration.unsaid):
            if reporter.report(self._calibration.measurements(sensor), CHANGE, self._clock.ms()):
                self._calibration.said(sensor)

    def _watches(self) -> bool:
        """Whether the accelerometer watches while the tag sleeps. A silent one is a fault: the next record tells it."""
        equipment = self._senses.equipment
        found = None if equipment is None else equipment.parts.get(ACCELEROMETER)
        if self._settings.motion is None or found is None:
            return self._settings.kind == UDP
        part, _ = found
        bus = self._board.lines[part.lines["bus"]]
        try:
            MotionWatch(bus, part.options.get("address", lis3dh.ADDRESS), self._port.rest).arm()
        except OSError:
            return False
        return True

    def _sense(self) -> "Sample | None":
        limit = self._configuration.limit
        if limit is not None and self._store.outbox.made >= limit:
            return None
        return self._senses.look(self._port.rest)

    def _linked(self) -> Link:
        realm, gateway, store = self._configuration.realm, self._settings.gateway, self._store

        def derive(public: bytes) -> bytes:
            from civicroot_device.crypto import link_key  # noqa: PLC0415 (once for each gateway)

            return store.identity.agree(lambda seed, own: link_key.derive(seed, own, public, realm))

        try:
            return Link(store.flash, self._kept, gateway, realm, derive)
        except SignatureError as error:
            raise ConfigurationError("radio.gateway: " + str(error))

    def _clocks(self) -> "tuple[Clock, SleepClock]":
        """The device's clock, set by the one that ran while the tag slept, if it can tell."""
        last = self._store.outbox.time
        unix, sleep_clock = Clock(last), SleepClock(self._kept)
        now = self._clock.ms()
        estimate = sleep_clock.now(now)
        if estimate is not None:
            unix.tell(max(estimate, last), now)
        return unix, sleep_clock

    def _reporter(self, rule: sampling.ReportRule, kind: "Kind", unix: Clock, reason: str) -> Reporter:
        """`reason`: why this is no wake from sleep, which the first record says; empty if it is one."""
        options, store, tuning = self._configuration, self._store, self._tuning
        delivery = Delivery(store.outbox, random.random)  # not asked for messages: the exchange sends
        delivery.up = self._kept.silent == 0
        return Reporter(
            identity=store.identity,
            realm=options.realm,
            counter=store.counter,
            outbox=store.outbox,
            refusals=store.refusals,
            kind=kind,
            rule=rule,
            promise_s=(tuning.interval_ms + tuning.sample_ms * 17 // 16) // 1000 + 1,
            clock=unix,
            delivery=delivery,
            start=[Measurement("reset", reason)] if reason else [],
        )

    def _radio(self) -> "Radio":
        settings, kept, port = self._settings, self._kept, self._port
        if settings.kind == ESPNOW:
            return EspNow(port.driver, self._clock.ms, port.pause, random.random, kept, settings.channel)
        if settings.kind == UDP:
            return PolledRadio(port.driver, self._clock.ms, port.pause, random.random, settings.address)
        allowance = Allowance(kept, settings.region, settings.share, settings.factor)
        times = self._timing()
        # Its chip needs no processor to receive: the tag sleeps lightly between two looks.
        return PolledRadio(
            port.driver, self._clock.ms, self._port.rest, random.random, b"", allowance, times.look_ms, times.first_ms
        )

    def _timing(self) -> timing.Timing:
        settings = self._settings
        return timing.of_lora(settings.factor) if settings.kind == LORA else timing.espnow()
