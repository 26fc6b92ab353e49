"""Model of a DS18B20 that is alone on its 1-Wire bus (datasheet: see the driver)."""

import struct

from civicroot_device.sensors.ds18b20 import CONVERT_T, MATCH_ROM, POWER_ON, READ_SCRATCHPAD, ROM_BYTES, crc8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_REST = b"\x4b\x46\x7f\xff\x0c\x10"  # alarm limits, 12 bits, reserved bytes, as after power-on


class Ds18b20Model:
    """A bus.OneWire. `celsius` gives the temperature when a conversion begins.

    Switches: silent; bad_crc; busy (never ends a conversion); unpowered (forgets each conversion: 85 °C).
    """

    def __init__(self, celsius: "Callable[[], float]") -> None:
        self._celsius = celsius
        self._register = POWER_ON
        self._answer = b""
        self.silent = self.bad_crc = self.busy = self.unpowered = False

    def reset(self) -> bool:
        """The presence pulse."""
        self._answer = b""
        return not self.silent

    def write(self, data: bytes) -> None:
        """A ROM command and a function command."""
        if self.silent:
            return
        command = data[1 + ROM_BYTES :] if data[:1] == MATCH_ROM else data[1:]
        if command == CONVERT_T:
            self._register = POWER_ON if self.unpowered else round(self._celsius() * 16)
            self._answer = b"\0" if self.busy else b"\xff"
        elif command == READ_SCRATCHPAD:
            body = struct.pack("<h", self._register) + _REST
            self._answer = body + bytes([crc8(body) ^ self.bad_crc])

    def read(self, size: int) -> bytes:
        """What the chip sends; a line that nobody drives reads as ones."""
        found = self._answer[:size]
        self._answer = self._answer[size:]
        return found + b"\xff" * (size - len(found))
