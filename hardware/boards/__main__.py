"""`/usr/bin/python3 -m hardware.boards FOLDER`: KiCad's file, placement, picture of each board; rules checked."""

import csv
import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from hardware.boards import kicad, picture, rules
from hardware.boards.layout import LAYOUTS, Fixed
from hardware.boards.placement import Box, place
from hardware.circuits.circuit import Circuit
from hardware.circuits.units import UNITS

HEADER = ("reference", "x mm", "y mm", "turn", "left", "top", "right", "bottom")


def main(folder: Path, only: str = "") -> int:
    """1 if any rule is broken."""
    folder = folder.resolve()
    library = kicad.Library(folder / "civicroot.pretty")
    made = [name for name in UNITS if only in ("", name)]
    found = [_unit(name, folder / name, library) for name in made]
    command = [sys.executable, "-m", "hardware.boards.design_rules", *(str(folder / name) for name in made)]
    broken = subprocess.run(command, check=False).returncode
    return int(any(found) or broken)


def placement_text(circuit: Circuit, at: Mapping[str, Fixed], sizes: Mapping[str, Box]) -> str:
    """CSV: middle and courtyard of each part; what a soldering robot asks for, and the tests."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for part in circuit.parts:
        if not part.type.off_board:
            here, box = at[part.ref], sizes[part.type.footprint]
            writer.writerow((part.ref, here.x, here.y, here.turn, box.left, box.top, box.right, box.bottom))
    return out.getvalue()


def _unit(name: str, folder: Path, library: kicad.Library) -> int:
    circuit, layout = UNITS[name](), LAYOUTS[name]
    sizes = {
        part.type.footprint: library.size(part.type.footprint) for part in circuit.parts if not part.type.off_board
    }
    at = place(circuit, layout, sizes)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "placement.csv").write_text(placement_text(circuit, at, sizes), encoding="utf-8")
    (folder / "board.svg").write_text(picture.svg(circuit, layout, at, sizes), encoding="utf-8")
    kicad.save(kicad.build(circuit, layout, at, library), name, folder / "board.kicad_pcb")
    broken = rules.problems(circuit, layout, at, sizes)
    for problem in broken:
        print(f"{name}: {problem}")
    print(f"{name}: {layout.width:g} × {layout.height:g} mm, {len(at)} parts, {len(broken)} rules of placement broken")
    return len(broken)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
