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
    ladder: int = 5  # holes to choose from, of a link
    rungs: int = 18  # likewise of the ladder piece, which makes up what whole links leave
    pitch: float = 10.0
    hole: float = 5.6
    stud: float = 8.0  # head, pushed through a hole
    end: float = 8.0  # material beyond the last hole
    bend: float = 32.0  # between an end's hole and its stud: around an ear and back
    modulus: tuple[float, float] = (20.0, 80.0)  # N/mm², assumed: Shore 95 A in the summer's sun, in the winter's frost
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
FASTENED = (
    160.0  # mm by which each link is stretched when the crew leaves: a length, because force changes with weather
)
SAFE = 1.5  # times the tag's weight that friction must carry
BETWEEN_EARS = 110.0  # mm of the girth that the tag itself takes
MOST_LADDERS = 2


def _leg(strap: Strap) -> float:
    return strap.wide - strap.joint


def most(strap: Strap) -> float:
    """The longest stretch of a link, in mm."""
    return strap.legs * _leg(strap) * math.sin(math.radians(strap.swing))


def force(strap: Strap, stretch: float, modulus: float) -> float:
    """The pull of a link that is stretched so far, in newton."""
    second = strap.thick * strap.leg**3 / 12
    return stretch / strap.legs * 12 * modulus * second / _leg(strap) ** 3


def allowance(strap: Strap) -> float:
    """By how much the girth may grow between two visits, in mm, with one link."""
    return most(strap) - FASTENED


def needed(tree: Tree) -> float:
    """By how much it does."""
    return math.pi * tree.grows * tree.years


def pressure(strap: Strap, tree: Tree) -> float:
    """On the bark of the smallest tree with the strap at its stiffest and longest, in Pa."""
    return force(strap, most(strap), max(strap.modulus)) / (tree.smallest / 2 * strap.wide) * 1e6


def holds(strap: Strap, tree: Tree) -> float:
    """What friction carries when the strap is at its softest and shortest, in newton: the pull all around."""
    return 2 * math.pi * force(strap, FASTENED, min(strap.modulus)) * tree.friction


def length(strap: Strap) -> float:
    """Of a link, in mm, from end to end."""
    return 2 * strap.end + 2 * strap.bend + row(strap) + 2 * strap.stud + (strap.ladder - 1) * strap.pitch


def row(strap: Strap) -> float:
    """Length of its legs' row as it is printed."""
    return strap.legs * strap.leg + (strap.legs - 1) * strap.slit


def ladder_length(strap: Strap) -> float:
    """Of the ladder piece."""
    return 2 * strap.end + strap.bend + 2 * strap.stud + (strap.rungs - 1) * strap.pitch


def pieces(strap: Strap, girth: float) -> tuple[int, int]:
    """How many links and ladder pieces go around a trunk of that girth; (0, 0) if it is too thin."""
    wanted = girth - BETWEEN_EARS + 2 * strap.bend  # both ends go around an ear and back
    link = length(strap) - 2 * strap.end + FASTENED
    longest = ladder_length(strap) - 2 * strap.end
    shortest = longest - (strap.rungs - 1) * strap.pitch
    for ladders in range(1, MOST_LADDERS + 1):
        for links in range(1, math.ceil(wanted / link) + 1):
            if shortest * ladders <= wanted - links * link <= longest * ladders:
                return links, ladders
    return 0, 0


def problems(strap: Strap, tree: Tree) -> list[str]:
    """What is wrong with a strap for such trees."""
    found = []
    if allowance(strap) < needed(tree):
        found.append(f"gives {allowance(strap):.0f} mm, the tree grows {needed(tree):.0f} mm in girth")
    if pressure(strap, tree) > tree.bark:
        found.append(f"presses the bark with {pressure(strap, tree):.0f} Pa, {tree.bark:.0f} at most")
    if holds(strap, tree) < SAFE * tree.weight:
        found.append(f"holds {holds(strap, tree):.1f} N, {SAFE:g} times the {tree.weight:g} N of the tag are needed")
    return found
