"""STEP and STL of a part, and what two makings are compared by: volume, bounds, and the header of the STEP file."""

import json
import re
from pathlib import Path
from typing import Any

import build123d as cad

from hardware.enclosures.made import Made
from hardware.enclosures.mesh import ANGLE, CHORD
from hardware.enclosures.solids import Solid

EPOCH = "2000-01-01T00:00:00"  # in the STEP header: the same file each time
_HEADER = re.compile(r"HEADER;.*?ENDSEC;", re.DOTALL)


def write(made: Made, folder: Path) -> dict[str, Any]:
    """The files of a box into `folder`; its parts' measures."""
    measures = {}
    for name, solid in made.printed.items():
        cad.export_stl(solid, folder / f"{name}.stl", CHORD, ANGLE)
        cad.export_step(solid, folder / f"{name}.step", timestamp=EPOCH)
        measures[name] = {**measure(solid), "header": header(folder / f"{name}.step")}
    (folder / "measures.json").write_text(json.dumps(measures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return measures


def measure(solid: Solid) -> dict[str, Any]:
    """Volume in mm³ and bounds in mm, rounded to what no printer sees."""
    box = solid.bounding_box()
    low, high = box.min, box.max
    bounds = [round(float(value), 2) + 0.0 for value in (low.X, low.Y, low.Z, high.X, high.Y, high.Z)]
    return {"volume": round(float(solid.volume), 0), "bounds": bounds}


def header(path: Path) -> str:
    """A STEP file's header on one line, with no more spaces than it needs."""
    found = _HEADER.search(path.read_text(encoding="utf-8"))
    return " ".join(found[0].split()) if found else ""
