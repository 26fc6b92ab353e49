"""The hardware that the firmware runs on, chosen at run time. Beside net.py the only importer of `machine`."""

import os
import sys
import time

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER
from civicroot_device.version import BUILD_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Reading

    class Board(Protocol):
        """What the firmware asks of its hardware; `names` are the sensors it has, None: those of its kind.

        `look()` is one look at all of them: what it returns gives the number or boolean of each by its name, or
        raises SensorFault.
        """

        names: list[str] | None

        def look(self) -> Callable[[str], Reading]: ...
        def unix_time(self) -> int | None: ...
        def random(self, size: int) -> bytes: ...
        def feed(self) -> None: ...
        def restart(self) -> None: ...


WATCHDOG_MS = 120_000  # the longest step of a task is a publish without answer, 15 s; a TLS handshake 30 s
FULL_SCALE = 65_535  # of ADC.read_u16


def choose(configuration: "Configuration") -> "Board":
    """The board of this port."""
    if sys.platform in ("linux", "darwin"):
        from civicroot_device.board_unix import UnixBoard  # noqa: PLC0415 (not on the ESP32's flash)

        return UnixBoard(configuration)
    return Esp32Board(configuration.pins)


class Esp32Board:
    """An ESP32. `pins`: SenML name -> {"pin": n} for a switch, or {"adc": n, "low": value, "high": value}.

    low and high are what the sensor's lowest and highest voltage stand for. A sensor without a pin is a fault:
    drivers for the sensors that speak a protocol are not in this version.
    """

    names: "list[str] | None" = None

    def __init__(self, pins: "dict[str, dict[str, Any]]") -> None:
        import machine  # noqa: PLC0415 (only here and in net.py, and only on the ESP32)

        self._machine = machine
        self._pins = pins
        self._epoch = 946_684_800 if time.gmtime(0)[0] == 2000 else 0  # the ESP32 counts from 2000
        self._watchdog = machine.WDT(timeout=WATCHDOG_MS)

    def look(self) -> "Callable[[str], Reading]":
        """Each sensor is read when it is asked for."""
        return self._read

    def _read(self, name: str) -> "Reading":
        wiring = self._pins.get(name)
        if wiring is None:
            raise SensorFault(NO_ANSWER, name)
        if "pin" in wiring:
            return self._machine.Pin(wiring["pin"], self._machine.Pin.IN).value() == 1
        raw = self._machine.ADC(self._machine.Pin(wiring["adc"])).read_u16()
        return wiring["low"] + (wiring["high"] - wiring["low"]) * raw / FULL_SCALE

    def unix_time(self) -> "int | None":
        """Unix seconds; None while the clock is not set (it begins anew at every power-on)."""
        now = int(time.time()) + self._epoch
        return now if now >= BUILD_TIME else None

    def random(self, size: int) -> bytes:
        """Bytes of the hardware generator; they are random only while the radio is on (net.py turns it on)."""
        return os.urandom(size)

    def feed(self) -> None:
        """Hold the watchdog off."""
        self._watchdog.feed()

    def restart(self) -> None:
        """Start again from the beginning."""
        self._machine.reset()
