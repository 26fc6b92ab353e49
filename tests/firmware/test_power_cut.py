"""Identity, counter and outbox with the power cut inside every write, on CPython and in real MicroPython."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

import power_cut  # noqa: E402
from simulated_flash import OUTCOMES  # noqa: E402

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


def test_cut_that_never_uses_a_number_never_needs_a_skip_over_one_block() -> None:
    world = power_cut.World()
    for _ in range(100):
        world.boot()
        world.counter.peek()
    power_cut.live(world, 3)
    power_cut.check(world)
    assert max(world.received) < 10
