"""Composition of the bridge: the serial line, the radios that the gateway asked for, and one loop.

    micropython bridge.py --air PORT     on the Unix port: line on standard input and output, air on 127.0.0.1:PORT
    bridge.py as /main.py                on a board: line on USB; /bridge.json says how an SX1262 is wired, if any

A radio that was not asked for is off. Without a gateway the bridge waits; it has nothing to lose.
"""

import json
import os
import sys
import time

from civicroot_device.clock import Monotonic
from civicroot_device.version import VERSION
from civicroot_radio.driver import FAILED
from civicroot_wire.bridge_link import SESSION_BYTES, BridgeLink
from civicroot_wire.bridge_message import ESPNOW, LORA

from civicroot_bridge.core import Core
from civicroot_bridge.serial_line import LineClosed, SerialLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_radio.driver import Driver
    from civicroot_wire.bridge_message import Settings

    Make = Callable[[int, Settings], Driver]  # a radio of this kind, or OSError


TURN_MS = 5  # longest wait in a turn: the radios of a board give no event
MAX_FRAMES = 16  # of one radio in a turn
WATCHDOG_MS = 20_000
WIRING = "/bridge.json"


class App:
    """`make` makes a radio; `feed` holds the watchdog off."""

    def __init__(self, line: SerialLine, make: "Make", feed: "Callable[[], None]") -> None:
        self._line = line
        self._make = make
        self._feed = feed
        self._clock = Monotonic(time.ticks_ms, time.ticks_diff)
        session = os.urandom(SESSION_BYTES - 1) + b"\x01"  # never zero
        self._core = Core(BridgeLink(session, self._clock.ms()), self._clock.ms())
        self._core.say("bridge " + VERSION + " started")
        self._radios: "dict[int, Driver]" = {}

    def run(self) -> None:
        """Serve until the line is closed, which a board's never is. Raises LineClosed."""
        while True:
            self.turn()
            self._feed()
            self._line.wait(TURN_MS)

    def turn(self) -> None:
        """Take in what is there, send one frame, write what is due."""
        core = self._core
        core.take_in(self._line.read(), self._clock.ms())
        if core.settings is not None:
            settings, core.settings = core.settings, None
            self._apply(settings)
        for kind, radio in self._radios.items():
            for _ in range(MAX_FRAMES):
                found = radio.receive()
                if found is None:
                    break
                core.heard(kind, found[0], found[1], found[2], self._clock.ms())
        self._send()
        out = core.output(self._clock.ms())
        if out:
            self._line.write(out)

    def _send(self) -> None:
        now = self._clock.ms()
        frame = self._core.next_frame(now)
        if frame is None:
            return
        radio = self._radios.get(frame.radio)
        result = FAILED if radio is None else radio.send(frame.address, frame.payload)
        self._core.sent(frame, result, os.urandom(1)[0], self._clock.ms())

    def _apply(self, settings: "Settings") -> None:
        for radio in self._radios.values():
            radio.close()
        self._radios = {}
        for kind, wanted in ((ESPNOW, settings.channel), (LORA, settings.lora)):
            if wanted is not None:
                try:
                    self._radios[kind] = self._make(kind, settings)
                except (OSError, ImportError) as error:
                    self._core.say("radio %d: %r" % (kind, error))


def main(arguments: "list[str]") -> None:
    """Run the bridge."""
    if sys.platform in ("linux", "darwin"):
        _main_unix(arguments)
    else:
        _main_board()


def _main_unix(arguments: "list[str]") -> None:
    if len(arguments) != 2 or arguments[0] != "--air":
        print("usage: bridge.py --air PORT")
        raise SystemExit(2)
    from civicroot_radio.udp_radio import Air, UdpRadio  # noqa: PLC0415 (not on the ESP32's flash)

    air = Air(int(arguments[1]))
    line = SerialLine()
    line.watch(air.socket)
    try:
        App(line, lambda kind, _: UdpRadio(air, kind), lambda: None).run()
    except LineClosed:
        raise SystemExit(0)


def _main_board() -> None:
    import machine  # noqa: PLC0415 (only on a board)
    import micropython  # noqa: PLC0415

    micropython.kbd_intr(-1)  # 0x03 is a byte like any other
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    App(SerialLine(), _board_radio, watchdog.feed).run()


def _board_radio(kind: int, settings: "Settings") -> "Driver":
    if kind == ESPNOW:
        from civicroot_radio.espnow_radio import EspNowRadio  # noqa: PLC0415 (only what is asked for takes memory)

        assert settings.channel is not None
        return EspNowRadio(settings.channel)
    from civicroot_radio.lora_radio import LoraRadio, wired  # noqa: PLC0415

    assert settings.lora is not None
    return LoraRadio(wired(_wiring()), settings.lora)


def _wiring() -> "dict[str, Any]":
    with open(WIRING) as file:
        found: "dict[str, Any]" = json.load(file)["lora"]
    return found
