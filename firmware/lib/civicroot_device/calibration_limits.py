"""Which calibrations there are: integers by sensor and key, their limits, and what they must be together.

A sensor is named as what it measures (SPEC.md §3.1); where a device has two for one quantity, the second is told by
what follows a hyphen (`fill-sonic` has the keys of `fill`). What a key means is said by its driver; docs/devices.md
says how to measure it. Limits keep out what no installation can be: a typing error, or a reading of a broken sensor.
"""

from civicroot_device.errors import ConfigurationError
from civicroot_device.sensors.fill_level import MIN_DEPTH_MM

TYPE_CHECKING = False
if TYPE_CHECKING:
    Limits = dict[str, tuple[int, int]]  # key -> lowest and highest value

COUNTS = 1 << 23  # HX711: 24 bits with sign
MAX_COUNTS_PER_KG = 1_000_000
MIN_COUNTS_PER_KG = 100  # with fewer, 0.1 kg (the resolution of `weight`) drowns in the converter's noise
MAX_MM = 10_000  # twice the range of any of the distance sensors
MAX_MV = 5_000
MIN_SPAN_MV = 100  # with less, the converter's noise alone is a hundredth of water content
PERMILLE = 1000
MILLI_G = 2_000  # LIS3DH at ±2 g
RESTING_MILLI_G = (800, 1200)  # what gravity alone may read as, zero offsets included
PPM = 1_000_000
TRAVEL_UM = (1_000, 1_000_000)  # a millimetre to a metre
OFFSET = (-1_000, 1_000)  # ±10 K or ±10 %RH: a sensor farther off is to be changed
RELATIVE_OFFSET = (-5_000, 5_000)  # ±50 K: the LIS3DH's thermometer knows changes only (its datasheet, §2.2)
GAIN_PERMILLE = (800, 1_250)  # a divider of 10 % resistors; farther off is a wrong one

LIMITS: "dict[str, Limits]" = {
    "weight": {"tare": (-COUNTS, COUNTS - 1), "scale": (-MAX_COUNTS_PER_KG, MAX_COUNTS_PER_KG)},
    "fill": {"empty": (1, MAX_MM), "full": (0, MAX_MM)},
    "soil": {"dry": (1, MAX_MV), "wet": (1, MAX_MV), "saturation": (1, PERMILLE)},
    "tilt": {"x": (-MILLI_G, MILLI_G), "y": (-MILLI_G, MILLI_G), "z": (-MILLI_G, MILLI_G)},
    "girth": {"zero": (0, PPM), "travel": TRAVEL_UM},
    "temp": {"offset": RELATIVE_OFFSET},
    "soiltemp": {"offset": OFFSET},
    "humidity": {"offset": OFFSET},
    "battery": {"gain": GAIN_PERMILLE},
}
OPTIONAL = ("saturation", "offset", "gain")  # a sensor measures without these


def quantity(sensor: str) -> str:
    """What a sensor of that name measures."""
    return sensor.partition("-")[0]


def limits(sensor: str) -> "Limits":
    """The keys of a sensor with their limits; none for one that has nothing to calibrate."""
    return LIMITS.get(quantity(sensor), {})


def check(sensor: str, values: "dict[str, int]") -> None:
    """Raise ConfigurationError unless every value is possible, alone and beside the others that are there."""
    found = limits(sensor)
    if not found:
        raise ConfigurationError("no calibration of " + sensor)
    if not isinstance(values, dict):
        raise ConfigurationError("calibration of " + sensor + " is no object")
    for key, value in values.items():
        if key not in found:
            raise ConfigurationError("no calibration %s.%s" % (sensor, key))
        if value is True or value is False or not isinstance(value, int):
            raise ConfigurationError("%s.%s is no integer" % (sensor, key))
        low, high = found[key]
        if not low <= value <= high:
            raise ConfigurationError("%s.%s is not from %d to %d" % (sensor, key, low, high))
    if quantity(sensor) in _TOGETHER:
        _TOGETHER[quantity(sensor)](values)


def _weight(values: "dict[str, int]") -> None:
    if "scale" in values and abs(values["scale"]) < MIN_COUNTS_PER_KG:
        raise ConfigurationError("weight.scale is under %d counts per kg" % MIN_COUNTS_PER_KG)


def _fill(values: "dict[str, int]") -> None:
    if "empty" in values and "full" in values and values["empty"] - values["full"] < MIN_DEPTH_MM:
        raise ConfigurationError("fill.empty is not %d mm farther than fill.full" % MIN_DEPTH_MM)


def _soil(values: "dict[str, int]") -> None:
    if "dry" in values and "wet" in values and abs(values["dry"] - values["wet"]) < MIN_SPAN_MV:
        raise ConfigurationError("soil.dry and soil.wet are not %d mV apart" % MIN_SPAN_MV)


def _tilt(values: "dict[str, int]") -> None:
    if len(values) < 3:
        return
    low, high = RESTING_MILLI_G
    if not low * low <= sum([value * value for value in values.values()]) <= high * high:
        raise ConfigurationError("tilt: x, y and z are not gravity alone")


_TOGETHER = {"weight": _weight, "fill": _fill, "soil": _soil, "tilt": _tilt}
