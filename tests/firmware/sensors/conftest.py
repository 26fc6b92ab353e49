"""A MicroPython that finds the replay buses."""

from collections.abc import Iterator

import pytest

from tests.firmware.sensors.replay_bus import DEVICE_SIDE
from tests.support.micropython import MicroPython


@pytest.fixture(scope="package")
def replaying() -> Iterator[MicroPython]:
    """One process for all tests of this package."""
    with MicroPython([DEVICE_SIDE]) as device:
        yield device
