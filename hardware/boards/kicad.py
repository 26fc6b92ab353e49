"""The only place that knows KiCad: footprints' sizes, the board file, the design rules. Runs in Debian's own Python.

KiCad 6 has no command line; its Python module runs the same rules.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pcbnew

from hardware.boards.layout import Fixed, Layout
from hardware.boards.own_footprints import FILES
from hardware.boards.placement import Box
from hardware.boards.stable import stable
from hardware.circuits.circuit import Circuit

DEBIAN = Path("/usr/share/kicad/footprints")
ORIGIN = 40.0  # mm from the sheet's corner to the board's
NANOMETRES = 1_000_000
# What makers of boards offer without a surcharge. The modules' land patterns have drills of 0.2 mm.
CLEARANCE, SMALLEST_DRILL, TRACK, VIA = 0.15, 0.2, 0.2, 0.6  # mm
PROJECT = {
    "board": {
        "design_settings": {
            "rules": {
                "min_clearance": CLEARANCE,
                "min_through_hole_diameter": SMALLEST_DRILL,
                "min_track_width": CLEARANCE,
                "min_copper_edge_clearance": 0.3,
            }
        }
    },
    "meta": {"filename": "board.kicad_pro", "version": 1},
    "net_settings": {
        "classes": [
            {"name": "Default", "clearance": CLEARANCE, "track_width": TRACK, "via_diameter": VIA, "via_drill": 0.3}
        ],
        "meta": {"version": 2},
    },
}


class OtherKiCad(Exception):
    """Another KiCad would write other bytes, and has other names in its module."""


class Library:
    """Debian's footprints and our own."""

    def __init__(self, own: Path) -> None:
        if not pcbnew.GetBuildVersion().startswith("6."):
            raise OtherKiCad(f"KiCad 6 is needed (Debian 12 has it), this is {pcbnew.GetBuildVersion()}")
        self._own = own
        own.mkdir(parents=True, exist_ok=True)
        for name, text in FILES.items():
            (own / f"{name}.kicad_mod").write_text(text, encoding="utf-8")

    def load(self, footprint: str) -> pcbnew.FOOTPRINT:
        """A fresh one. LookupError if there is none."""
        library, name = footprint.split(":")
        folder = self._own if library == "civicroot" else DEBIAN / f"{library}.pretty"
        found = pcbnew.FootprintLoad(str(folder), name)
        if found is None:
            raise LookupError(f"no footprint {footprint}")
        return found

    def size(self, footprint: str) -> Box:
        """Its courtyard."""
        items = [item for item in self.load(footprint).GraphicalItems() if item.GetLayer() == pcbnew.F_CrtYd]
        boxes = [item.GetBoundingBox() for item in items]
        return Box(
            min(_mm(box.GetX()) for box in boxes),
            min(_mm(box.GetY()) for box in boxes),
            max(_mm(box.GetRight()) for box in boxes),
            max(_mm(box.GetBottom()) for box in boxes),
        )


def build(circuit: Circuit, layout: Layout, at: Mapping[str, Fixed], library: Library) -> pcbnew.BOARD:
    """The board with outline, holes, parts and nets. LookupError for a pin without a pad."""
    board = pcbnew.CreateEmptyBoard()
    _outline(board, layout)
    nets: dict[str, pcbnew.NETINFO_ITEM] = {}
    for name in circuit.nets():
        nets[name] = pcbnew.NETINFO_ITEM(board, name)
        board.Add(nets[name])
    for part in circuit.parts:
        if part.type.off_board:
            continue
        footprint = library.load(part.type.footprint)
        missing = {pin.number for pin in part.type.pins} - {pad.GetNumber() for pad in footprint.Pads()}
        if missing:
            raise LookupError(
                f"{part.ref} ({part.type.name}): {part.type.footprint} has no pad {', '.join(sorted(missing))}"
            )
        footprint.SetReference(part.ref)
        footprint.SetValue(part.type.name)
        board.Add(footprint)
        footprint.SetPosition(_point(at[part.ref].x, at[part.ref].y))
        footprint.SetOrientationDegrees(at[part.ref].turn)
        for pad in footprint.Pads():
            if pad.GetNumber() in part.nets:
                pad.SetNet(nets[part.nets[pad.GetNumber()]])
    for number, hole in enumerate(layout.holes, 1):
        screw = library.load(f"MountingHole:MountingHole_{'3.2mm_M3' if hole.diameter > 3 else '2.7mm_M2.5'}")
        screw.SetReference(f"H{number}")
        board.Add(screw)
        screw.SetPosition(_point(hole.x, hole.y))
    return board


def save(board: pcbnew.BOARD, name: str, path: Path) -> None:
    """The board's file, the same bytes for the same board."""
    pcbnew.SaveBoard(str(path), board)
    path.write_text(stable(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    write_project(path)


def write_project(path: Path) -> None:
    """KiCad's project beside a board, with the rules; KiCad itself rewrites it, and adds a file of its windows."""
    path.with_suffix(".kicad_pro").write_text(json.dumps(PROJECT, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".kicad_prl").unlink(missing_ok=True)


def _outline(board: pcbnew.BOARD, layout: Layout) -> None:
    corners = [(0.0, 0.0), (layout.width, 0.0), (layout.width, layout.height), (0.0, layout.height)]
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        line = pcbnew.PCB_SHAPE(board)
        line.SetShape(pcbnew.SHAPE_T_SEGMENT)
        line.SetLayer(pcbnew.Edge_Cuts)
        line.SetWidth(round(0.1 * NANOMETRES))
        line.SetStart(_point(x0, y0))
        line.SetEnd(_point(x1, y1))
        board.Add(line)


def _point(x: float, y: float) -> pcbnew.wxPoint:
    return pcbnew.wxPoint(round((x + ORIGIN) * NANOMETRES), round((y + ORIGIN) * NANOMETRES))


def _mm(value: int) -> float:
    return round(value / NANOMETRES, 3)
