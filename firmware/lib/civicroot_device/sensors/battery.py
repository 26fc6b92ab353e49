"""The battery's energy from its voltage, through a divider at an analog input.

A voltage is a coarse gauge: it depends on load, temperature and charging, and the curves of both lithium types are flat
in the middle. The curves are for the small currents of a device that sleeps most of the time, at 20 °C, good to about
±10 % for lead and ±25 % for lithium, and tell a crew what it must know: full, in use, change soon.
"""

from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors.sensor import OUT_OF_RANGE, SATURATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.buses.bus import Adc
    from civicroot_device.reporting.kinds import Reading

    Curve = tuple[tuple[int, int], ...]

# (mV, % of the energy left), falling; between them straight lines. Below the last it is 0 %, above the first 100 %.
CURVES: "dict[str, Curve]" = {
    # Resting voltage of a sealed lead battery of six cells: 2.12 V a cell when full, 1.93 V when empty.
    "lead": ((12_730, 100), (12_620, 90), (12_500, 80), (12_370, 70), (12_240, 60), (12_100, 50), (11_960, 40))
    + ((11_810, 30), (11_660, 20), (11_510, 10), (11_360, 0)),
    # Resting voltage of four LiFePO4 cells: the middle half lies within 0.2 V.
    "lifepo4": ((13_600, 100), (13_400, 90), (13_300, 70), (13_200, 40), (13_000, 30), (12_900, 20), (12_000, 10))
    + ((10_000, 0),),
    # Two Li/FeS2 cells (Energizer L91) in series: open 1.8 V each when new, soon 1.7 V, then slowly down to 1.5 V,
    # and from there a steep end (Energizer's handbook and users' reports; there is no published table).
    "l91": ((3_500, 100), (3_400, 90), (3_300, 75), (3_200, 55), (3_100, 35), (3_000, 20), (2_900, 10), (2_700, 3))
    + ((2_000, 0),),
}
# What no such battery has: a wrong divider, a wrong type, or a wire that is off. Charging voltage is within.
LIMITS = {"lead": (9_000, 15_500), "lifepo4": (9_000, 15_000), "l91": (1_600, 3_700)}
# What every ESP32 measures at 12 dB (ESP-IDF, ADC attenuation: ESP32 2,450, C3 2,500, S3 3,100): dividers stay below.
ADC_MAX_MV = 2_450
GAIN_ONE = 1000  # of the calibration key `gain`


class Battery:
    """The battery as a Sensor of `battery`.

    chemistry              one of CURVES
    upper_ohm, lower_ohm   the divider, from the battery to the pin and from the pin to ground; upper 0: none
    calibration            {"gain": per mille}: true voltage over measured, for the resistors' tolerance; may be empty
    Raises ConfigurationError for another chemistry or a divider that is none.
    """

    names = ("battery",)

    def __init__(
        self, pin: "Adc", chemistry: str, upper_ohm: int, lower_ohm: int, calibration: "dict[str, int]"
    ) -> None:
        if chemistry not in CURVES:
            raise ConfigurationError("chemistry of a battery: " + chemistry)
        if lower_ohm <= 0 or upper_ohm < 0:
            raise ConfigurationError("divider of a battery: %d over %d ohms" % (upper_ohm, lower_ohm))
        self._pin = pin
        self._chemistry = chemistry
        self._upper = upper_ohm
        self._lower = lower_ohm
        self._calibration = calibration
        self._raw: "dict[str, int]" = {}

    def start(self) -> int:
        """Nothing to wait for."""
        self._raw = {}
        return 0

    def read(self) -> "dict[str, Reading | SensorFault]":
        """{"battery": % of the energy left}. Raises SensorFault."""
        pin = self._pin.millivolts()
        if pin >= ADC_MAX_MV:
            raise SensorFault(SATURATED, "%d mV at the pin" % pin)
        measured = pin * (self._upper + self._lower) // self._lower
        self._raw = {"battery": measured}
        millivolts = measured * self._calibration.get("gain", GAIN_ONE) // GAIN_ONE
        low, high = LIMITS[self._chemistry]
        if not low <= millivolts <= high:
            raise SensorFault(OUT_OF_RANGE, "%d mV" % millivolts)
        return {"battery": level(CURVES[self._chemistry], millivolts)}

    def raw(self) -> "dict[str, int]":
        """{"battery": mV} of the last read, before calibration; empty if it failed."""
        return self._raw


def level(curve: "Curve", millivolts: int) -> int:
    """% of the energy left at this voltage."""
    above, most = curve[0]
    if millivolts >= above:
        return most
    for below, least in curve[1:]:
        if millivolts >= below:
            return least + (most - least) * (millivolts - below) // (above - below)
        above, most = below, least
    return most
