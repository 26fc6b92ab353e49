"""What an exploded picture shows, from below to above."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import build123d as cad

from hardware.enclosures import gland
from hardware.enclosures.case import Case
from hardware.enclosures.contents import Thing, board, computer, parts
from hardware.enclosures.fits import GAP, GASKET, PRESSED
from hardware.enclosures.made import Made
from hardware.enclosures.picture import Layer, section
from hardware.enclosures.solids import Solid, rounded, solid_of

BETWEEN = {"board": 60.0, "gasket": 75.0, "lid": 22.0, "Raspberry Pi": 55.0, "shell": 18.0, "two saddles": 18.0}
WITH = ("behind", "glands", "parts")  # stand where they belong on the group before
NEAR_SIDES = ("right", "bottom")  # of a box, as the pictures show it


@dataclass(frozen=True)
class Group:
    """Solids that are moved and painted together."""

    name: str
    paint: str
    solids: list[Solid]
    label: str = ""


def layers(made: Made) -> list[Layer]:
    """Of a box with its first unit's board."""
    groups = [*_below(made), *_inside(made.case), *_above(made)]
    return [Layer(group.label, group.paint, solids) for group, solids in _apart(groups)]


def _below(made: Made) -> Iterator[Group]:
    case = made.case
    if "strap" in made.parts:
        yield Group("strap", "#ffcc80", _straps(made), "strap: link and ladder piece")
        yield Group("two saddles", "#bcaaa4", _saddles(made), "two saddles, taped on")
    far = [gland.outside(case, port) for port in case.ports if port.side not in NEAR_SIDES]
    near = [gland.outside(case, port) for port in case.ports if port.side in NEAR_SIDES]
    threads = ", ".join(sorted({port.gland.thread for port in case.ports}))
    if far:
        yield Group("behind", "#78909c", far)
    yield Group("shell", "#cfd8dc", [made.parts["shell"]], "shell")
    if near:
        yield Group("glands", "#78909c", near, f"glands {threads}")


def _inside(case: Case) -> Iterator[Group]:
    if case.computer:
        found = [thing for thing in computer(case) if thing.kind != "room"]
        yield Group("Raspberry Pi", "#81c784", _solids(found), "Raspberry Pi under the board")
    yield Group("board", "#66bb6a", _solids([board(case)]), "board, on its bosses")
    on_it = [thing for thing in parts(case, case.units[0]) if thing.name != "flat parts"]
    yield Group("parts", "#e8e4d0", _solids(sorted(on_it, key=lambda thing: thing.low[0] - 1.5 * thing.high[1])))


def _above(made: Made) -> Iterator[Group]:
    yield Group("gasket", "#ef9a9a", [_gasket(made.case)], "gasket, 3 mm cord")
    yield Group("lid", "#b0bec5", [made.parts["lid"]], "lid with drip edge")


def rim(made: Made) -> str:
    """The section of the rim on the right: groove, gasket, drip edge."""
    case = made.case
    _, low, right, high = case.outside
    pressed = [Layer("lid", "#b0bec5", [made.parts["lid"]]), Layer("shell", "#cfd8dc", [made.parts["shell"]])]
    cord = Layer("gasket", "#ef9a9a", [_gasket(case, PRESSED)])
    window = (right - 14.0, case.touch - 6.0, right + 5.0, case.top + 1.0)
    return section(f"{case.title}: rim, seal and drip edge", [cord, *pressed], (low + high) / 2, window)


def _solids(things: Iterable[Thing]) -> list[Solid]:
    return [solid_of(thing) for thing in things]


def _gasket(case: Case, thick: float = GASKET) -> Solid:
    low, high = case.rim, case.rim + thick
    ring = rounded(case.outside, -GAP, case.corner, low, high)
    return ring - rounded(case.outside, GAP - case.wall, case.corner, low - 1, high + 1)


def _straps(made: Made) -> list[Solid]:
    """A link and a ladder piece, straight under the box, along the ears' direction."""
    at = next(ear.at for ear in made.case.ears if ear.strap)
    _, low, _, high = made.case.outside
    found = []
    for x, name in ((at - 20, "strap"), (at + 20, "ladder")):
        middle = made.parts[name].bounding_box().center().X
        along = cad.Pos(x, (low + high) / 2, 0) * cad.Rot(0, 0, 90)
        found.append(along * cad.Pos(-middle, 0, 0) * made.parts[name])
    return found


def _saddles(made: Made) -> list[Solid]:
    left, low, right, high = made.case.outside
    turned = cad.Rot(0, 0, 90) * cad.Rot(180, 0, 0) * made.parts["saddle"]
    return [cad.Pos(x, (low + high) / 2, 0) * turned for x in (left + 30, right - 30)]


def _apart(groups: Iterable[Group]) -> Iterator[tuple[Group, list[Solid]]]:
    """Each group raised clear of the one below."""
    floor = raised = 0.0
    for group in groups:
        whole = cad.Compound(children=list(group.solids)).bounding_box()
        if group.name == "behind":
            raised = floor + BETWEEN["shell"]  # the shell's own height is counted from the bed
        elif group.name == "shell" or group.name not in WITH:
            raised = floor + BETWEEN.get(group.name, 0.0) - whole.min.Z
            floor = raised + whole.max.Z
        yield group, [cad.Pos(0, 0, raised) * solid for solid in group.solids]
