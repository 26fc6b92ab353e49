"""A tag for a month on bad air: what arrives, and what it costs."""

import random
from statistics import mean

import pytest
from civicroot_device.tag import timing
from civicroot_wire import lora
from tag_world import World

HOURS = 720


@pytest.mark.parametrize(("seed", "loss"), [(1, 0.0), (2, 0.1), (3, 0.3), (4, 0.5)])
def test_every_record_arrives_once_on_air_that_loses_frames_both_ways(seed: int, loss: float) -> None:
    world = World(seed)
    chance = random.Random(seed)
    world.lost = lambda up: chance.random() < loss
    frames = []
    for _ in range(HOURS):
        world.hour()
        frames.append(len(world.sent))
    world.lost = lambda up: False
    world.hour(20)
    assert world.waiting() == [] and world.outbox.counts.thinned == 0
    records = world.gateway.records
    assert set(range(max(records) + 1)) == set(records) and len(records) >= HOURS
    assert mean(frames) <= {0.0: 1.01, 0.1: 1.3, 0.3: 2.0, 0.5: 3.5}[loss]
    assert max(frames) <= world.timing.frames
    lag = world.lag()
    assert lag is not None and 0 <= lag <= 15


def test_a_month_wears_the_flash_by_little_more_than_a_write_a_record() -> None:
    world = World()
    world.hour(24)
    begun, made = world.flash.writes, len(world.gateway.records)
    world.hour(HOURS)
    made = len(world.gateway.records) - made
    assert made == HOURS
    assert (
        world.flash.writes - begun <= 2.2 * made
    )  # the start's sync, the record; rarely a segment, a block, a counter
    assert len(world.flash.files) < 8 and sum(map(len, world.flash.files.values())) < 12_000


def test_an_hour_at_sf9_uses_a_fortieth_of_the_share_of_eu868_and_at_worst_a_fifth() -> None:
    """One record of 176 bytes an hour is 0.9 s; 1 % of an hour is 36 s."""
    found = timing.of_lora(9)
    worst = found.frames * lora.airtime_us(lora.MAX_LORA_BYTES, 9) / 1e6
    assert lora.airtime_us(176, 9) / 1e6 < 0.026 * 36 and worst < 36 / 5
