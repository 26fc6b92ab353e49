"""`python -m hardware FOLDER`: everything that is made from the circuits without skidl and KiCad."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hardware.circuits.circuit import Circuit
from hardware.circuits.units import UNITS
from hardware.labels import plate
from hardware.power.bin import smart_bin
from hardware.power.solar_plot import svg, table
from hardware.reports import bom, pins, report, wiring

ROOT = Path(__file__).resolve().parents[1]
SPARES_FOR = 100  # units


def board_file(name: str) -> dict[str, Any] | None:
    """The firmware's board file of that name; None for ""."""
    if not name:
        return None
    found: dict[str, Any] = json.loads((ROOT / "firmware" / "boards" / f"{name}.json").read_text())
    return found


def files(circuit: Circuit) -> Iterator[tuple[str, str]]:
    """(name, text) of each file of a unit."""
    board = board_file(circuit.board)
    if circuit.name == "tree_tag_lora":
        known = board_file("tree_tag")
        assert known is not None
        text = pins.lora_board_file(known)
        yield "board.json", text
        yield "radio.json", pins.lora_radio(circuit)
        board = json.loads(text)
    yield "bom.csv", bom.text(circuit)
    yield "spares.csv", bom.spares(circuit, SPARES_FOR)
    yield "pins.csv", pins.table(circuit, board)
    yield "report.md", report.text(circuit)
    yield "wiring.svg", wiring.svg(circuit)


def solar_files() -> Iterator[tuple[str, str]]:
    """The bin's year on its panel, with the battery that the charger is set for."""
    unit = smart_bin("lifepo4")
    yield "solar.svg", svg(unit)
    yield "solar.md", table(unit)


def label_files() -> Iterator[tuple[str, str]]:
    """Artwork of the plates, with made-up devices."""
    for item in plate.PLATES:
        yield f"labels/{item.name}.svg", plate.svg(item)


def main(folder: Path) -> int:
    """Write them."""
    for name, make in UNITS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file, text in files(make()):
            (folder / name / file).write_text(text, encoding="utf-8")
    (folder / "labels").mkdir(exist_ok=True)
    for file, text in (*solar_files(), *label_files()):
        (folder / file).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
