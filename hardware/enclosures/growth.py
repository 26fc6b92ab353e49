"""How far a strap gives way as the trunk grows, and how hard it then presses: a row of bending legs. Newton, mm, years.

A leg is a beam whose ends stay parallel: it gives F·L³ / (12·E·I). The stretch is bounded by how far a leg may swing.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Strap:
    """A link of thermoplastic polyurethane (Shore 95 A). `legs` stand across it, joined in turn above and below."""

    wide: float = 25.0
    thick: float = 3.0
    leg: float = 3.0  # width of a leg
    slit: float = 2.4  # between two legs
    joint: float = 3.5  # width of what joins them
    legs: int = 18
    ladder: int = 5  # holes to choose from
    pitch: float = 10.0
    hole: float = 5.6
    stud: float = 8.0  # head, pushed through a hole
    end: float = 8.0  # material beyond the last hole
    bend: float = 32.0  # between an end's hole and its stud: around an ear and back
    modulus: float = 40.0  # N/mm², assumed: Shore 95 A in the sun; half or twice as much is usual
    swing: float = 45.0  # degrees, the most that a leg is bent


@dataclass(frozen=True)
class Tree:
    """What the strap must follow; all assumed. A street tree adds 5 to 15 mm in diameter a year."""

    grows: float = 15.0  # mm of diameter a year
    years: float = 2.0  # between two visits, at which the crew moves the strap on by holes
    weight: float = 3.5  # newton of the tag with its cells and cables
    friction: float = 0.6  # of rubber on bark
    smallest: float = 150.0  # mm diameter
    bark: float = 10_000.0  # Pa that a strap may press for years; sap stops far above


STRAP, TREE = Strap(), Tree()
FASTENED, MOST = 1.5, 4.0  # newton when the crew leaves, and when the tree has grown as far as is allowed for


def _leg(strap: Strap) -> float:
    return strap.wide - strap.joint


def stretch(strap: Strap, newton: float) -> float:
    """How much longer the link is, in mm."""
    long, second = _leg(strap), strap.thick * strap.leg**3 / 12
    each = newton * long**3 / (12 * strap.modulus * second)
    return strap.legs * min(each, long * math.sin(math.radians(strap.swing)))


def allowance(strap: Strap) -> float:
    """By how much the girth may grow between two visits, in mm, with one stretching link."""
    return stretch(strap, MOST) - stretch(strap, FASTENED)


def needed(tree: Tree) -> float:
    """By how much it does."""
    return math.pi * tree.grows * tree.years


def pressure(strap: Strap, tree: Tree) -> float:
    """On the bark of the smallest tree with the strap at its tightest, in Pa."""
    return MOST / (tree.smallest / 2 * strap.wide) * 1e6


def holds(tree: Tree) -> float:
    """What friction carries when the strap is loosest, in newton: tension all around times friction."""
    return 2 * math.pi * FASTENED * tree.friction


def links(strap: Strap, girth: float, tag: float = 110.0) -> int:
    """How many links go around a trunk, beside the tag itself."""
    return max(1, math.ceil((girth - tag) / (length(strap) - strap.bend)))


def length(strap: Strap) -> float:
    """Of a link, in mm, from end to end."""
    row = strap.legs * strap.leg + (strap.legs - 1) * strap.slit
    return 2 * strap.end + 2 * strap.bend + row + 2 * strap.stud + (strap.ladder - 1) * strap.pitch


def problems(strap: Strap, tree: Tree) -> list[str]:
    """What is wrong with a strap for such trees."""
    found = []
    if allowance(strap) < needed(tree):
        found.append(f"gives {allowance(strap):.0f} mm, the tree grows {needed(tree):.0f} mm in girth")
    if pressure(strap, tree) > tree.bark:
        found.append(f"presses the bark with {pressure(strap, tree):.0f} Pa, {tree.bark:.0f} at most")
    if holds(tree) < 1.5 * tree.weight:
        found.append(f"holds {holds(tree):.1f} N, half more than the {tree.weight:g} N of the tag are needed")
    return found
