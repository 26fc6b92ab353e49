"""All checks of a unit, by name."""

from collections.abc import Callable, Mapping
from typing import Any

from hardware.checks import (
    analog,
    arresters,
    charger,
    firmware_pins,
    i2c,
    leakage,
    levels,
    module_guide,
    rails,
    regulators,
    wake,
)
from hardware.circuits.circuit import Circuit

Board = Mapping[str, Any]
ALWAYS: dict[str, Callable[[Circuit], list[str]]] = {
    "arresters": arresters.problems,
    "charger": charger.problems,
    "i2c": i2c.problems,
    "levels": levels.problems,
    "module guide": module_guide.problems,
    "rails": rails.problems,
    "regulators": regulators.problems,
}
WITH_BOARD: dict[str, Callable[[Circuit, Board], list[str]]] = {
    "analog": analog.problems,
    "firmware pins": firmware_pins.problems,
    "i2c with the firmware": i2c.problems,
}
ASLEEP: dict[str, Callable[[Circuit], list[str]]] = {"leakage": leakage.problems, "wake": wake.problems}


def problems(circuit: Circuit, board: Board | None) -> dict[str, list[str]]:
    """Check -> what is wrong; every check that ran is there."""
    found = {name: check(circuit) for name, check in ALWAYS.items()}
    if board is not None:
        found |= {name: check(circuit, board) for name, check in WITH_BOARD.items()}
        if board["kind"] == "tree":
            found |= {name: check(circuit) for name, check in ASLEEP.items()}
    return found
