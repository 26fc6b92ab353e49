"""The lid: a plate with a groove for gasket and rim, a skirt that water drips from, and ears for the screws."""

import build123d as cad

from hardware.enclosures.case import Case
from hardware.enclosures.fits import (
    BEVEL,
    GAP,
    LIP,
    LIP_WALL,
    PILLAR,
    SCREW,
    SKIRT_WALL,
)
from hardware.enclosures.solids import SUNK, Solid, cylinder, outline, rounded


def lid(case: Case) -> Solid:
    """Where it belongs, on the shell; it is printed turned over, plate on the bed."""
    ground, end = case.groove_z, case.skirt_end
    grow = GAP + SKIRT_WALL
    body = rounded(case.outside, grow, case.corner, end, case.top)
    body -= cad.extrude(outline(case.outside, GAP + BEVEL, case.corner, end), amount=BEVEL, taper=45)
    body += [cylinder(x, y, case.touch, case.top, PILLAR) for x, y in case.pillars]
    body -= rounded(case.outside, GAP, case.corner, case.touch - 1, ground)
    inner = case.wall + GAP
    low = case.rim - LIP
    body += rounded(case.outside, -inner, case.corner, low, ground + SUNK) - rounded(
        case.outside, -inner - LIP_WALL, case.corner, low - 1, ground
    )
    return body - [cylinder(x, y, case.touch - 1, case.top + 1, SCREW) for x, y in case.pillars]
