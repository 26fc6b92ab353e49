"""Time across sleep with an oscillator that is wrong, and how it is corrected."""

import pytest
from civicroot_device.clock import Monotonic
from civicroot_device.tag.retained import Retained
from civicroot_device.tag.sleep_clock import LEARN_MS, MILLION, SleepClock, TagClock
from civicroot_wire import record
from tag_world import HOUR_MS, Memory, World

NOW = 1_800_000_000


def clock() -> SleepClock:
    return SleepClock(Retained(Memory(), b"device-1", b"gateway1"))


@pytest.mark.parametrize("ppm", [-50_000, -8_000, 0, 300, 8_000, 50_000])
def test_it_is_never_early_and_soon_late_by_little_more_than_its_margin(ppm: int) -> None:
    found = clock()
    own_ms = true_ms = 0
    found.tell(NOW, 0)
    for hour in range(50):
        true_ms += HOUR_MS
        own_ms += HOUR_MS + HOUR_MS * ppm // MILLION
        late = NOW + true_ms // 1000 - (found.now(own_ms) or 0)
        assert late >= -1 if hour else late >= -10  # a first hour at 5 % too fast is at the edge of the margin
        assert late <= (15 if hour > 5 else 360)
        found.tell(NOW + true_ms // 1000, own_ms)


def test_days_without_an_answer_cost_four_minutes_a_day() -> None:
    found = clock()
    found.tell(NOW, 0)
    found.tell(NOW + 3600, HOUR_MS)
    late = NOW + 3600 + 7 * 86_400 - (found.now(HOUR_MS + 7 * 24 * HOUR_MS) or 0)
    assert 0 <= late <= 7 * 270


def test_what_was_told_too_soon_after_or_cannot_be_teaches_nothing() -> None:
    found = clock()
    assert found.now(5) is None
    found.tell(NOW, 0)
    found.tell(NOW + 1, LEARN_MS - 1)
    found.tell(NOW + 90_000, 2 * LEARN_MS)
    assert found.now(2 * LEARN_MS) == NOW + 90_000
    assert found.now(2 * LEARN_MS - 1) is None  # the tag's own clock went back: it says nothing
    assert found.now(2 * LEARN_MS + HOUR_MS) == NOW + 90_000 + 3600 - 180


def test_the_tags_milliseconds_go_on_through_sleep_and_do_not_jump_while_awake() -> None:
    wall = [10**12]
    ticks = [5]
    found = TagClock(lambda: wall[0], Monotonic(lambda: ticks[0], lambda new, old: new - old))
    assert found.ms() == 10**12
    wall[0] += 10**9
    ticks[0] += 30
    assert found.ms() == 10**12 + 30


def test_records_of_a_tag_with_a_bad_oscillator_have_times_that_grow_and_are_never_early() -> None:
    for drift in (-30_000, 30_000):
        world = World(seed=2)
        world.drift_ppm = drift
        made: dict[int, int] = {}
        for _ in range(60):
            begun = world.unix
            world.hour(1)
            made.update(dict.fromkeys(world.cycle.made, begun))
            if len(made) == 30:
                world.gateway_is_there = False
            world.gateway_is_there = not 30 <= len(made) < 40
        times = [record.decode(world.gateway.records[seq]).pack.base_time for seq in sorted(made)]
        assert times[0] is None
        told = [time for time in times if time is not None]
        assert told == sorted(told) and len(told) == 59
        late = [made[seq] - time for seq, time in zip(sorted(made), times, strict=True) if time is not None]
        assert min(late) >= -1 and max(late[1:]) <= 360
