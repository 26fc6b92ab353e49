"""ADS1115: four inputs, 16 bits, one conversion at a time, over I2C.

Datasheet: Texas Instruments SBAS444D, January 2018: §9.3.3 full-scale range, §9.4.2.1 single-shot mode, §9.5.4 data
format, §9.6.1 address pointer, §9.6.3 Config register. The chip has no check sum: that the Config
register reads back as it was written stands in for one, and tells another chip, or a reset in between, from this one.
"""

import struct

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER, NOT_READY, SATURATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import I2c

ADDRESS = 0x48  # ADDR pin at GND; 0x49 VDD, 0x4A SDA, 0x4B SCL (§9.5.1.1)
CONVERSION = b"\0"  # registers (§9.6.1)
CONFIG = b"\1"

# The Config register (§9.6.3).
OS = 1 << 15  # written: begin a conversion; read: none is running
MUX_SHIFT = 12
SINGLE_ENDED = 4  # + number of the input, against GND
PGA_SHIFT = 9
FULL_SCALE_MV = (6144, 4096, 2048, 1024, 512, 256)  # by PGA[2:0]
SINGLE_SHOT = 1 << 8  # MODE
DR_128_SPS = 4 << 5  # data rate; as after reset
COMPARATOR_OFF = 3  # COMP_QUE[1:0]

CONVERSION_MS = 10  # 1/128 s, and 10 % more, for the oscillator's tolerance (§7.5), and the wake-up
TOP, BOTTOM = 0x7FFF, -0x8000  # codes of everything over the end of the range (§9.5.4)
INPUTS = 4


def configuration(channel: int, full_scale_mv: int) -> int:
    """The Config register that begins a conversion of input `channel` against GND."""
    if not 0 <= channel < INPUTS:
        raise ValueError("input %d" % channel)
    mux = (SINGLE_ENDED + channel) << MUX_SHIFT
    pga = FULL_SCALE_MV.index(full_scale_mv) << PGA_SHIFT
    return OS | mux | pga | SINGLE_SHOT | DR_128_SPS | COMPARATOR_OFF


class Ads1115:
    """The converter at `address`. Not a Sensor: it measures volts, and what they mean knows its user."""

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address
        self._written = 0

    def begin(self, channel: int, full_scale_mv: int) -> int:
        """Begin a conversion; milliseconds until `result` may be called. Raises SensorFault."""
        self._written = configuration(channel, full_scale_mv)
        try:
            self._bus.write(self._address, CONFIG + struct.pack(">H", self._written))
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
        return CONVERSION_MS

    def result(self) -> int:
        """The code of the conversion: millivolts are code × full scale / 32768. Raises SensorFault."""
        config = self._register(CONFIG, ">H")
        if (config ^ self._written) & ~OS:
            raise SensorFault(BAD_CRC, "Config register 0x%04x, written 0x%04x" % (config, self._written))
        if not config & OS:
            raise SensorFault(NOT_READY, "still converting")
        code = self._register(CONVERSION, ">h")
        if code in (TOP, BOTTOM):
            raise SensorFault(SATURATED, "code %d" % code)
        return code

    def _register(self, pointer: bytes, form: str) -> int:
        try:
            return struct.unpack(form, self._bus.write_read(self._address, pointer, 2))[0]
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
