"""From the distance between a sensor under the lid and the rubbish to the share of the bin's depth that is full.

Calibration keys: `empty` and `full`, the distances in mm to the bin's bottom and to the line where it counts as full.
"""

from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sensor import OUT_OF_RANGE, UNCALIBRATED

TYPE_CHECKING = False
if TYPE_CHECKING:
    Calibration = dict[str, int]

MIN_DEPTH_MM = (
    100  # less is a mistake in the calibration: no bin is that flat, and an error of 25 mm would be a quarter
)
MIN_TOLERANCE_MM = 40  # ±25 mm of the sensor, and a bottom that is not flat
TOLERANCE_DIVISOR = 10  # in a deep bin a tenth of the depth: the bag's bottom hangs and swings


def fill(calibration: "Calibration", mm: int) -> float:
    """0.0 (empty) to 1.0 (full or fuller).

    What is farther than the bottom by no more than the tolerance is 0: bottoms bend. Farther still there is a hole, or
    no bin. What is nearer than the line is 1, however near: that is what an overfull bin looks like.
    Raises SensorFault(UNCALIBRATED or OUT_OF_RANGE).
    """
    empty, full = calibration.get("empty"), calibration.get("full")
    if empty is None or full is None or full < 0 or empty - full < MIN_DEPTH_MM:
        raise SensorFault(UNCALIBRATED, "empty %s, full %s" % (empty, full))
    depth = empty - full
    if mm > empty + max(MIN_TOLERANCE_MM, depth // TOLERANCE_DIVISOR):
        raise SensorFault(OUT_OF_RANGE, "%d mm, the bottom is at %d" % (mm, empty))
    return min(1.0, max(0.0, (empty - mm) / depth))
