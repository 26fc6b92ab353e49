"""`make hardware` gives the committed files again, byte for byte; skidl's electrical rules find nothing."""

import csv
import math
import subprocess
from pathlib import Path

import pytest

from hardware.__main__ import files
from hardware.circuits.units import UNITS
from hardware.parts.part import QUANTITIES
from hardware.reports import bom, wiring
from tests.hardware.units import MADE, unit
from tests.support.micropython import ROOT

SKIDL = ROOT / ".venv-hardware" / "bin" / "python"
BROKEN = """
import os, sys
sys.path.insert(0, {root!r})
from hardware.circuits.skidl_export import problems
from hardware.circuits.units import UNITS
circuit = UNITS["tree_tag"]()
lonely = circuit.rewired("U4", "INT1", "ALONE")
against = circuit.rewired("U2", "VOUT", "MOTION")
print("problems", problems(lonely), problems(against))
"""


@pytest.fixture(scope="module")
def netlists(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """All netlists made anew: their folder, and what the command said."""
    folder = tmp_path_factory.mktemp("made")
    command = [SKIDL, "-m", "hardware.circuits", str(folder)]
    return folder, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_electrical_rules_are_clean(netlists: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    done = netlists[1]
    assert done.returncode == 0, done.stderr
    assert "electrical rules: 0 errors and warnings" in done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_netlist_is_made_again_byte_for_byte(
    name: str, netlists: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    made = (netlists[0] / name / "netlist.net").read_bytes()
    assert made == (MADE / name / "netlist.net").read_bytes(), "run `make hardware` and commit"
    for private in (b"/tmp", b"/home", str(ROOT).encode(), b"2026"):
        assert private not in made


def test_electrical_rules_see_a_lonely_pin_and_two_outputs(tmp_path: Path) -> None:
    done = subprocess.run(
        [SKIDL, "-c", BROKEN.format(root=str(ROOT))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    (counts,) = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("problems")]
    assert len(counts) == 2 and "0" not in counts


@pytest.mark.parametrize("name", UNITS)
def test_tables_and_pictures_are_made_again_byte_for_byte(name: str) -> None:
    made = dict(files(unit(name)))
    for file, text in made.items():
        assert (MADE / name / file).read_text(encoding="utf-8") == text, f"{file}: run `make hardware` and commit"


@pytest.mark.parametrize("name", UNITS)
def test_every_part_can_be_ordered(name: str) -> None:
    rows = list(csv.DictReader((MADE / name / "bom.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(int(row["quantity"]) for row in rows) == sum(p.type.mpn != "none" for p in unit(name).parts)
    for row in rows:
        for column in ("maker", "number", "footprint", "data sheet", "description", "RoHS", "part"):
            assert row[column], (row["references"], column)
        assert (row["single source"] == "yes") == (row["alternates"] == "")
        prices = [float(row[f"USD each at {quantity}"]) for quantity in QUANTITIES]
        assert prices == sorted(prices, reverse=True) and prices[-1] > 0


E24 = (10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91)


@pytest.mark.parametrize("name", UNITS)
def test_every_resistor_is_of_the_series_that_is_sold(name: str) -> None:
    sold = {f"{value:.2f}" for value in (number / 10 for number in E24)}
    sold |= {f"{10 ** (step / 96):.2f}" for step in range(96)}  # E96
    for placed in unit(name).of("resistor"):
        digits = placed.type.value / 10 ** math.floor(math.log10(placed.type.value))
        assert f"{digits:.2f}" in sold, f"{placed.ref}: {placed.type.name}"


def test_costs_fall_with_quantity_and_single_sources_are_few() -> None:
    for name in UNITS:
        circuit = unit(name)
        costs = [bom.cost(circuit, at, cables) for cables in (False, True) for at in range(len(QUANTITIES))]
        assert costs[:3] == sorted(costs[:3], reverse=True) and costs[3:] == sorted(costs[3:], reverse=True)
        assert len(bom.single_sources(circuit)) <= 4


@pytest.mark.parametrize("name", UNITS)
def test_wiring_picture_has_every_port_and_contact(name: str) -> None:
    circuit = unit(name)
    picture = wiring.svg(circuit)
    shown = wiring.ports(circuit)
    assert len(shown) >= 2
    for port in shown:
        assert f">{port.connector.ref}</tspan>" in picture
        for plug, pin in zip(port.connector.type.pins, port.part.type.pins, strict=True):
            assert port.connector.nets[plug.number] == port.part.nets[pin.number]
            assert f">{pin.name}</text>" in picture
    at_cables = [p for p in circuit.parts if p.type.off_board and circuit[p.near].type.kind != "header"]
    assert len(shown) == len(at_cables)
