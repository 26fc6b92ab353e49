"""The boards: placed and saved again byte for byte, KiCad's design rules clean, and what is wrong is caught."""

import csv
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.boards import rules
from hardware.boards.layout import ANTENNA_OVER, LAYOUTS, Fixed, Layout
from hardware.boards.placement import Box, PlacementError, place
from hardware.circuits.units import UNITS
from tests.hardware.units import MADE, part, unit
from tests.support.micropython import ROOT

KICAD = "/usr/bin/python3"  # Debian's Python, to which its KiCad 6 belongs
ORIGIN = 40  # mm of the board's corner on the sheet (kicad.py)
FILES = ("board.kicad_pcb", "board.kicad_pro", "board.svg", "placement.csv")

WRONG_PADS = """
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from hardware.boards import kicad
from hardware.boards.layout import LAYOUTS, Fixed
from hardware.circuits.units import UNITS
circuit = UNITS["tree_tag"]()
wrong = replace(circuit["U4"].type, footprint="Package_SO:SOIC-8_3.9x4.9mm_P1.27mm")
at = defaultdict(lambda: Fixed(10.0, 10.0))
kicad.build(circuit.swapped("U4", wrong), LAYOUTS["tree_tag"], at, kicad.Library(Path(sys.argv[1])))
"""
Placement = tuple[dict[str, Fixed], dict[str, Box]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """All boards made anew: their folder, and what the command said."""
    folder = tmp_path_factory.mktemp("boards")
    command = [KICAD, "-m", "hardware.boards", str(folder)]
    return folder, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)


def placement(name: str) -> Placement:
    """Where each part stands, and the courtyards by footprint, as committed."""
    rows = csv.DictReader((MADE / name / "placement.csv").read_text(encoding="utf-8").splitlines())
    at, sizes = {}, {}
    circuit = unit(name)
    for row in rows:
        ref = row["reference"]
        at[ref] = Fixed(float(row["x mm"]), float(row["y mm"]), float(row["turn"]))
        box = Box(*(float(row[side]) for side in ("left", "top", "right", "bottom")))
        sizes[circuit[ref].type.footprint] = box
    return at, sizes


def problems(name: str, layout: Layout | None = None, **moved: Fixed) -> list[str]:
    """What the rules of placement say, with some parts elsewhere."""
    at, sizes = placement(name)
    return rules.problems(unit(name), layout or LAYOUTS[name], {**at, **moved}, sizes)


def test_kicads_design_rules_are_clean(made: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    done = made[1]
    assert done.returncode == 0, done.stdout + done.stderr
    for name in UNITS:
        assert f"{name}: 0 of KiCad's design rules broken" in done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_board_is_made_again_byte_for_byte(name: str, made: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    for file in FILES:
        again = (made[0] / name / file).read_bytes()
        assert again == (MADE / name / file).read_bytes(), f"{file}: run `make hardware` and commit"
    for own in sorted((MADE / "civicroot.pretty").iterdir()):
        assert (made[0] / "civicroot.pretty" / own.name).read_bytes() == own.read_bytes()


@pytest.mark.parametrize("name", UNITS)
def test_board_has_every_part_and_net_of_the_circuit(name: str) -> None:
    text = (MADE / name / "board.kicad_pcb").read_text(encoding="utf-8")
    circuit = unit(name)
    on_board = {placed.ref for placed in circuit.parts if not placed.type.off_board}
    screws = {f"H{number}" for number in range(1, len(LAYOUTS[name].holes) + 1)}
    assert set(re.findall(r'\(fp_text reference "([^"]+)"', text)) == on_board | screws
    assert set(re.findall(r'^\(net \d+ "([^"]+)"\)', text, re.MULTILINE)) == set(circuit.nets())
    assert problems(name) == []


def test_a_footprint_without_a_pad_for_each_pin_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [KICAD, "-c", WRONG_PADS, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert "U4 (LIS3DHTR): Package_SO:SOIC-8_3.9x4.9mm_P1.27mm has no pad 10, 11" in done.stderr


def test_a_board_cut_through_its_connectors_breaks_kicads_rules(tmp_path: Path) -> None:
    folder = tmp_path / "tree_tag"
    shutil.copytree(MADE / "tree_tag", folder)
    board = folder / "board.kicad_pcb"
    right = ORIGIN + round(LAYOUTS["tree_tag"].width)
    text = board.read_text(encoding="utf-8")
    edges = [line for line in text.splitlines() if "Edge.Cuts" in line and line.lstrip().startswith("(gr_line")]
    assert len(edges) == 4
    for line in edges:
        text = text.replace(line, line.replace(f"{right} ", f"{right - 5} "))
    board.write_text(text, encoding="utf-8")
    command = [KICAD, "-m", "hardware.boards.design_rules", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "copper_edge_clearance" in done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_an_oversize_board_is_caught(name: str) -> None:
    layout = LAYOUTS[name]
    found = problems(name, replace(layout, height=layout.most[1] + 1))
    assert any("the enclosure takes" in text for text in found)


def test_a_part_on_a_screw_and_a_connector_inside_are_caught() -> None:
    chip = part(unit("bin_node"), "LIS3DHTR").ref
    assert f"{chip} stands on the screw at 4, 4" in problems("bin_node", **{chip: Fixed(4.0, 4.0)})
    found = problems("bin_node", J9=Fixed(100.0, 60.0))
    assert "J9 (lid) stands at no edge" in found


def test_an_aerial_over_the_board_is_caught() -> None:
    at = placement("bin_node")[0]["U1"]
    assert at.y == ANTENNA_OVER
    found = problems("bin_node", U1=Fixed(at.x, at.y + 10))
    assert "U1: its aerial does not hang over the upper edge" in found


def test_two_parts_at_one_place_and_a_far_capacitor_are_caught() -> None:
    at, _ = placement("tree_tag")
    circuit = unit("tree_tag")
    capacitor = next(placed for placed in circuit.of("capacitor") if placed.near == "U1" and placed.type.value < 1e-6)
    there = at["U5"]
    found = problems("tree_tag", **{capacitor.ref: there})
    assert any("overlap" in text and capacitor.ref in text for text in found)
    far = problems("tree_tag", **{capacitor.ref: Fixed(90.0, 60.0)})
    assert any(text.startswith(f"{capacitor.ref} is ") and text.endswith("mm from U1") for text in far)


def test_a_board_that_is_too_small_has_no_place() -> None:
    _, sizes = placement("bin_node")
    tiny = replace(LAYOUTS["bin_node"], width=140.0, height=26.0, fixed={})
    with pytest.raises(PlacementError, match="has no place on"):
        place(unit("bin_node"), tiny, sizes)
