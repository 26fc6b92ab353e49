"""Shapes that the concepts share, and the only place that knows how build123d is asked for them."""

from typing import Any

import build123d as cad

from hardware.enclosures.contents import Thing

Solid = Any  # build123d has no types that a checker without its 0.8 GB could see
SUNK = 0.01  # by which tools go beyond a face, so that no film of nothing is left


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Solid:
    """From corner to corner."""
    size = [b - a for a, b in zip(low, high, strict=True)]
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    return cad.Pos(*middle) * cad.Box(*size)


def cylinder(x: float, y: float, low: float, high: float, diameter: float) -> Solid:
    """Upright."""
    return cad.Pos(x, y, (low + high) / 2) * cad.Cylinder(diameter / 2, high - low)


def rounded(sides: tuple[float, float, float, float], grow: float, corner: float, low: float, high: float) -> Solid:
    """A prism over a rectangle grown by `grow`, whose corner radius grows with it."""
    return cad.extrude(outline(sides, grow, corner, low), amount=high - low)


def outline(sides: tuple[float, float, float, float], grow: float, corner: float, z: float) -> Solid:
    """That rectangle as a face."""
    left, low, right, high = sides
    face = cad.RectangleRounded(right - left + 2 * grow, high - low + 2 * grow, corner + grow)
    return cad.Pos((left + right) / 2, (low + high) / 2, z) * face


def solid_of(thing: Thing, grow: float = 0.0) -> Solid:
    """A thing, grown sideways and upwards: what it stands on may touch it."""
    (x, y, z), (right, back, top) = thing.low, thing.high
    return box((x - grow, y - grow, z), (right + grow, back + grow, top + grow))


def shared(one: Solid, other: Solid) -> float:
    """The volume that two solids have in common, in mm³."""
    both = one & other
    if both is None:
        return 0.0
    pieces = both if isinstance(both, (list, tuple)) else [both]
    return float(sum(piece.volume for piece in pieces))
