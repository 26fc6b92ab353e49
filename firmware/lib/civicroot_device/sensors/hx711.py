"""HX711: 24-bit converter of the load cells, over a clock and a data line.

Source: Avia Semiconductor HX711 datasheet: "Output Data Rate and Format", "Serial Interface" with Table 3 (25 pulses:
channel A, gain 128) and Fig. 2, "Reset and Power-Down" with Fig. 3, "Key Electrical Characteristics" (settling time).
The chip and the load cells, have power only while they weigh.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER, NOT_READY, SATURATED, UNCALIBRATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Shift
    from civicroot_device.reporting.kinds import Reading

PULSES = 25  # 24 bits, and one that chooses channel A with gain 128 for the next conversion and pulls DOUT high
HIGHEST, LOWEST = 0x7FFFFF, 0x800000  # the output stays there when the input leaves its range
SETTLE_MS = 500  # 400 ms at 10 samples a second, and one more conversion, so that what is read began after that
POLL_MS = 20
MAX_POLLS = 10  # two conversions


class Hx711:
    """The converter as a Sensor of `weight`.

    calibration   {"tare": counts of the empty bin, "scale": counts per kg; negative if the cells are mounted so}
    """

    names = ("weight",)

    def __init__(self, bus: "Shift", calibration: "dict[str, int]") -> None:
        self._bus = bus
        self._calibration = calibration
        self._polls = 0
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Give chip and cells power."""
        self._raw = {}
        self._polls = 0
        self._bus.wake()
        return SETTLE_MS

    def read(self) -> "dict[str, Reading | SensorFault] | int":
        """{"weight": kg}; a little below zero if the bin is lighter than when it was tared. Raises SensorFault."""
        if not self._bus.ready():
            self._polls += 1
            if self._polls <= MAX_POLLS:
                return POLL_MS
            self._bus.sleep()
            raise SensorFault(NOT_READY, "DOUT stays high: no conversion, or no chip")
        try:
            word = self._bus.read(PULSES)
        except OSError as error:
            raise SensorFault(NOT_READY, "a pulse was so long that it fell asleep: %r" % error)
        finally:
            self._bus.sleep()
        return {"weight": self._kilograms(_counts(word))}

    def raw(self) -> "dict[str, int]":
        """{"weight": counts} of the last read, before calibration; empty if it failed."""
        return self._raw

    def _kilograms(self, counts: int) -> float:
        self._raw = {"weight": counts}
        tare, scale = self._calibration.get("tare"), self._calibration.get("scale")
        if tare is None or not scale:
            raise SensorFault(UNCALIBRATED, "tare %s, scale %s" % (tare, scale))
        return (counts - tare) / scale


def _counts(word: int) -> int:
    """The two's complement in the first 24 of 25 bits. Raises SensorFault."""
    if not word & 1:
        raise SensorFault(NO_ANSWER, "DOUT stays low: no chip, or a short circuit")
    word >>= 1
    if word in (HIGHEST, LOWEST):
        raise SensorFault(SATURATED, "0x%06x" % word)
    return word - (1 << 24) if word & 0x800000 else word
