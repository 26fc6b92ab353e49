"""Calibration from what a sensor reads now: "the bin is empty", "10 kg lie in it", "the probe is in dry soil".

Pure functions over raw readings, as the drivers' `raw()` gives them after a measurement, even if that one said
UNCALIBRATED. The result is for Calibration.set.
"""

from civicroot_device.calibration_limits import quantity
from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.calibration import Calibration

GRAMS, PERMILLE = 1000, 1000

# (quantity, point): what has to be known beside the reading; None: nothing.
POINTS: "dict[tuple[str, str], str | None]" = {
    ("weight", "tare"): None,
    ("weight", "scale"): "grams that lie in the bin",
    ("fill", "empty"): None,
    ("fill", "full"): None,
    ("soil", "dry"): None,
    ("soil", "wet"): None,
    ("tilt", "mounted"): None,
    ("girth", "zero"): None,
    ("temp", "offset"): "the true temperature in hundredths of a degree",
    ("soiltemp", "offset"): "the true temperature in hundredths of a degree",
    ("humidity", "offset"): "the true humidity in hundredths of a percent",
    ("battery", "gain"): "the true voltage in millivolts",
}


def middle(rounds: "list[dict[str, int]]") -> "dict[str, int]":
    """The medians of several raw readings; a name that is missing in one of them is left out."""
    found = {}
    for name in rounds[0] if rounds else ():
        if all(name in one for one in rounds):
            found[name] = sorted([one[name] for one in rounds])[len(rounds) // 2]
    return found


def point(
    calibration: "Calibration", sensor: str, name: str, raw: "dict[str, int]", known: "int | None" = None
) -> "dict[str, int]":
    """The keys to set when the sensor reads `raw` at this point. Raises ConfigurationError."""
    measured = quantity(sensor)
    if (measured, name) not in POINTS:
        raise ConfigurationError("%s is not calibrated by reading %s" % (sensor, name))
    needed = POINTS[measured, name]
    if needed is not None and known is None:
        raise ConfigurationError("%s.%s needs %s" % (sensor, name, needed))
    if needed is None and known is not None:
        raise ConfigurationError("%s.%s needs no number" % (sensor, name))
    if measured == "tilt":
        return {axis: _reading(raw, "tilt." + axis) for axis in ("x", "y", "z")}
    reading = _reading(raw, sensor if sensor in raw else measured)
    if known is None:
        return {name: reading}
    if name == "offset":
        return {name: known - reading}
    if measured == "weight":
        return {name: _scale(calibration.of(sensor), reading, known)}
    if reading <= 0:
        raise ConfigurationError("%s reads %d" % (sensor, reading))
    return {name: known * PERMILLE // reading}


def _scale(weight: "dict[str, int]", counts: int, grams: int) -> int:
    if "tare" not in weight:
        raise ConfigurationError("weight.tare is set first, with the bin empty")
    if grams <= 0:
        raise ConfigurationError("weight.scale needs something in the bin")
    return (counts - weight["tare"]) * GRAMS // grams


def _reading(raw: "dict[str, int]", name: str) -> int:
    if name not in raw:
        raise ConfigurationError("%s gave no reading to calibrate by" % name)
    return raw[name]
