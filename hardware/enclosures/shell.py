"""The shell: walls, floor, pillars for the lid's screws, bosses for the board's, ears, holes for glands, window."""

import math
from typing import Any

import build123d as cad

from hardware.enclosures import gland, window
from hardware.enclosures.case import Case, Ear
from hardware.enclosures.fits import BOSS, INSERT, INSERT_DEEP, PILLAR, PILOT
from hardware.enclosures.solids import SUNK, Solid, box, cylinder, rounded

EAR_HOLE = (5.5, 10.0)  # slot for M5 or a steel band
STRAP_SLOT = (27.0, 6.0)  # a strap of 25 × 3 mm goes through and back


def shell(case: Case) -> Solid:
    """As it is printed: floor on the bed."""
    body = rounded(case.outside, 0.0, case.corner, 0.0, case.rim)
    body += [piece for x, y in case.pillars for piece in _pillar(case, x, y)] + [_ear(case, ear) for ear in case.ears]
    body -= rounded(case.inside, 0.0, max(0.5, case.corner - case.wall), case.floor, case.rim + 1)
    body += [cylinder(hole.x, -hole.y, case.floor - SUNK, case.floor + case.standoff, BOSS) for hole in case.bosses]
    if case.window:
        body += window.cradle(case, case.window)
    return body - _holes(case)


def _holes(case: Case) -> list[Solid]:
    under = case.floor + case.standoff
    return [
        *(cylinder(x, y, case.touch - INSERT_DEEP, case.touch + SUNK, INSERT) for x, y in case.pillars),
        *(cylinder(hole.x, -hole.y, under - case.pilot_deep, under + SUNK, PILOT) for hole in case.bosses),
        *(gland.hole(case, port) for port in case.ports),
        *(_slot(case, ear) for ear in case.ears),
        *(window.cut(case, case.window) if case.window else ()),
    ]


def _pillar(case: Case, x: float, y: float) -> tuple[Solid, Solid]:
    """A column beside the corner, and what joins it."""
    left, low, right, high = case.outside
    to_middle = math.copysign(1.0, (left + right) / 2 - x), math.copysign(1.0, (low + high) / 2 - y)
    turn = math.degrees(math.atan2(to_middle[1], to_middle[0]))
    web = cad.Pos(x, y, case.touch / 2) * cad.Rot(0, 0, turn) * cad.Pos(4, 0, 0) * cad.Box(8, PILLAR, case.touch)
    return cylinder(x, y, 0.0, case.touch, PILLAR), web


def _ear(case: Case, ear: Ear) -> Solid:
    """A plate on the bed."""
    plate = box((-ear.wide / 2, -case.wall / 2, 0.0), (ear.wide / 2, ear.out, ear.thick))
    return _at(case, ear) * plate


def _slot(case: Case, ear: Ear) -> Solid:
    size = STRAP_SLOT if ear.strap else EAR_HOLE[::-1]
    slot = cad.extrude(cad.RectangleRounded(*size, min(size) / 2 - 0.1), amount=ear.thick + 2)
    return _at(case, ear) * cad.Pos(0, ear.hole_out, -1) * slot


def _at(case: Case, ear: Ear) -> Any:
    """On the wall's outer face, +y outwards."""
    x, y, turn = case.at_side(ear.side, ear.at)
    return cad.Pos(x, y, 0) * cad.Rot(0, 0, turn)
