"""Model of an SHT3x on I2C (datasheet: see the driver)."""

from civicroot_device.sensors.sht3x import FULL_SCALE, HEATER, READ_STATUS, SINGLE_SHOT, SOFT_RESET, crc8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ENODEV = 19


class Sht3xModel:
    """A chip for SimulatedI2c. The callables give degrees Celsius and percent of relative humidity.

    Switches: silent; bad_crc; busy (does not acknowledge the read of a measurement); heater.
    """

    def __init__(self, celsius: "Callable[[], float]", percent: "Callable[[], float]") -> None:
        self._celsius = celsius
        self._percent = percent
        self._words: "list[int]" = []
        self.silent = self.bad_crc = self.busy = self.heater = False

    def write(self, data: bytes) -> None:
        """A command."""
        if self.silent:
            raise OSError(ENODEV)
        if data == SINGLE_SHOT:
            words = ((self._celsius() + 45) / 175, self._percent() / 100)
            self._words = [] if self.busy else [min(FULL_SCALE, max(0, round(FULL_SCALE * share))) for share in words]
        elif data == READ_STATUS:
            self._words = [HEATER if self.heater else 0]
        elif data == SOFT_RESET:
            self._words = []
            self.heater = False

    def read(self, size: int) -> bytes:
        """The words of the last command, each with its CRC."""
        if self.silent or not self._words:
            raise OSError(ENODEV)
        found = b""
        for word in self._words:
            pair = bytes([word >> 8, word & 0xFF])
            found += pair + bytes([crc8(pair) ^ self.bad_crc])
        self._words = []
        return found[:size]
