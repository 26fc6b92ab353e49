"""How long the flash lasts: erases of the most worn block, counted below a real littlefs on the smallest partition."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
CYCLES = 100_000  # erases of a block that makers of SPI NOR flash promise at least (Micron M25P40, Features)


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE], heap="64m") as process:
        yield process


@pytest.mark.parametrize(
    ("life", "days", "years"),
    [
        ("bin", 30 if SOAK else 3, 15),  # a report every five minutes and 50 deposits a day, all acknowledged
        ("tag", 100 if SOAK else 8, 50),  # a report every hour, a start before each
        *([("full", 7, 5)] if SOAK else []),  # the bin, but its outbox is full and thinned all the time
    ],
)
def test_flash_outlasts_the_device(device: MicroPython, life: str, days: int, years: int) -> None:
    erases, worst, worn, pages, blocks = device.call("full_flash.wear", life, days, deadline=1200.0)
    found = CYCLES / (worst / days) / 365
    print(f"{life}: {erases:.0f} erases a day over {worn} of {blocks} blocks, the worst {worst} in {days} days:")
    print(f"{found:.0f} years; {pages:.0f} programs a day")
    assert found > years
