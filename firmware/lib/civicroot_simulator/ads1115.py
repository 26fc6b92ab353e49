"""Model of an ADS1115 on I2C, single-ended inputs (datasheet: see the driver)."""

import struct

from civicroot_device.sensors.ads1115 import (
    BOTTOM,
    CONFIG,
    FULL_SCALE_MV,
    INPUTS,
    MUX_SHIFT,
    OS,
    PGA_SHIFT,
    SINGLE_ENDED,
    TOP,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ENODEV = 19
RESET = 0x8583  # Config register after power-up (§9.6.3)


class Ads1115Model:
    """A chip for SimulatedI2c. `inputs` give the millivolts of AIN0 to AIN3.

    Switches: silent; busy (no conversion ends); forgetful (resets itself after each write).
    """

    def __init__(self, inputs: "list[Callable[[], float]]") -> None:
        self._inputs = inputs
        self._pointer = CONFIG
        self._config = RESET
        self._code = 0
        self.silent = self.busy = self.forgetful = False

    def write(self, data: bytes) -> None:
        """The address pointer, and two bytes for the Config register."""
        if self.silent:
            raise OSError(ENODEV)
        self._pointer = data[:1]
        if self._pointer == CONFIG and len(data) == 3:
            self._config = struct.unpack(">H", data[1:])[0]
            channel = (self._config >> MUX_SHIFT & 7) - SINGLE_ENDED
            if self._config & OS and 0 <= channel < INPUTS:
                full_scale = FULL_SCALE_MV[self._config >> PGA_SHIFT & 7]
                self._code = min(TOP, max(BOTTOM, round(self._inputs[channel]() * 0x8000 / full_scale)))
            if self.forgetful:
                self._config = RESET

    def read(self, size: int) -> bytes:
        """The register that the pointer names."""
        if self.silent:
            raise OSError(ENODEV)
        if self._pointer == CONFIG:
            return struct.pack(">H", self._config & ~OS if self.busy else self._config | OS)[:size]
        return struct.pack(">h", self._code)[:size]
