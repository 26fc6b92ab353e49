"""All that a device keeps with the power cut inside every write: of files, and of the flash below a real littlefs.

In `make test` every write under identity, counter and outbox is cut, and every n-th of longer lives, beginning at one
that the seed chooses, each in one of the ways in which a cut can end; in `make soak` every write in four ways. The seed
is in each test's name; CIVICROOT_FAULT_SEED repeats a run with it.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython, MicroPythonError

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

import power_cut  # noqa: E402
from kept import NAMES  # noqa: E402
from simulated_flash import OUTCOMES  # noqa: E402

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
SUITE_SEED = 20261127
SEED = int(os.environ.get("CIVICROOT_FAULT_SEED", int.from_bytes(os.urandom(3), "big") if SOAK else SUITE_SEED))
ROUNDS = 24
TIGHT = 2600  # bytes: about three segments, so that a life of 30 rounds thins and refuses
CUTS = st.lists(st.tuples(st.integers(0, 120), st.sampled_from(OUTCOMES)), max_size=12)


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        yield process


def test_power_cut_at_every_write_loses_and_repeats_nothing() -> None:
    assert power_cut.cut_every_write() > 50


def test_second_cut_during_recovery_loses_and_repeats_nothing() -> None:
    for write in range(8):
        for outcome in OUTCOMES:
            power_cut.cut_every_write(rounds=6, then=(write, outcome))


def test_power_cut_at_every_write_of_an_overflowing_outbox() -> None:
    assert power_cut.run([], rounds=30, limit=TIGHT).outbox.counts.thinned > 5
    assert power_cut.cut_every_write(rounds=30, limit=TIGHT) > 200


@settings(deadline=None, max_examples=fuzz_examples(150))
@given(cuts=CUTS, rounds=st.integers(1, 40), limit=st.sampled_from([TIGHT, 4000, 100_000]))
def test_any_series_of_power_cuts(cuts: list[tuple[int, str]], rounds: int, limit: int) -> None:
    power_cut.run(cuts, rounds, limit)


def test_power_cut_at_every_write_on_micropython(device: MicroPython) -> None:
    assert device.call("power_cut.cut_every_write", 8, deadline=120.0) > 50
    assert device.call("power_cut.cut_every_write", 24, TIGHT, deadline=120.0) > 100


def test_power_cut_at_every_write_leaves_everything_kept_as_it_was_before_or_after() -> None:
    assert power_cut.cut_every_write(3 * len(NAMES), names=NAMES[:]) > 20 * len(NAMES)


def test_cut_that_never_uses_a_number_never_needs_a_skip_over_one_block() -> None:
    world = power_cut.World()
    for _ in range(100):
        world.boot()
        world.counter.peek()
    power_cut.live(world, 3)
    power_cut.check(world)
    assert max(world.received) < 10


# --- below the file system: a real littlefs on a flash whose writes are torn and reordered


@pytest.fixture(scope="module")
def littlefs() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE], heap="64m") as process:
        yield process


def cut_littlefs(device: MicroPython, *arguments: int) -> tuple[int, int, int]:
    """(cases, writes of the life, records thinned in it); arguments as littlefs_cut.cut_writes has them."""
    cases, writes, thinned = device.call("littlefs_cut.cut_writes", *arguments, deadline=3600.0)
    return cases, writes, thinned


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_every_write_of_littlefs_loses_and_repeats_nothing(littlefs: MicroPython, seed: int) -> None:
    ways = 4 if SOAK else 1
    cases, writes, _ = littlefs.call("littlefs_cut.cut_writes", seed, ROUNDS, 100_000, 1, ways, 0, (), deadline=3600.0)
    assert writes > 150
    assert cases == writes * ways


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_the_writes_of_littlefs_leaves_everything_kept(littlefs: MicroPython, seed: int) -> None:
    cases, writes, _ = cut_littlefs(littlefs, seed, ROUNDS, 100_000, 1 if SOAK else 5, 4 if SOAK else 1)
    assert writes > 250
    assert cases == writes * 4 if SOAK else cases > 50


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_the_writes_of_littlefs_under_an_overflowing_outbox(littlefs: MicroPython, seed: int) -> None:
    cases, writes, thinned = cut_littlefs(littlefs, seed, 60, 6000, 1 if SOAK else 41, 4 if SOAK else 1)
    assert thinned > 10 and writes > 800
    assert cases == writes * 4 if SOAK else cases > 20


@pytest.mark.parametrize("seed", [SEED])
def test_power_cut_at_the_writes_of_littlefs_with_segments_of_the_real_size(littlefs: MicroPython, seed: int) -> None:
    every, ways = (3, 4) if SOAK else (151, 1)
    arguments = (seed, 160, 4 * 4096, every, ways, 0, (), 4096)
    cases, writes, thinned = littlefs.call("littlefs_cut.cut_writes", *arguments, deadline=3600.0)
    assert thinned > 10 and writes > 3000
    assert cases > 20


@pytest.mark.parametrize("seed", [SEED])
def test_further_power_cuts_in_the_lives_after_the_first(littlefs: MicroPython, seed: int) -> None:
    cases, _, _ = cut_littlefs(littlefs, seed, ROUNDS, 100_000, 1 if SOAK else 17, 4 if SOAK else 1, 3)
    assert cases > 15


def test_flash_that_says_synced_and_is_not_would_be_noticed(littlefs: MicroPython) -> None:
    with pytest.raises(MicroPythonError) as failed:
        littlefs.call("littlefs_cut.cut_a_lying_flash", SEED, deadline=300.0)
    assert failed.value.name in ("AssertionError", "OSError")
