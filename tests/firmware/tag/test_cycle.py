"""One wake after the other: what is sent, when the radio is on, how long a tag sleeps."""

import random

import pytest
from civicroot_device.tag import cycle, exchange
from civicroot_device.tag.cycle import MOTION, TIMER
from civicroot_wire import record
from tag_world import BEACON, HOUR_MS, START_S, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_wake_signs_before_the_radio_is_on_sends_one_frame_and_the_acknowledged_record_is_gone(world: World) -> None:
    order: list[str] = []
    append, on = world.flash.append, world.on
    world.flash.append = lambda name, data: (order.append("flash"), append(name, data))[1]
    world.on = lambda: (order.append("radio"), on())[1]
    sleep = world.wake()
    assert order[-1] == "radio" and "flash" in order
    assert world.sent == [0] and world.waiting() == [] and 0 in world.gateway.records
    assert not world.is_on and sleep.motion
    assert HOUR_MS <= sleep.ms <= HOUR_MS * 17 // 16


def test_nothing_to_tell_and_nothing_waiting_leaves_the_radio_off(world: World) -> None:
    world.interval_ms = 10 * HOUR_MS
    world.wake()
    world.true_ms += HOUR_MS
    turned_on: list[int] = []
    world.on = lambda: turned_on.append(1)
    world.wake()
    assert turned_on == [] and world.sent == []


def test_first_record_has_no_time_and_the_second_has_time_and_beacon_over_the_sleep(world: World) -> None:
    world.hour(2)
    first, second = (record.decode(world.gateway.records[seq]) for seq in (0, 1))
    assert first.pack.base_time is None and first.sequence.beacon is None
    assert second.sequence.beacon == BEACON
    assert second.pack.base_time is not None
    assert 0 <= START_S + 3600 - second.pack.base_time <= 200 + 240  # the margin of a clock never compared, and jitter


def test_changes_are_told_against_what_was_told_before_the_sleep(world: World) -> None:
    world.hour(1)
    world.interval_ms = 24 * HOUR_MS
    made = []
    for _ in range(4):
        world.values["soil"] += 4
        world.wake()
        made.append(len(world.cycle.made))
        world.true_ms += HOUR_MS
    assert made == [0, 0, 1, 0]  # the delta is ten, reached by the third


def test_lost_frames_either_way_are_tried_again_in_the_same_wake(world: World) -> None:
    for up in (True, False):
        losses = [up]
        world.lost = lambda way, losses=losses: losses == [way] and losses.pop() == way
        world.hour(1)
        assert len(world.sent) == 2 and world.waiting() == []


def test_nobody_answers_two_records_at_most_are_tried_and_all_are_kept(world: World) -> None:
    world.gateway_is_there = False
    world.hour(1)
    assert world.sent == [0, 0, 0]
    world.hour(1)
    assert world.sent == [1, 1, 1, 0, 0, 0]
    assert world.waiting() == [0, 1]


def test_the_radio_rests_longer_and_longer_but_measuring_goes_on(world: World) -> None:
    world.gateway_is_there = False
    spoke = []
    for number in range(30):
        world.hour(1)
        if world.sent:
            spoke.append(number)
    assert spoke == [0, 1, 3, 7, 15, 23]
    assert len(world.waiting()) == 30
    world.gateway_is_there = True
    world.hour(40)
    assert world.waiting() == [] and set(world.gateway.records) == set(range(70))


def test_an_alarm_goes_at_once_and_first(world: World) -> None:
    world.gateway_is_there = False
    world.hour(5)
    world.gateway_is_there = True
    assert world.kept.skip > 0
    world.values["tilt"] = 900
    world.wake(MOTION)
    alarm = world.sent[0]
    assert alarm == max(world.sent)
    pack = record.decode(world.gateway.records[alarm]).pack
    assert any(item.name in ("alarm", "tilt") for item in pack.measurements)
    assert world.outbox.highest == alarm


