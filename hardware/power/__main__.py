"""`python -m hardware.power`: tables of phases, lives, and what doubled phases cost."""

import argparse
import json
import sys

from hardware.power import report
from hardware.power.battery import Unit
from hardware.power.bin import smart_bin
from hardware.power.cells import BIN_BATTERIES
from hardware.power.tag import RADIOS, tag


def units() -> list[Unit]:
    """What is reported: tags with each radio, bins with each battery."""
    return [*(tag(radio) for radio in RADIOS), *(smart_bin(chemistry) for chemistry in BIN_BATTERIES)]


def main(arguments: list[str]) -> int:
    """Print them."""
    parser = argparse.ArgumentParser(prog="python -m hardware.power", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    found = units()
    if options.json:
        print(json.dumps([report.data(unit) for unit in found]))
    else:
        print("\n\n".join(report.text(unit) for unit in found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
