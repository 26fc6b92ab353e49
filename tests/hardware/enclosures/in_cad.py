"""`.venv-enclosures/bin/python -m tests.hardware.enclosures.in_cad FOLDER`: each box made and checked, and broken ones.

All that needs build123d, in one process: it takes seconds to import. Answers as JSON on standard output.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import build123d as cad

from hardware.enclosures import mesh
from hardware.enclosures.__main__ import save
from hardware.enclosures.case import Case, Port
from hardware.enclosures.checks import fit, printable, seal, view, walls
from hardware.enclosures.checks.every import CHECKS
from hardware.enclosures.fits import BEVEL, GAP
from hardware.enclosures.made import Made, make
from hardware.enclosures.solids import Solid, box, rounded
from hardware.enclosures.units import CASES


def main(folder: Path) -> None:
    """Write the boxes into the folder and print what the checks say."""
    boxes = {name: make(case) for name, case in CASES.items()}
    for name, made in boxes.items():
        save(made, folder / name)
    good = {name: {check: ask(made) for check, ask in CHECKS.items()} for name, made in boxes.items()}
    broken = {name: spoil(boxes) for name, spoil in BROKEN.items()}
    read = {name: step_volumes(folder / name / "enclosure") for name in boxes}
    print(json.dumps({"good": good, "broken": broken, "read": read}))


def step_volumes(folder: Path) -> dict[str, float]:
    """What each STEP file holds, read again."""
    return {path.stem: float(cad.import_step(path).volume) for path in folder.glob("*.step")}


def thin_wall(boxes: dict[str, Made]) -> list[str]:
    """Walls of 1.2 mm."""
    return walls.problems(make(replace(boxes["tree_tag"].case, wall=1.2), only=("shell",)))


def open_mesh(boxes: dict[str, Made]) -> list[str]:
    """A triangle is missing."""
    made = boxes["gateway_box"]
    return walls.problems(replace(made, meshes={"lid": mesh.Mesh(made.meshes["lid"].corners[1:])}))


def oversize_board(boxes: dict[str, Made]) -> list[str]:
    """A millimetre more than the box takes, both ways."""
    made = boxes["bin_node"]
    wide, high = made.case.layout.most
    larger = replace(made.case.layout, width=wide + 1.0, height=high + 1.0)
    return fit.problems(replace(made, case=replace(made.case, layout=larger)))


def low_lid(boxes: dict[str, Made]) -> list[str]:
    """The cells are higher than the room over the board."""
    return fit.problems(make(replace(boxes["tree_tag"].case, above=14.0), only=("shell", "lid")))


def gland_in_pillar(boxes: dict[str, Made]) -> list[str]:
    """A gland at the corner, where the lid's screw is."""
    made = boxes["gateway_box"]
    port = Port("lost", "right", made.case.layout.height + 14.0)
    return fit.problems(replace(made, case=replace(made.case, ports=(port,))))


def filled(made: Made, more: Solid) -> list[str]:
    """The lid with something added."""
    return seal.problems(replace(made, parts={**made.parts, "lid": made.parts["lid"] + more}))


def no_groove(boxes: dict[str, Made]) -> list[str]:
    """The gasket has no place over the rim."""
    case = boxes["tree_tag"].case
    ring = rounded(case.outside, 0.0, case.corner, case.rim + 0.1, case.groove_z + 0.5)
    return filled(boxes["tree_tag"], ring - rounded(case.inside, 0.0, 1.0, case.rim, case.top))


def no_drip_edge(boxes: dict[str, Made]) -> list[str]:
    """The skirt is square below: a drop creeps to the gap."""
    case = boxes["tree_tag"].case
    low, high = case.skirt_end, case.skirt_end + BEVEL
    ring = rounded(case.outside, GAP + BEVEL + 0.1, case.corner, low, high)
    return filled(boxes["tree_tag"], ring - rounded(case.outside, GAP, case.corner, low - 1, high + 1))


def short_skirt(boxes: dict[str, Made]) -> list[str]:
    """Driven rain reaches the gasket."""
    return seal.problems(make(replace(boxes["tree_tag"].case, skirt=4.0), only=("shell", "lid")))


def narrow_window(boxes: dict[str, Made]) -> list[str]:
    """The sensor sees the window's edge."""
    case = boxes["bin_node"].case
    assert case.window is not None
    return view.problems(make(replace(case, window=replace(case.window, hole=6.0)), only=("shell",)))


def upside_down(boxes: dict[str, Made]) -> list[str]:
    """A shell on its rim: the floor hangs in the air."""
    made = boxes["bin_node"]
    turned = made.meshes["shell"].corners * (1.0, -1.0, -1.0)
    return printable.problems(replace(made, meshes={"shell": mesh.Mesh(turned)}))


def ledge(boxes: dict[str, Made]) -> list[str]:
    """A shelf around the wall that nothing carries."""
    made = boxes["tree_tag"]
    left, low, right, _ = made.case.outside
    shelf = box((left, low - 3.0, 12.0), (right, low + 1.0, 14.0))
    return printable.problems(replace(made, meshes={"shell": mesh.of(made.parts["shell"] + shelf)}))


def too_large(boxes: dict[str, Made]) -> list[str]:
    """More than a usual printer's bed."""
    case: Case = boxes["gateway_box"].case
    return printable.problems(make(replace(case, rooms=replace(case.rooms, right=90.0)), only=("lid",)))


BROKEN: dict[str, Callable[[dict[str, Made]], list[str]]] = {
    spoil.__name__: spoil
    for spoil in (
        thin_wall, open_mesh, oversize_board, low_lid, gland_in_pillar, no_groove, no_drip_edge, short_skirt,
        narrow_window, upside_down, ledge, too_large,
    )
}  # fmt: skip

if __name__ == "__main__":
    main(Path(sys.argv[1]))
