"""What stands in a box, as plain boxes: board, parts where the placement has them, Raspberry Pi, rooms for plugs."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hardware.boards.layout import ANTENNA_OVER, Fixed
from hardware.boards.placement import Box, body
from hardware.circuits.circuit import Circuit, Placed
from hardware.circuits.units import UNITS
from hardware.enclosures.case import Case
from hardware.enclosures.fits import AERIAL_AIR, BOARD, TAILS
from hardware.enclosures.heights import FLAT, height

MADE = Path(__file__).resolve().parents[1] / "made"
MODULE_HALF, AERIAL_END = 9.0, 12.75  # of Espressif's modules: half their width, from their middle to the aerial's end
# Raspberry Pi 4, mechanical drawing: board 85 × 56 mm, 22 mm under the carrier; the header's middle 32.5 mm from its
# left and 3.5 mm from its upper edge. The network jack's middle is 45.75 mm from its lower edge, the USB sockets' 27
# and 9.
PI_LEFT, PI_TOP, PI_WIDE, PI_HIGH, PI_DOWN = 7.5, 6.5, 85.0, 56.0, 22.0
JACKS = (("network jack", 45.75, 16.0, 13.5), ("USB sockets", 27.0, 13.2, 16.0), ("USB 2 sockets", 9.0, 13.2, 16.0))
JACK_LONG, JACK_OUT, JACK_PLUG = 21.3, 3.0, 40.0
PLASTIC = ("power resistor",)  # and ceramic; plugs have little metal, but count
TALL = 5.0  # mm: metal that is higher than the module's own shield, which its maker allows for


@dataclass(frozen=True)
class Thing:
    """A box in the case's frame, from its lower left front to its upper right back corner."""

    name: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    metal: bool = False
    kind: str = ""

    def distance(self, other: "Thing") -> float:
        """Between the nearest points, in mm; 0 if they touch."""
        gaps = (max(0.0, a - d, c - b) for a, b, c, d in zip(self.low, self.high, other.low, other.high, strict=True))
        return float(sum(gap * gap for gap in gaps) ** 0.5)


def placement(unit: str) -> tuple[Circuit, dict[str, Fixed], dict[str, Box]]:
    """A unit's circuit, where its parts stand, and their courtyards by footprint: as committed."""
    circuit = UNITS[unit]()
    at: dict[str, Fixed] = {}
    sizes: dict[str, Box] = {}
    for row in csv.DictReader((MADE / unit / "placement.csv").read_text(encoding="utf-8").splitlines()):
        at[row["reference"]] = Fixed(float(row["x mm"]), float(row["y mm"]), float(row["turn"]))
        sides = (float(row[side]) for side in ("left", "top", "right", "bottom"))
        sizes[circuit[row["reference"]].type.footprint] = Box(*sides)
    return circuit, at, sizes


def board(case: Case) -> Thing:
    """The bare board."""
    top = case.board_z
    return Thing("board", (0.0, -case.layout.height, top - BOARD), (case.layout.width, 0.0, top), kind="board")


def parts(case: Case, unit: str) -> Iterator[Thing]:
    """What stands on it; what is flat as one layer."""
    circuit, at, sizes = placement(unit)
    top = case.board_z
    yield Thing("flat parts", (1.0, 1.0 - case.layout.height, top), (case.layout.width - 1.0, -1.0, top + FLAT))
    for part in circuit.parts:
        if part.type.off_board or height(part) <= FLAT:
            continue
        box = body(part, sizes).turned(at[part.ref].turn).at(at[part.ref].x, at[part.ref].y)
        upper = at[part.ref].y - AERIAL_END if part.type.kind == "module" else box.top
        low, high = (box.left, -box.bottom, top), (box.right, -upper, top + height(part))
        yield Thing(f"{part.ref} {part.type.name}", low, high, _metal(part), part.type.kind)


def aerials(case: Case, unit: str) -> Iterator[Thing]:
    """The part of each module that hangs over the board's upper edge."""
    circuit, at, _ = placement(unit)
    top = case.board_z
    for module in circuit.of("module"):
        x, end = at[module.ref].x, AERIAL_END - ANTENNA_OVER
        yield Thing(f"{module.ref} aerial", (x - MODULE_HALF, 0.0, top), (x + MODULE_HALF, end, top + 3.5))


def computer(case: Case) -> Iterator[Thing]:
    """The Raspberry Pi under the carrier, with its sockets and the plugs in them."""
    if not case.computer:
        return
    z = case.board_z - BOARD - PI_DOWN
    right, low = PI_LEFT + PI_WIDE, -PI_TOP - PI_HIGH
    yield Thing("Raspberry Pi", (PI_LEFT, low, z - BOARD - TAILS), (right, -PI_TOP, z + FLAT), True, "computer")
    for name, middle, wide, high in JACKS:
        y, start = low + middle, right + JACK_OUT - JACK_LONG
        yield Thing(name, (start, y - wide / 2, z), (right + JACK_OUT, y + wide / 2, z + high), True, "jack")
        plug = (right + JACK_OUT + JACK_PLUG, y + wide / 2, z + high)
        yield Thing(f"plug of {name}", (right + JACK_OUT, y - wide / 2, z), plug, kind="room")


def rooms(case: Case, unit: str) -> Iterator[Thing]:
    """Beside the board, for plugs and cables: as deep as the case says; and the air around aerials."""
    wide, high, deep, top = case.layout.width, case.layout.height, case.rooms, case.board_z
    low, over = top - BOARD, top + FLAT
    yield Thing("room on the left", (-deep.left, -high, low), (0.0, 0.0, over), kind="room")
    yield Thing("room on the right", (wide, -high, low), (wide + deep.right, 0.0, over), kind="room")
    yield Thing("room below", (0.0, -high - deep.bottom, low), (wide, -high, over), kind="room")
    for aerial in aerials(case, unit):
        (x, y, z), (right, end, up) = aerial.low, aerial.high
        air = (right + AERIAL_AIR, end + AERIAL_AIR, up + AERIAL_AIR)
        yield Thing("air of the aerial", (x - AERIAL_AIR, y, z), air, kind="room")


def _metal(part: Placed) -> bool:
    return part.type.kind not in PLASTIC and height(part) > TALL
