"""A tag's whole life with the power cut inside every write, on CPython and in real MicroPython."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tag_cut
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_flash import OUTCOMES, PowerCut
from tag_world import World

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).resolve().parents[1] / "device_side"


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        yield process


@pytest.mark.parametrize("rtc_lost", [False, True])
def test_power_cut_at_every_write_reuses_no_number_loses_no_record_and_believes_no_old_time(rtc_lost: bool) -> None:
    assert tag_cut.cut_every_write(rtc_lost) > 60


@settings(deadline=None, max_examples=fuzz_examples(40))
@given(
    cuts=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(OUTCOMES), st.booleans()), max_size=8),
    wakes=st.integers(1, 12),
)
def test_any_series_of_power_cuts(cuts: list[tuple[int, str, bool]], wakes: int) -> None:
    world = tag_cut.CutWorld()
    for write, outcome, rtc_lost in cuts:
        world.flash.plan(write, outcome)
        try:
            tag_cut.live(world, wakes)
        except PowerCut:
            if rtc_lost:
                world.lose_power()
    world.flash.plan(None, None)
    tag_cut.live(world, wakes)
    world.gateway_is_there = True
    for _ in range(30):
        world.hour()
    tag_cut.check(world)


def test_power_cut_at_every_write_on_micropython(device: MicroPython) -> None:
    assert device.call("tag_cut.cut_every_write", True, 3, deadline=120.0) > 20


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_reset_without_loss_of_power_right_after_a_frame_makes_it_no_first_one_again(outcome: str) -> None:
    """The watchdog bites while the answer is awaited; the old answer comes an hour later."""
    world = World()
    world.hour(2)

    def bites(timeout_ms: int) -> bytes:
        raise PowerCut(outcome)

    honest, world.receive = world.receive, bites
    with pytest.raises(PowerCut):
        world.hour(1)
    world.receive = honest
    held_back = [frame for at, frame in world.heard]
    world.true_ms += 3_600_000
    world.gateway_is_there = False
    world.inject = held_back
    before = world.kept.told
    world.wake()
    assert world.kept.told == before and world.counts["late-answer"] > 0


def test_a_number_block_goes_on_over_sleep_and_is_given_up_after_a_loss_of_power() -> None:
    world = World()
    reserved = []
    for _ in range(70):
        world.hour(1)
        reserved.append(world.identity.reserved)
    assert sorted(world.gateway.records) == list(range(70)) and reserved == [64] * 64 + [128] * 6
    world.lose_power()
    world.hour(1)
    assert max(world.gateway.records) == 128 and world.gateway.skipped == set(range(70, 128))
    stale = world.memory.data
    world.hour(2)
    assert max(world.gateway.records) == 130
    world.memory.data = stale
    world.hour(1)
    assert max(world.gateway.records) == 192  # it disagrees with the outbox, so it is not believed
