"""The claim world of device_side, for tests on CPython."""

import sys
from pathlib import Path

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

import claim_life  # noqa: E402
import claim_world  # noqa: E402
from claim_world import CARD, HOST, KID, NOW, REALM, World  # noqa: E402
from simulated_flash import OUTCOMES, SimulatedFlash  # noqa: E402

__all__ = [
    "CARD",
    "DEVICE_SIDE",
    "HOST",
    "KID",
    "NOW",
    "OUTCOMES",
    "REALM",
    "SimulatedFlash",
    "World",
    "claim_life",
    "claim_world",
]
