"""An ESP32: its buses and pins, the watchdog, the clock and why it started.

In the RTC's memory, which outlasts a reset but not the loss of power, stands why the firmware restarted by itself, and
whether the machine's clock was ever told the time or is only not behind.
"""

import os
import time

from civicroot_device import boots, wiring
from civicroot_device.buses import esp32
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER
from civicroot_device.version import BUILD_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from civicroot_device.config import Configuration
    from civicroot_device.reporting.kinds import Reading
    from civicroot_device.wiring import Wiring
    from civicroot_device.wiring_lines import Lines

WATCHDOG_MS = 120_000  # the longest step of a task is a publish without answer, 15 s; a TLS handshake 30 s
BOARD_FILE = "/board.json"
_MEMORY = b"CVR1"  # what the memory begins with if it is ours
_TOLD, _FLOOR, _NOBODY = b"t", b"f", b"-"  # what the machine's clock was set to


class Esp32Board:
    """An ESP32 with what its board file says. Raises ConfigurationError."""

    names: "list[str] | None" = None

    def __init__(self, configuration: "Configuration") -> None:
        import machine  # noqa: PLC0415 (only on the ESP32)

        self._machine = machine
        self._epoch = 946_684_800 if time.gmtime(0)[0] == 2000 else 0  # the ESP32 counts from 2000
        self._watchdog = machine.WDT(timeout=WATCHDOG_MS)
        self.ticks_ms = time.ticks_ms
        self.wiring: "Wiring | None" = wiring.load(configuration.board or BOARD_FILE)
        self.lines = Esp32Lines(self.wiring.lines)

    def look(self) -> "Callable[[str], Reading]":
        """Nothing: this board has drivers."""
        raise SensorFault(NO_ANSWER)

    def machine_time(self) -> int:
        """Unix seconds of the RTC."""
        return int(time.time()) + self._epoch

    def unix_time(self) -> "int | None":
        """Unix seconds; None while nobody has told the time since the power came on."""
        now = self.machine_time()
        return now if now >= BUILD_TIME and self._recall()[0] != _FLOOR else None

    def set_time(self, seconds: int, told: bool) -> None:
        """Set the RTC, which `time` and the judgement of certificates go by."""
        year, month, day, hour, minute, second, weekday = time.gmtime(seconds - self._epoch)[:7]
        rtc = self._machine.RTC()
        rtc.datetime((year, month, day, weekday, hour, minute, second, 0))
        rtc.memory(_MEMORY + (_TOLD if told else _FLOOR))

    def random(self, size: int) -> bytes:
        """Bytes of the hardware generator; while no radio is on they are good for jitter alone."""
        return os.urandom(size)

    def secret(self, size: int) -> bytes:
        """Bytes of the hardware generator with the radio on, whose noise makes them random.

        ESP-IDF programming guide, "Random Number Generation": without Wi-Fi or Bluetooth the program gets pseudo-random
        numbers, for the bootloader has switched the other source of noise off again.
        """
        from civicroot_radio.espnow_radio import turn_wifi_on  # noqa: PLC0415 (for a key: once in its life)

        turn_wifi_on()
        return os.urandom(size)

    def feed(self) -> None:
        """Hold the watchdog off."""
        self._watchdog.feed()

    def reset_reason(self) -> str:
        """What the chip says; of a restart by the firmware, what the firmware wrote down before it."""
        machine = self._machine
        cause = machine.reset_cause()
        told, why = self._recall()
        if why in boots.REASONS and cause not in (machine.PWRON_RESET, machine.WDT_RESET, machine.DEEPSLEEP_RESET):
            machine.RTC().memory(_MEMORY + told)
            return why
        names = {
            machine.PWRON_RESET: boots.POWER_ON,  # MicroPython counts a brown-out among these
            machine.HARD_RESET: boots.HARD,
            machine.WDT_RESET: boots.WATCHDOG,
            machine.DEEPSLEEP_RESET: boots.SLEEP,
            machine.SOFT_RESET: boots.SOFT,
        }
        return names.get(cause, boots.UNKNOWN)

    def restart(self, why: str = "") -> None:
        """Start again from the beginning."""
        if why:
            self._machine.RTC().memory(_MEMORY + self._recall()[0] + why.encode())
        self._machine.reset()

    def _recall(self) -> "tuple[bytes, str]":
        """(_TOLD, _FLOOR or _NOBODY; why the firmware restarted, or nothing)."""
        memory = self._machine.RTC().memory()
        if memory[: len(_MEMORY)] != _MEMORY:
            return _NOBODY, ""
        rest = memory[len(_MEMORY) :]
        return rest[:1], rest[1:].decode()


class Esp32Lines:
    """The buses and pins of a board file, each made when it is asked for first: safe mode makes none."""

    def __init__(self, lines: "Lines") -> None:
        self._lines = lines
        self._made: "dict[str, Any]" = {}

    def __getitem__(self, name: str) -> "Any":
        if name not in self._made:
            kind, options = self._lines[name]
            self._made[name] = esp32.LINES[kind](**options)
        return self._made[name]
