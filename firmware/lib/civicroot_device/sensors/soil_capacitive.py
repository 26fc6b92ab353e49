"""A capacitive soil moisture probe with an analog output, supplied only while it is read.

Probes of this kind (an oscillator, whose signal the soil's permittivity weakens, and a rectifier) give less voltage
in wetter soil; one that gives more works as well. There is no datasheet with a curve that holds for a soil: two points
are measured, and between them the water content is taken as linear in the voltage.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import NO_ANSWER, OUT_OF_RANGE, SATURATED, UNCALIBRATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Adc, Output
    from civicroot_device.reporting.kinds import Reading

SETTLE_MS = 500  # through 10 kΩ the rectifier's 1 µF is charged in 50 ms; 1 MΩ across it takes an overshoot away slowly
UNPLUGGED_MV = 100  # the input's pull-down resistor; no probe in water gives as little
SHORTED_MV = 2450  # the ESP32-C3's converter ends at 2500 mV (its datasheet, ATTEN3): a dry probe is divided under it
READINGS = 3  # while it is on, of which the median counts: the probe takes 5 mA through its half second of settling
PERMILLE = 1000
MARGIN_PERMILLE = 50  # of the calibrated span: so far beyond a point it is taken for the point, farther is nonsense


class SoilCapacitive:
    """The probe as a Sensor.

    power         the probe's supply
    calibration   {"dry": mV in dry soil or air, "wet": mV in the wet one, "saturation": water content of the wet one in
                  thousandths (1000, the default: in water)}; without "dry" and "wet" it is uncalibrated
    settle_ms     from supply to a voltage that stands
    """

    names = ("soil",)
    times = 1  # a sample: its median is its own

    def __init__(
        self,
        adc: "Adc",
        power: "Output",
        calibration: "dict[str, int]",
        settle_ms: int = SETTLE_MS,
    ) -> None:
        self._adc = adc
        self._power = power
        self._calibration = calibration
        self._settle_ms = settle_ms
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Switch the probe on."""
        self._raw = {}
        self._power.set(True)
        return self._settle_ms

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{"soil": volumetric water content, 0 to 1}. Raises SensorFault. The probe is off afterwards in any case."""
        try:
            readings = sorted([self._adc.millivolts() for _ in range(READINGS)])
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
        finally:
            self._power.set(False)
        millivolts = readings[READINGS // 2]
        if millivolts < UNPLUGGED_MV:
            raise SensorFault(NO_ANSWER, "%d mV: unplugged, or shorted to ground" % millivolts)
        if millivolts > SHORTED_MV:
            raise SensorFault(SATURATED, "%d mV: shorted to the supply" % millivolts)
        self._raw = {"soil": millivolts}
        return {"soil": self._content(millivolts) / PERMILLE}

    def raw(self) -> "dict[str, int]":
        """{"soil": mV} of the last read; empty if it failed."""
        return self._raw

    def _content(self, millivolts: int) -> int:
        """Thousandths of water content."""
        if "dry" not in self._calibration or "wet" not in self._calibration:
            raise SensorFault(UNCALIBRATED, "soil: dry and wet")
        dry, wet = self._calibration["dry"], self._calibration["wet"]
        share = (dry - millivolts) * PERMILLE // (dry - wet)
        if not -MARGIN_PERMILLE <= share <= PERMILLE + MARGIN_PERMILLE:
            raise SensorFault(OUT_OF_RANGE, "%d mV" % millivolts)
        return min(PERMILLE, max(0, share)) * self._calibration.get("saturation", PERMILLE) // PERMILLE
