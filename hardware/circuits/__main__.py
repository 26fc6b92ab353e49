"""`.venv-hardware/bin/python -m hardware.circuits FOLDER`: rules checked, FOLDER/<unit>/netlist.net written."""

import os
import sys
import tempfile
from pathlib import Path

from hardware.circuits.units import UNITS


def main(folder: Path) -> int:
    """How many errors and warnings skidl found, at most 1 as an exit code."""
    folder = folder.resolve()
    found = 0
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # skidl leaves logs where it is
        from hardware.circuits.skidl_export import netlist, problems  # noqa: PLC0415 (it logs as it is imported)

        for name, make in UNITS.items():
            circuit = make()
            found += problems(circuit)
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "netlist.net").write_text(netlist(circuit), encoding="utf-8")
            print(f"{name}: {len(circuit.parts)} parts, {len(circuit.nets())} nets")
        os.chdir(folder)
    print(f"electrical rules: {found} errors and warnings")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
