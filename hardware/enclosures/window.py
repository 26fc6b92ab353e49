"""The sensor's window in the floor, its cradle, and the view that must stay free."""

import math

import build123d as cad

from hardware.enclosures.case import Case, Window
from hardware.enclosures.fits import BOARD
from hardware.enclosures.solids import SUNK, Solid, box, cylinder

FRAME = 2.0  # wall of the cradle
FAR = 300.0  # mm below the box in which nothing of it may be seen


def sensor_z(case: Case, window: Window) -> float:
    """Height of the sensor's face."""
    return case.floor - window.seat + window.disc_high + window.over


def cut(case: Case, window: Window) -> tuple[Solid, Solid]:
    """Hole, and seat of the disc."""
    through = cylinder(window.x, -window.y, -SUNK, case.floor + SUNK, window.hole)
    return through, cylinder(window.x, -window.y, case.floor - window.seat, case.floor + SUNK, window.disc)


def cradle(case: Case, window: Window) -> Solid:
    """A frame around the module, with a ledge at both ends that its board lies on."""
    wide, long = (side / 2 for side in window.module)
    x, y = window.x, -window.y
    ledge_z = sensor_z(case, window) + window.chip_high
    top = ledge_z + BOARD
    low, high = (x - wide - FRAME, y - long - FRAME, case.floor - SUNK), (x + wide + FRAME, y + long + FRAME, top)
    ring = box(low, high) - box((x - wide, y - long, case.floor - 1), (x + wide, y + long, top + 1))
    inner = window.disc / 2 + 0.2
    ends = (sorted((y + sign * inner, y + sign * (long + SUNK))) for sign in (-1, 1))
    return ring + [
        box((x - wide - SUNK, near, case.floor - SUNK), (x + wide + SUNK, far, ledge_z)) for near, far in ends
    ]


def view(case: Case, window: Window) -> Solid:
    """All that the sensor sees, with a margin in the window: a cone downwards."""
    top = sensor_z(case, window)
    slope = math.tan(math.radians(window.view_degrees / 2))
    near = window.half_width + window.margin
    high = top + FAR
    cone = cad.Cone(near + slope * high, near, high)
    return cad.Pos(window.x, -window.y, top - high / 2) * cone
