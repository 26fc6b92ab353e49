"""DS18B20: soil temperature over a 1-Wire bus, 12 bits, external supply.

Datasheet: Maxim Integrated (Analog Devices) DS18B20, 19-7487, rev. 6: "Operation" (Table 1: temperature), "Memory"
(Figure 9: scratchpad), "Configuration register" (Figure 10, Table 2), "DS18B20 function commands" (Table 3).

85 °C is what the register holds after power-on: it stands for a conversion that never was (a loose wire, a supply
too weak). It is believed only if the reading before it was within NEAR_C of it; the first one never is. A line that
is held low reads as nine zeros, whose CRC is right and which would be 0 °C: the ones that the configuration
register always has give it away.
"""

import struct

from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER, NOT_READY, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import OneWire
    from civicroot_device.reporting.kinds import Reading

FAMILY = 0x28  # first byte of every ROM code ("64-Bit Lasered ROM Code")
MATCH_ROM = b"\x55"
SKIP_ROM = b"\xcc"
CONVERT_T = b"\x44"
READ_SCRATCHPAD = b"\xbe"
ROM_BYTES = 8
SCRATCHPAD_BYTES = 9
CONVERSION_MS = 750  # longest at 12 bits (Table 2); fewer bits are faster

POWER_ON = 0x0550  # +85 °C (Table 1)
NEAR_C = 5  # K: no soil jumps by more between two samples
LOW_C, HIGH_C = -55, 125  # operating range

_CONFIGURATION = 4  # byte of the scratchpad
_RESERVED_BITS, _RESERVED_VALUE = 0x9F, 0x1F  # bit 7 reads 0, bits 4 to 0 read 1 (Figure 10)
_ALL_ONES = b"\xff" * SCRATCHPAD_BYTES
_ALL_ZEROS = bytes(SCRATCHPAD_BYTES)


def crc8(data: bytes) -> int:
    """The 1-Wire CRC: x^8 + x^5 + x^4 + 1, least significant bit first, from 0 ("CRC generation"; Maxim AN 27)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


def celsius(scratchpad: bytes) -> float:
    """The temperature in nine bytes of scratchpad. Raises SensorFault; 85 °C is not looked at here."""
    if scratchpad in (_ALL_ONES, _ALL_ZEROS):
        raise SensorFault(NO_ANSWER, "the line stays at one level")
    if crc8(scratchpad[:-1]) != scratchpad[-1]:
        raise SensorFault(BAD_CRC, "scratchpad")
    if scratchpad[_CONFIGURATION] & _RESERVED_BITS != _RESERVED_VALUE:
        raise SensorFault(OUT_OF_RANGE, "configuration register 0x%02x" % scratchpad[_CONFIGURATION])
    undefined = 3 - (scratchpad[_CONFIGURATION] >> 5)  # low bits that a lower resolution leaves undefined (Figure 4)
    sixteenths = struct.unpack("<h", scratchpad[:2])[0] >> undefined << undefined
    if not LOW_C * 16 <= sixteenths <= HIGH_C * 16:
        raise SensorFault(OUT_OF_RANGE, "%d/16 degrees" % sixteenths)
    return sixteenths / 16


class Ds18b20:
    """One probe as a Sensor: `rom` is its ROM code, None if it is alone on the bus.

    calibration   {"offset": hundredths of a kelvin to add}, may be empty
    """

    def __init__(
        self,
        bus: "OneWire",
        calibration: "dict[str, int]",
        rom: "bytes | None" = None,
        name: str = "soiltemp",
    ) -> None:
        if rom is not None and (len(rom) != ROM_BYTES or rom[0] != FAMILY or crc8(rom[:-1]) != rom[-1]):
            raise ConfigurationError("not the ROM code of a DS18B20: " + rom.hex())
        self.names = (name,)
        self._name = name
        self._bus = bus
        self._calibration = calibration
        self._select = SKIP_ROM if rom is None else MATCH_ROM + rom
        self._before: "float | None" = None
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Begin a conversion. Raises SensorFault."""
        self._command(CONVERT_T)
        return CONVERSION_MS

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{name: degrees Celsius}. Raises SensorFault."""
        self._raw = {}
        # With external supply every read slot is 0 while the chip converts, 1 when it is done ("CONVERT T").
        if not self._receive(1)[0] & 0x80:
            raise SensorFault(NOT_READY, "still converting")
        self._command(READ_SCRATCHPAD)
        found = celsius(self._receive(SCRATCHPAD_BYTES))
        if found == POWER_ON / 16 and (self._before is None or abs(found - self._before) > NEAR_C):
            raise SensorFault(NOT_READY, "85 degrees, as after power-on")
        self._before = found
        self._raw = {self._name: round(found * 100)}
        return {self._name: found + self._calibration.get("offset", 0) / 100}

    def raw(self) -> "dict[str, int]":
        """{name: hundredths of a degree} of the last read, before calibration; empty if it failed."""
        return self._raw

    def _command(self, command: bytes) -> None:
        try:
            if not self._bus.reset():
                raise SensorFault(NO_ANSWER, "no presence pulse")
            self._bus.write(self._select + command)
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))

    def _receive(self, size: int) -> bytes:
        try:
            return self._bus.read(size)
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
