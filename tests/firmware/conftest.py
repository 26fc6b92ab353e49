"""Lets CPython import the pure parts of the firmware, which is not a distribution of its own."""

import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
# The root of a board's flash, with starter.py, and the application.
sys.path[:0] = [str(FIRMWARE / "lib"), str(FIRMWARE)]
