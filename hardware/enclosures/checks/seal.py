"""Gasket groove and drip edge, felt for with points in the solids, all around between the screws."""

from collections.abc import Iterator

from hardware.enclosures.fits import BEVEL, GAP, GASKET, LIP_WALL, PRESSED, SKIRT_WALL
from hardware.enclosures.made import Made
from hardware.enclosures.solids import Solid

OVERLAP = 6.0  # mm that the skirt reaches below the seal at least: driven rain climbs less
SQUEEZE = (0.15, 0.35)  # of a gasket: less leaks, more sets
NEAR = 0.1  # mm from a face


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    case = made.case
    found = []
    squeeze = 1 - PRESSED / GASKET
    if not SQUEEZE[0] <= squeeze <= SQUEEZE[1]:
        found.append(f"{case.name}: the gasket is pressed by {squeeze:.0%}")
    if case.rim - case.skirt_end < OVERLAP:
        found.append(f"{case.name}: the skirt ends {case.rim - case.skirt_end:.1f} mm below the seal")
    for side, place in _around(made):
        found += [f"{case.name}: {side}: {fault}" for fault in _faults(made, place)]
    return found


def _around(made: Made) -> Iterator[tuple[str, "Place"]]:
    """A few places on each side: how far outwards of the wall's outer face, and how high -> a point."""
    left, low, right, high = made.case.outside
    for share in (0.15, 0.5, 0.85):
        x, y = left + share * (right - left), low + share * (high - low)
        yield f"left at {share:.0%}", Place(left, y, -1, 0)
        yield f"right at {share:.0%}", Place(right, y, 1, 0)
        yield f"bottom at {share:.0%}", Place(x, low, 0, -1)
        yield f"top at {share:.0%}", Place(x, high, 0, 1)


class Place:
    """A spot on the outside of the wall, and the way out."""

    def __init__(self, x: float, y: float, out_x: int, out_y: int) -> None:
        self.x, self.y, self.out_x, self.out_y = x, y, out_x, out_y

    def filled(self, solid: Solid, out: float, z: float) -> bool:
        """Whether the solid is there."""
        return bool(solid.is_inside((self.x + out * self.out_x, self.y + out * self.out_y, z)))


def _faults(made: Made, place: Place) -> Iterator[str]:
    case, top, shell = made.case, made.parts["lid"], made.parts["shell"]
    wall, rim, ground, end = case.wall, case.rim, case.groove_z, case.skirt_end
    middle = -wall / 2
    if not place.filled(shell, middle, rim - NEAR):
        yield "the shell has no rim"
    if place.filled(top, middle, ground - NEAR) or not place.filled(top, middle, ground + NEAR):
        yield "the gasket's groove is not as deep as it must be"
    inner, outer = -wall - GAP - LIP_WALL / 2, GAP + SKIRT_WALL / 2
    if not (place.filled(top, inner, rim - 1) and place.filled(top, outer, rim - 1)):
        yield "the gasket's groove has no side"
    if not place.filled(top, GAP + SKIRT_WALL - NEAR, end + NEAR):
        yield "the skirt has no drip edge"
    if place.filled(top, GAP + BEVEL / 2, end + NEAR) or place.filled(top, GAP + NEAR, end + BEVEL / 2):
        yield "the drip edge is not bevelled: water creeps to the gap"
    if place.filled(shell, outer, end - NEAR):
        yield "water cannot fall from the drip edge"
