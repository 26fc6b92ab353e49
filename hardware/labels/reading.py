"""How large a code must be to be read from a distance: pixels of a phone's sensor for each module."""

import math

VIEW_DEGREES = 67.0  # across the longer side of a usual phone's main camera (26 mm equivalent)
VIDEO_PIXELS = 1920  # of that side in the video that a reader looks at
MODULE_PIXELS = 3.5  # a module must have: two are the limit of readers, the rest is for blur and a tilt of 35°
QUIET = 4  # modules of white around (ISO/IEC 18004)


def pixels_per_mm(distance_mm: float) -> float:
    """What a millimetre is in the phone's video at a distance, straight ahead."""
    return VIDEO_PIXELS / (2 * distance_mm * math.tan(math.radians(VIEW_DEGREES / 2)))


def module_mm(distance_mm: float) -> float:
    """The smallest module that is read from there."""
    return MODULE_PIXELS / pixels_per_mm(distance_mm)


def code_mm(modules: int, distance_mm: float) -> float:
    """The side of a symbol of so many modules, its quiet zone included."""
    return (modules + 2 * QUIET) * module_mm(distance_mm)
