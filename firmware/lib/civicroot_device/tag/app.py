"""Composition of a tag: one wake after the other, each from what flash and RTC memory say, as after deep sleep."""

import asyncio
import random
import sys
import time

from civicroot_wire import keys
from civicroot_wire.errors import SignatureError
from civicroot_wire.senml import Measurement

from civicroot_device.calibration import Calibration
from civicroot_device.clock import Clock, Monotonic
from civicroot_device.crypto import link_key
from civicroot_device.equipment import Equipment
from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting import sampling
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.storage import identity
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.store import Store
from civicroot_device.tag import timing
from civicroot_device.tag.allowance import Allowance
from civicroot_device.tag.answers import Answers
from civicroot_device.tag.cycle import Cycle
from civicroot_device.tag.espnow import EspNow
from civicroot_device.tag.exchange import Tools
from civicroot_device.tag.link import Link
from civicroot_device.tag.radio import PolledRadio
from civicroot_device.tag.retained import Retained
from civicroot_device.tag.settings import ESPNOW, LORA, RadioSettings
from civicroot_device.tag.sleep_clock import SleepClock, TagClock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from civicroot_radio.driver import Driver

    from civicroot_device.board import Board
    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.tag.cycle import Sleep
    from civicroot_device.tag.radio import Radio
    from civicroot_device.tag.retained import Memory

    class Port(Protocol):
        """unix_port.py, esp32_sleep.py."""

        @property
        def memory(self) -> Memory: ...
        def pause(self, ms: int) -> None: ...
        def wall_ms(self) -> int: ...
        def why(self) -> str: ...
        def driver(self, channel: int = 1) -> Driver: ...
        def sleep(self, sleep: Sleep) -> bool: ...


def prepare(configuration: "Configuration") -> None:
    """Before a key is made: an ESP32's random numbers are random only while its radio is on. Raises OSError."""
    if sys.platform not in ("linux", "darwin") and identity.FILE not in Flash(configuration.data).names():
        from civicroot_radio.espnow_radio import turn_wifi_on  # noqa: PLC0415 (only on a board, and once)

        turn_wifi_on()


def serve(configuration: "Configuration", board: "Board", store: Store, arguments: "list[str]") -> None:
    """Wake and sleep until interrupted, or, on a board, until deep sleep ends the program."""
    assert configuration.radio is not None
    settings = RadioSettings(configuration.radio)
    port = _port(configuration, settings, bool(arguments))
    try:
        while True:
            tag = Tag(configuration, settings, board, store, port)
            if not port.sleep(tag.wake(port.why())):
                return
            store = Store(configuration.data, board.random, configuration.outbox_bytes)
    except KeyboardInterrupt:
        return
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 (reported, then the board starts again)
        sys.print_exception(error)
        board.restart()


def _port(configuration: "Configuration", settings: RadioSettings, until_eof: bool) -> "Port":
    if sys.platform in ("linux", "darwin"):
        from civicroot_device.tag.unix_port import UnixPort  # noqa: PLC0415 (not on the ESP32's flash)

        return UnixPort(configuration.data, settings, until_eof)
    from civicroot_device.tag.esp32_sleep import Esp32Port  # noqa: PLC0415 (only on a board)

    return Esp32Port(settings)


class Tag:
    """A tag from waking up to going to sleep. Raises ConfigurationError for a gateway's key that is none."""

    def __init__(
        self, configuration: "Configuration", settings: RadioSettings, board: "Board", store: Store, port: "Port"
    ) -> None:
        store.begin()
        self._configuration = configuration
        self._settings = settings
        self._board = board
        self._store = store
        self._port = port
        self._kept = Retained(port.memory, store.identity.kid, keys.kid(settings.gateway))
        self._clock = TagClock(port.wall_ms, Monotonic(time.ticks_ms, time.ticks_diff))
        self._equipment = Equipment(board, configuration.kind, Calibration(store.flash))
        self._answers = Answers(store.identity.kid, configuration.realm, self._link(), self._kept, store.outbox.highest)

    def wake(self, why: str) -> "Sleep":
        """All of it; prints a line for whoever looks on."""
        configuration, kept = self._configuration, self._kept
        kind = self._equipment.kind
        rule = sampling.ReportRule(kind, int(configuration.interval_s * 1000), configuration.speed)
        unix, sleep_clock = self._clocks()
        tools = Tools(
            radio=self._radio(),
            timing=timing.of_lora(self._settings.factor) if self._settings.kind == LORA else timing.espnow(),
            counter=self._store.counter,
            outbox=self._store.outbox,
            reporter=self._reporter(rule, kind, unix),
            answers=self._answers,
            retained=kept,
            clock=self._clock,
            unix=unix,
            sleep_clock=sleep_clock,
            pause=self._port.pause,
            chance=random.random,
            feed=self._board.feed,
        )
        cycle = Cycle(tools, self._sense, rule, int(configuration.sample_s * 1000))
        cycle.begin()
        sleep = cycle.wake(why)
        said = "answered" if cycle.heard else "not answered" if cycle.sent else "silent"
        counts = " ".join(["%s=%d" % item for item in sorted(self._answers.counts.items())])
        print(
            "wake %d (%s): %d made, %d sent, %s, %d waiting; sleeps %d ms %s"
            % (kept.wakes, why, len(cycle.made), cycle.sent, said, self._store.outbox.waiting, sleep.ms, counts)
        )
        return sleep

    def _sense(self) -> "Sample | None":
        limit = self._configuration.limit
        if limit is not None and self._store.outbox.made >= limit:
            return None
        return asyncio.run(self._equipment.look())

    def _link(self) -> Link:
        realm, gateway, store = self._configuration.realm, self._settings.gateway, self._store

        def derive(public: bytes) -> bytes:
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

    def _reporter(self, rule: sampling.ReportRule, kind: "Kind", unix: Clock) -> Reporter:
        options, store = self._configuration, self._store
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
            promise_s=int(options.interval_s + options.sample_s * 17 // 16) + 1,
            clock=unix,
            delivery=delivery,
            start=[Measurement("reset", self._board.reset_reason())] if self._kept.lost else [],
        )

    def _radio(self) -> "Radio":
        settings, kept, port = self._settings, self._kept, self._port
        tools = self._clock.ms, port.pause, random.random
        if settings.kind == ESPNOW:
            return EspNow(port.driver, tools[0], tools[1], tools[2], kept, settings.channel)
        allowance = None
        if settings.kind == LORA:
            allowance = Allowance(kept, settings.region, settings.share, settings.factor)
        return PolledRadio(port.driver, tools[0], tools[1], tools[2], settings.address, allowance)