def test_an_alarm_that_nobody_answers_is_tried_again_soon_and_then_at_each_wake(world: World) -> None:
    world.hour(1)
    world.gateway_is_there = False
    world.hour(8)
    world.values["tilt"] = 900
    pauses, spoke = [], 0
    for _ in range(12):
        sleep = world.wake()
        spoke += bool(world.sent)
        alarm = world.kept.urgent[0]
        assert world.sent[0] == alarm or world.cycle.made
        world.true_ms += sleep.ms
        pauses.append(round(sleep.ms / cycle.ALARM_MS))
    assert pauses == [1] * cycle.ALARM_HURRIES + [HOUR_MS * 33 // 32 // cycle.ALARM_MS] * 6 and spoke == 12
    world.gateway_is_there = True
    world.values["soil"] += 50
    world.wake()
    assert alarm in world.gateway.records and world.kept.urgent == []
    assert world.sent.index(alarm) < world.sent.index(1)  # before the oldest


def test_the_accelerometer_is_left_off_after_a_few_wakes_and_does_not_move_the_planned_one(world: World) -> None:
    world.true_ms += world.wake().ms
    sleep = world.wake()
    planned = world.true_ms + sleep.ms
    for number in range(cycle.MAX_MOTIONS):
        world.true_ms += 60_000
        sleep = world.wake(MOTION)
        assert world.true_ms + sleep.ms == planned
        assert sleep.motion is (number + 1 < cycle.MAX_MOTIONS)
    world.true_ms = planned
    assert world.wake(TIMER).motion


def test_a_low_battery_makes_wakes_rarer_and_tries_fewer(world: World) -> None:
    world.values["battery"] = 12
    world.gateway_is_there = False
    sleep = world.wake()
    assert world.sent == [0]
    assert sleep.ms >= cycle.LOW_FACTOR * HOUR_MS


def test_a_backlog_goes_out_oldest_first_within_the_budget_and_the_clock_is_set_all_the_same(world: World) -> None:
    world.gateway_is_there = False
    world.hour(20)
    world.lose_power()
    world.gateway_is_there = True
    world.hour(1)
    assert world.sent == [64, *range(11)]  # 20 to 63: nobody is sure that they were not used
    assert world.gateway.skipped == set(range(20, 64))
    assert len(world.sent) <= world.timing.frames
    assert world.lag() is not None
    world.hour(1)
    assert world.sent == [65, *range(11, 20)] and world.waiting() == []


def test_a_record_that_is_never_answered_does_not_hold_up_the_others(world: World) -> None:
    world.gateway.deaf = {1}
    world.hour(6)
    assert set(world.gateway.records) == {0, 2, 3, 4, 5} and world.waiting() == [1]
    sent = []
    for _ in range(2 * exchange.SUSPECT_WAKES):
        world.hour(1)
        sent += world.sent
    assert sent.count(1) == 2 and len(sent) == 2 * exchange.SUSPECT_WAKES + 2
    world.gateway.deaf = set()
    world.hour(exchange.SUSPECT_WAKES)
    assert world.waiting() == [] and world.kept.suspects == []


def test_only_a_suspect_waiting_leaves_the_radio_off_in_most_wakes(world: World) -> None:
    world.gateway.deaf = {1}
    world.hour(3)
    world.interval_ms = 100 * HOUR_MS
    spoke = 0
    for _ in range(12):
        world.wake()
        spoke += bool(world.sent)
        world.true_ms += HOUR_MS
    assert world.waiting() == [1] and spoke == 12 // exchange.SUSPECT_WAKES


def test_what_was_acknowledged_is_not_sent_again_after_a_sleep_although_an_older_one_waits(world: World) -> None:
    world.gateway.deaf = {1}
    world.hour(5)
    assert world.memory.data and world.waiting() == [1]
    world.boot()
    assert world.waiting() == [1]
    world.gateway_is_there = False
    world.hour(20)
    assert world.waiting() == [1, *range(5, 25)] and world.kept.held == [(1, 1), (5, 24)]
    world.gateway_is_there = True
    world.gateway.deaf = set(range(1, 80, 2))
    world.hour(60)
    assert len(world.kept.held) == cycle.MAX_HELD
    world.gateway.deaf = set()
    world.hour(30)
    assert world.waiting() == [] and world.kept.held == [] and len(world.gateway.records) == 115


def test_a_refused_record_is_set_aside_with_its_reason(world: World) -> None:
    world.gateway.refuse = {0: "equivocation"}
    world.hour(2)
    assert world.waiting() == []
    assert [(seq, reason) for seq, reason, _ in world.refusals.read()] == [(0, "equivocation")]


def test_a_silent_channel_is_left_for_others_and_the_new_one_is_kept(world: World) -> None:
    world.hour(1)
    world.bridge_place = 3
    world.hour(40)
    assert world.place == 3 and world.waiting() == []
    assert len(world.gateway.records) == 41
    world.hour(1)
    assert len(world.sent) == 1


def test_a_wake_ends_within_its_budget_whatever_is_on_the_air(world: World) -> None:
    world.hour(1)
    noise = random.Random(4)
    world.gateway_is_there = False
    receive = world.receive

    def noisy(timeout_ms: int) -> bytes:
        world.true_ms += 1
        return noise.randbytes(noise.randrange(1, 300))

    world.receive = noisy
    begun = world.true_ms
    world.values["soil"] += 20
    world.wake()
    assert world.true_ms - begun <= world.timing.awake_ms + world.timing.window_ms
    world.receive = receive
    assert sum(world.counts.values()) > 500


def test_the_state_fits_rtc_memory_with_everything_in_it(world: World) -> None:
    world.values["tilt"] = 900
    world.gateway.deaf = set(range(0, 40, 2))
    world.hour(30)
    assert len(world.memory.data) < 600
    assert len(world.kept.suspects) <= exchange.MAX_SUSPECTS
