"""A band dendrometer: a potentiometer, moved by a band around the trunk, read ratiometrically by an ADS1115.

The band's end moves by as much as the girth grows, so that the potentiometer's travel is girth. (One that is pressed
on the bark measures the radius: enter its travel times 2π.) Wiper and excitation are converted one after the other
with the same reference, so that neither the supply nor the converter's gain error enters the ratio:

    ratio = code of the wiper / code of the excitation        girth = (ratio - zero) × travel

The excitation is on only while it measures: a few milliamperes over an hour would be most of a tag's battery.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.ads1115 import ADDRESS, Ads1115
from civicroot_device.sensors.sensor import OUT_OF_RANGE, SATURATED, UNCALIBRATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import I2c, Output
    from civicroot_device.reporting.kinds import Reading

SETTLE_MS = 5  # 10 kΩ and 100 nF are 1 ms: five time constants
FULL_SCALE_MV = 4096  # the smallest range over a supply of 3.3 V
MIN_EXCITATION_MV = 2000  # far under a tag's supply: a short circuit, or the switch did not close
PPM = 1_000_000
END_PPM = 5_000  # so near to an end the wiper stands at its stop, or hangs in the air at the pull-down resistor


class Dendrometer:
    """The dendrometer as a Sensor.

    power         excitation on or off
    calibration   {"zero": ratio at mounting in millionths, "travel": µm of girth over the whole resistance}; without
                  both it is uncalibrated
    address       the converter's; wiper, excitation: its inputs
    """

    names = ("girth",)

    def __init__(
        self,
        bus: "I2c",
        power: "Output",
        calibration: "dict[str, int]",
        address: int = ADDRESS,
        wiper: int = 0,
        excitation: int = 1,
    ) -> None:
        self._converter = Ads1115(bus, address)
        self._power = power
        self._calibration = calibration
        self._inputs = (wiper, excitation)
        self._codes: "list[int] | None" = None  # None: no conversion has begun
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Switch the excitation on."""
        self._raw = {}
        self._codes = None
        self._power.set(True)
        return SETTLE_MS

    def read(self) -> "dict[str, Reading | SensorFault] | int":
        """{"girth": metres since mounting}, after two conversions. Raises SensorFault."""
        try:
            wait = self._convert()
        except SensorFault:
            self._power.set(False)
            raise
        if wait is not None:
            return wait
        self._power.set(False)
        ratio = self._ratio()
        self._raw = {"girth": ratio}
        if "zero" not in self._calibration or "travel" not in self._calibration:
            raise SensorFault(UNCALIBRATED, "girth: zero and travel")
        # In micrometres, as an integer: the product does not fit a single-precision number.
        return {"girth": (ratio - self._calibration["zero"]) * self._calibration["travel"] // PPM / 1_000_000}

    def raw(self) -> "dict[str, int]":
        """{"girth": ratio in millionths} of the last read; empty if it failed."""
        return self._raw

    def _convert(self) -> "int | None":
        """One step: milliseconds until the next, None when both codes are there."""
        if self._codes is None:
            self._codes = []
        else:
            self._codes.append(self._converter.result())
        if len(self._codes) == len(self._inputs):
            return None
        return self._converter.begin(self._inputs[len(self._codes)], FULL_SCALE_MV)

    def _ratio(self) -> int:
        wiper, excitation = self._codes or (0, 0)
        if excitation * FULL_SCALE_MV < MIN_EXCITATION_MV << 15:
            raise SensorFault(OUT_OF_RANGE, "excitation %d mV" % (excitation * FULL_SCALE_MV >> 15))
        ratio = (wiper * PPM + excitation // 2) // excitation
        if not END_PPM <= ratio <= PPM - END_PPM:
            raise SensorFault(SATURATED, "wiper at its end: %d ppm" % ratio)
        return ratio
