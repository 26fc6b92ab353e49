"""SHT3x (SHT30, SHT31, SHT35): temperature and humidity of the air, over I2C.

Datasheet: Sensirion SHT3x-DIS, version 5, May 2018: §2.2 timing (Table 4), §4.3 and §4.4 single shot, §4.9 reset, §4.11
status register, §4.12 checksum, §4.13 conversion. Clock stretching is off, so that the chip never holds the bus.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER, NOT_READY, OUT_OF_RANGE, SATURATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import I2c
    from civicroot_device.reporting.kinds import Reading

ADDRESS = 0x44  # ADDR pin low; 0x45 high (Table 8)
SINGLE_SHOT = b"\x24\x00"  # high repeatability, no clock stretching (Table 9)
SOFT_RESET = b"\x30\xa2"  # Table 14
READ_STATUS = b"\xf3\x2d"  # Table 17
MEASURE_MS = 16  # high repeatability lasts at most 15 ms (Table 4)
RESET_MS = 2  # at most 1.5 ms (Table 4)
HEATER = 1 << 13  # bits of the status register (Table 18)
COMMAND_FAILED = 1 << 1

FULL_SCALE = 0xFFFF
LOW_C, HIGH_C = -40, 125  # specified range (Table 2); the formula alone reaches from -45 to 130


def crc8(data: bytes) -> int:
    """The CRC of two bytes: polynomial 0x31, from 0xFF, most significant bit first (Table 20: 0xBEEF gives 0x92)."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x131 if crc & 0x80 else crc << 1
    return crc


def words(data: bytes) -> "list[int]":
    """The 16-bit words of an answer, each followed by its CRC. Raises SensorFault."""
    found = []
    for at in range(0, len(data), 3):
        if crc8(data[at : at + 2]) != data[at + 2]:
            raise SensorFault(BAD_CRC, "word %d" % (at // 3))
        found.append(data[at] << 8 | data[at + 1])
    return found


def millidegrees(word: int) -> int:
    """Thousandths of a degree Celsius (§4.13). Raises SensorFault."""
    if word in (0, FULL_SCALE):
        raise SensorFault(SATURATED, "temperature 0x%04x" % word)
    found = (175_000 * word + FULL_SCALE // 2) // FULL_SCALE - 45_000
    if not LOW_C * 1000 <= found <= HIGH_C * 1000:
        raise SensorFault(OUT_OF_RANGE, "%d millidegrees" % found)
    return found


def millipercent(word: int) -> int:
    """Thousandths of a percent of relative humidity (§4.13). Raises SensorFault.

    The upper end, 100 %, is a foggy morning; the lower one no air outdoors.
    """
    if word == 0:
        raise SensorFault(SATURATED, "humidity 0x0000")
    return (100_000 * word + FULL_SCALE // 2) // FULL_SCALE


class Sht3x:
    """The chip as a Sensor. After a fault it is reset before it measures again.

    temp, humidity   calibrations {"offset": hundredths of a kelvin, or of a percent, to add}; may be empty
    """

    def __init__(
        self,
        bus: "I2c",
        temp: "dict[str, int]",
        humidity: "dict[str, int]",
        address: int = ADDRESS,
    ) -> None:
        self.names = ("temp", "humidity")
        self._bus = bus
        self._calibrations = {"temp": temp, "humidity": humidity}
        self._address = address
        self._suspect = True  # a reset of the board need not have reset the chip
        self._resetting = False
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Begin a measurement, or the reset before it. Raises SensorFault."""
        self._raw = {}
        self._resetting = self._suspect
        self._suspect = True  # until the reading has gone well
        self._write(SOFT_RESET if self._resetting else SINGLE_SHOT)
        return RESET_MS if self._resetting else MEASURE_MS

    def read(self) -> "dict[str, Reading | SensorFault] | int":
        """{"temp": degrees Celsius, "humidity": %RH}. Raises SensorFault."""
        if self._resetting:
            self._resetting = False
            self._write(SINGLE_SHOT)
            return MEASURE_MS
        try:
            answer = self._bus.read(self._address, 6)
        except OSError:
            # Without clock stretching the chip does not acknowledge a read while it measures (§4.4).
            raise SensorFault(NOT_READY, "no measurement to read")
        temp, humidity = words(answer)
        self._check_status()
        found = self._readings(temp, humidity)
        self._suspect = any(isinstance(reading, SensorFault) for reading in found.values())
        return found

    def raw(self) -> "dict[str, int]":
        """{name: hundredths of the unit} of the last read, before calibration; what failed is not in it."""
        return self._raw

    def _check_status(self) -> None:
        try:
            status = words(self._bus.write_read(self._address, READ_STATUS, 3))[0]
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
        if status & COMMAND_FAILED:
            raise SensorFault(NOT_READY, "the last command was not processed")
        if status & HEATER:
            raise SensorFault(OUT_OF_RANGE, "the heater is on")

    def _readings(self, temp: int, humidity: int) -> "dict[str, Reading | SensorFault]":
        found: "dict[str, Reading | SensorFault]" = {}
        for name, convert, word in (("temp", millidegrees, temp), ("humidity", millipercent, humidity)):
            try:
                value = convert(word)
            except SensorFault as fault:
                found[name] = fault
                continue
            self._raw[name] = (value + 5) // 10
            value += 10 * self._calibrations[name].get("offset", 0)
            # An offset leads over neither end of the relative humidity.
            found[name] = (min(100_000, max(0, value)) if name == "humidity" else value) / 1000
        return found

    def _write(self, command: bytes) -> None:
        try:
            self._bus.write(self._address, command)
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
