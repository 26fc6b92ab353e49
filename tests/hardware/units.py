"""The units with their board files, for the tests."""

import copy
import json
import sys
from typing import Any

from hardware.__main__ import board_file
from hardware.circuits.circuit import Circuit, Placed
from hardware.circuits.units import UNITS
from tests.support.micropython import ROOT

sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device.wiring import Wiring
from civicroot_device.wiring_lines import PINS

__all__ = ["MADE", "PINS", "Wiring", "board", "board_or_none", "moved", "part", "unit"]
MADE = ROOT / "hardware" / "made"
Board = dict[str, Any]


def unit(name: str) -> Circuit:
    """A circuit of its own."""
    return UNITS[name]()


def board(name: str) -> Board:
    """The board file of a unit: the firmware's, or the one that is made for it."""
    found = board_file(unit(name).board)
    return found if found is not None else json.loads((MADE / name / "board.json").read_text())


def board_or_none(name: str) -> Board | None:
    """Likewise; the gateway's bridge has none."""
    return None if name == "gateway_box" else board(name)


def moved(fields: Board, line: str, pin: str, number: int) -> Board:
    """A copy of a board file with a line's pin elsewhere."""
    changed = copy.deepcopy(fields)
    changed["lines"][line][pin] = number
    return changed


def part(circuit: Circuit, name: str) -> Placed:
    """The one part of that type."""
    (found,) = [placed for placed in circuit.parts if placed.type.name == name]
    return found
