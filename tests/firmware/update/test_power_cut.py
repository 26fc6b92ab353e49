"""The power cut at every write of updates: of files, and of the flash below a real littlefs (update_cut.py).

In `make test` every write of files is cut in four ways, and every n-th of littlefs, beginning at one that the seed
chooses, in one; in `make soak` every one in four. CIVICROOT_FAULT_SEED repeats a run with the seed in a test's name.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import ROOT, MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

import update_cut  # noqa: E402
from simulated_flash import OUTCOMES  # noqa: E402

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
SUITE_SEED = 20261127
SEED = int(os.environ.get("CIVICROOT_FAULT_SEED", int.from_bytes(os.urandom(3), "big") if SOAK else SUITE_SEED))
CUTS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(OUTCOMES)), max_size=10)


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE, ROOT / "firmware"], heap="64m") as process:
        yield process


def test_power_cut_at_every_write_leaves_a_device_that_boots_and_ends_on_the_release_that_works() -> None:
    writes, cases = update_cut.cut_every_write()
    assert writes > 45
    assert cases == 4 * writes


@settings(deadline=None, max_examples=fuzz_examples(100))
@given(cuts=CUTS)
def test_any_series_of_power_cuts(cuts: list[tuple[int, str]]) -> None:
    update_cut.run(cuts)


def test_power_cuts_on_micropython(device: MicroPython) -> None:
    assert device.call("update_cut.any_cuts", SEED, 1000 if SOAK else 40, deadline=600.0) > 1000


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_the_writes_of_littlefs(device: MicroPython, seed: int) -> None:
    writes, cases = device.call("update_cut.cut_littlefs", seed, 1 if SOAK else 9, 4 if SOAK else 1, deadline=3600.0)
    assert writes > 300
    assert cases == 4 * writes if SOAK else cases > 30


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_the_writes_of_littlefs_beside_everything_else_that_a_device_keeps(
    device: MicroPython, seed: int
) -> None:
    """An update and the outbox share blocks, syncs and the room that a cut leaves (kept.py)."""
    every, ways = (1, 4) if SOAK else (37, 1)
    names = ["refusals", "boots", "openings", "update"]
    cases, writes, _ = device.call("littlefs_cut.cut_writes", seed, 16, 100_000, every, ways, 0, names, deadline=3600.0)
    assert writes > 250
    assert cases > 5
