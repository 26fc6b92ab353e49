"""A MicroPython that finds the claim world."""

from collections.abc import Iterator

import pytest

from tests.firmware.claim.world import DEVICE_SIDE
from tests.support.micropython import MicroPython


@pytest.fixture(scope="package")
def device() -> Iterator[MicroPython]:
    """One process for all tests of this package."""
    with MicroPython([DEVICE_SIDE]) as process:
        yield process
