"""Lets CPython import the pure parts of the firmware, which is not a distribution of its own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "firmware" / "lib"))
