"""KiCad's design rules on saved boards: `/usr/bin/python3 -m hardware.boards.design_rules FOLDER…`.

A process of its own: KiCad reads the rules of a project only before it has made a board itself.
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pcbnew

from hardware.boards.kicad import write_project

_FOUND = re.compile(r"^\[(\w+)\]: (.*)\n(?:.*\n)?((?:    @.*\n)*)", re.MULTILINE)
# Of a board without tracks: what is not routed. Text on silk is moved when it is routed.
UNROUTED = ("unconnected_items", "silk_overlap", "silk_over_copper", "silk_edge_clearance")


@dataclass(frozen=True)
class Violation:
    """What KiCad's rules found: its name of it, and its words."""

    rule: str
    text: str


def violations(path: Path, report: Path) -> list[Violation]:
    """What KiCad's design rules say of a saved board, without what is not routed yet."""
    board = pcbnew.LoadBoard(str(path))
    pcbnew.WriteDRCReport(board, str(report), pcbnew.EDA_UNITS_MILLIMETRES, True)
    found = [
        Violation(rule, " ".join(f"{text} {where}".split())) for rule, text, where in _FOUND.findall(report.read_text())
    ]
    write_project(path)
    return [item for item in found if item.rule not in UNROUTED]


def main(folders: list[str]) -> int:
    """1 if a rule is broken on the board of a folder; each is printed."""
    total = 0
    for folder in folders:
        path = Path(folder).resolve() / "board.kicad_pcb"
        with tempfile.TemporaryDirectory() as scratch:
            found = violations(path, Path(scratch) / "rules.txt")
        for violation in found:
            print(f"{path.parent.name}: {violation.rule}: {violation.text}")
        print(f"{path.parent.name}: {len(found)} of KiCad's design rules broken")
        total += len(found)
    return min(total, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
