"""Runs ngspice (Debian's package) on a deck and reads its `.measure` lines."""

import re
import subprocess
import tempfile
from pathlib import Path

SECONDS = 120.0
# Vishay SS34/SS54 at 25 °C: 0.35 V at 1 A, 0.45 V at 3 A; fitted to the curves of the data sheets.
SCHOTTKY = ".model schottky D(IS=3u N=1.05 RS=30m)"
_MEASURED = re.compile(r"^(\w+)\s*=\s*([-+0-9.eE]+)", re.MULTILINE)


class SpiceError(Exception):
    """ngspice did not run, or measured nothing of what was asked for."""


def run(title: str, lines: list[str], *wanted: str) -> dict[str, float]:
    """What the deck measures, by name. Raises SpiceError."""
    deck = "\n".join([title, *lines, ".end"]) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deck.cir"
        path.write_text(deck, encoding="utf-8")
        command = ["ngspice", "-b", str(path)]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpiceError(f"{title}: {error}") from error
    found = {name: float(value) for name, value in _MEASURED.findall(done.stdout)}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise SpiceError(f"{title}: ngspice did not measure {', '.join(missing)}\n{done.stdout}\n{done.stderr}")
    return {name: found[name] for name in wanted}
