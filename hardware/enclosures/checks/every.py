"""All checks of a box by their names."""

from collections.abc import Callable

from hardware.enclosures.checks import aerial, fit, printable, seal, strap, view, walls
from hardware.enclosures.made import Made

CHECKS: dict[str, Callable[[Made], list[str]]] = {
    "walls": walls.problems,
    "fit": fit.problems,
    "seal": seal.problems,
    "view": view.problems,
    "printable": printable.problems,
    "strap": strap.problems,
    "aerial": lambda made: aerial.problems(made.case),
}
