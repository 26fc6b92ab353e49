"""Holes for cable glands in upright walls: round below, a roof of 45° above, so that a printer needs no support."""

import math
from typing import Any

import build123d as cad

from hardware.enclosures.case import Case, Port
from hardware.enclosures.solids import SUNK, Solid

ROOF = 1.12  # height of the flat roof over the middle, in radii: low enough for the gland's seal to cover its corners


def corner_out(radius: float) -> float:
    """How far the roof's corners are from the middle; the gland's head must cover them."""
    return radius * math.hypot(ROOF, math.sqrt(2) - ROOF)


def hole(case: Case, port: Port) -> Solid:
    """The tool that cuts it."""
    radius, deep = port.gland.hole / 2, case.wall + 2 * SUNK
    side, flat = radius * math.sqrt(0.5), radius * (math.sqrt(2) - ROOF)
    roof = cad.Polygon(
        (-side, 0), (side, 0), (side, side), (flat, ROOF * radius), (-flat, ROOF * radius), (-side, side), align=None
    )
    profile = cad.Circle(radius) + roof
    bar = cad.extrude(profile, amount=deep / 2, both=True)
    return _at(case, port) * cad.Pos(0, -case.wall / 2, 0) * cad.Rot(90, 0, 0) * bar


def inside(case: Case, port: Port) -> Solid:
    """Nut and thread inside the box."""
    return _rod(case, port, inwards=True)


def outside(case: Case, port: Port) -> Solid:
    """Head outside, for fit and pictures."""
    return _rod(case, port, inwards=False)


def _rod(case: Case, port: Port, inwards: bool) -> Solid:
    long = port.gland.inside
    away = -case.wall - long / 2 - SUNK if inwards else long / 2 + SUNK
    return _at(case, port) * cad.Pos(0, away, 0) * cad.Rot(90, 0, 0) * cad.Cylinder(port.gland.head / 2, long)


def _at(case: Case, port: Port) -> Any:
    """On the wall's outer face, +y outwards."""
    x, y, turn = case.at_side(port.side, port.at)
    return cad.Pos(x, y, case.port_z) * cad.Rot(0, 0, turn)
