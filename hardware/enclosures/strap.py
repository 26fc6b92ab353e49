"""A link of the strap, its ladder piece, and the saddle between tag and trunk. Nothing goes into a tree."""

import build123d as cad

from hardware.enclosures.growth import Strap, Tree, ladder_length, length, row
from hardware.enclosures.solids import SUNK, Solid, box, cylinder

NECK = 0.4  # of a stud, more than the strap is thick
CONE = 1.3  # height of a stud's lower cone: 45°, so that it prints without support
SADDLE = (90.0, 14.0, 14.0)  # across the trunk, along it, high
SADDLE_LEFT = 3.0  # in the middle


def link(strap: Strap) -> Solid:
    """Flat on the bed, from x = 0: hole, stud, legs, stud, ladder of holes."""
    long, half = length(strap), strap.wide / 2
    body = cad.extrude(cad.Pos(long / 2, 0) * cad.RectangleRounded(long, strap.wide, strap.end), amount=strap.thick)
    first = strap.end + strap.bend
    legs = first + strap.stud
    second = legs + row(strap) + strap.stud
    tools = [cylinder(strap.end, 0, -1, strap.thick + 1, strap.hole)]
    for number in range(strap.legs - 1):
        x = legs + strap.leg + number * (strap.leg + strap.slit)
        ends = (-half - 1, half - strap.joint) if number % 2 else (-half + strap.joint, half + 1)
        tools.append(box((x, ends[0], -1), (x + strap.slit, ends[1], strap.thick + 1)))
    for number in range(strap.ladder):
        x = long - strap.end - number * strap.pitch
        tools.append(cylinder(x, 0, -1, strap.thick + 1, strap.hole))
    return body - tools + [*_stud(strap, first), *_stud(strap, second)]


def ladder(strap: Strap) -> Solid:
    """The piece that makes up what whole links leave: hole, stud, many holes. It does not stretch."""
    long = ladder_length(strap)
    body = cad.extrude(cad.Pos(long / 2, 0) * cad.RectangleRounded(long, strap.wide, strap.end), amount=strap.thick)
    holes = [strap.end, *(long - strap.end - number * strap.pitch for number in range(strap.rungs))]
    tools = [cylinder(x, 0, -1, strap.thick + 1, strap.hole) for x in holes]
    return body - tools + [*_stud(strap, strap.end + strap.bend)]


def _stud(strap: Strap, x: float) -> tuple[Solid, Solid, Solid]:
    """Neck, and a head that widens and narrows again."""
    head, low = strap.stud, strap.thick
    under = low + strap.thick + NECK
    cone = cad.Pos(x, 0, under + CONE / 2) * cad.Cone(head / 2 - CONE, head / 2, CONE)
    top = cad.Pos(x, 0, under + CONE + 1.0) * cad.Cone(head / 2, head / 2 - 1.0, 2.0)
    return cylinder(x, 0, low - SUNK, under + SUNK, head - 2 * CONE), cone, top


def saddle(tree: Tree) -> Solid:
    """A bar with the curve of the smallest trunk; two are taped to the tag's back (its flat side)."""
    wide, deep, high = SADDLE
    round_ = cad.Rot(90, 0, 0) * cad.Cylinder(tree.smallest / 2, deep + 2)
    return (
        box((-wide / 2, -deep / 2, 0), (wide / 2, deep / 2, high))
        - cad.Pos(0, 0, SADDLE_LEFT + tree.smallest / 2) * round_
    )
