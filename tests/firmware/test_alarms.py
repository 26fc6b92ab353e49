"""Alarms: thresholds with hysteresis, a rising temperature, events, and what a report says of them."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.reporting.alarms import POINTS, Rise  # noqa: E402
from civicroot_device.reporting.kinds import KINDS  # noqa: E402
from civicroot_device.reporting.sampling import DAY_MS, ReportRule, Sample  # noqa: E402
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT  # noqa: E402
from core_stories import alarmed, told  # noqa: E402

MINUTE = 60_000


def over_time(kind: str, name: str, values: list[int], step_ms: int = MINUTE) -> list[list[str]]:
    found: list[list[str]] = alarmed(kind, [({name: value}, at * step_ms) for at, value in enumerate(values)])
    return found


@pytest.mark.parametrize(
    ("kind", "name", "alarm", "before", "at", "held", "release"),
    [
        ("bin", "fill", "full", 89, 90, 86, 85),
        ("bin", "tilt", "tilt", 499, 500, 401, 400),
        ("bin", "battery", "battery", 11, 10, 19, 20),
        ("tree", "tilt", "tilt", 299, 300, 251, 250),
        ("tree", "battery", "battery", 11, 10, 19, 20),
    ],
)
def test_threshold_begins_at_its_value_and_ends_at_its_lower_release(
    kind: str, name: str, alarm: str, before: int, at: int, held: int, release: int
) -> None:
    found = over_time(kind, name, [before, at, held, at, held, release, held, before])
    assert found == [[], [alarm], [alarm], [alarm], [alarm], [], [], []]


@pytest.mark.parametrize("kind", ["bin", "tree"])
def test_fire_is_60_degrees_and_over_at_50(kind: str) -> None:
    """The temperature moves slowly, so that only its value counts."""
    values = [*range(400, 620, 20), *range(600, 480, -20)]
    found = over_time(kind, "temp", values, 10 * MINUTE)
    inside = [value for value, alarms in zip(values, found, strict=True) if alarms == ["fire"]]
    assert inside == [600, 600, 580, 560, 540, 520]


def test_value_that_dances_on_a_line_is_one_alarm_and_one_end() -> None:
    samples = [({"fill": fill}, {}, at * 1000) for at, fill in enumerate([80, 90, 88, 90, 89, 91, 88, 90, 84, 86, 84])]
    priorities = [None if one is None else one[0] for one in told("bin", samples)]
    alarms = [one[2] for one in told("bin", samples) if one is not None and one[2] is not None]
    assert priorities.count(ALARM) == 1
    assert alarms == [["full"], []]


@pytest.mark.parametrize(
    ("rise", "step_ms", "is_fire"),
    [
        (80, MINUTE, True),  # 8 K in a minute
        (79, MINUTE, False),
        (80, 10_000, True),  # and in less
        (40, 10_000, True),  # 4 K in ten seconds, and again
        (30, MINUTE, False),  # 3 K a minute, hour after hour
        (79, 2 * MINUTE, False),
        (160, 2 * MINUTE, True),  # 16 K in two minutes, seen with the first sample
        (159, 2 * MINUTE, False),
        (400, 5 * MINUTE, True),
        (399, 5 * MINUTE, False),
        (300, 6 * MINUTE, False),  # samples further apart than the window say nothing of a rise
    ],
)
def test_fire_is_also_a_rise_by_8_k_or_more_at_8_k_a_minute_within_five_minutes(
    rise: int, step_ms: int, is_fire: bool
) -> None:
    values = [-300, -300, -300 + rise, -300 + 2 * rise]
    assert (["fire"] in over_time("bin", "temp", values, step_ms)) == is_fire


def test_rise_is_over_when_the_temperature_has_stayed_within_4_k_for_the_window() -> None:
    found = over_time("bin", "temp", [200, 300, 301, 302, 301, 302, 303, 303, 303])
    assert found == [[], *[["fire"]] * 5, *[[]] * 3]


@pytest.mark.parametrize(("last", "alarms"), [(340, ["fire"]), (339, [])])
def test_rise_is_not_over_at_4_k_over_the_window(last: int, alarms: list[str]) -> None:
    assert over_time("bin", "temp", [200, 300, 300, 300, 300, 300, last])[-1] == alarms


def test_many_samples_a_minute_are_seen_with_few_points_in_memory() -> None:
    slow = over_time("bin", "temp", [-300 + at for at in range(800)], 1000)  # 6 K a minute
    fast = over_time("bin", "temp", [*[-300] * 500, *range(-300, -100, 2)], 1000)  # 12 K a minute from then on
    assert ["fire"] not in slow
    assert 500 + 40 <= fast.index(["fire"]) <= 500 + 70
    points: list[tuple[int, int]] = []
    for second in range(1000):
        Rise("fire", 80, 80, 40, 5 * MINUTE).judge(200, second * 1000, False, points)
    assert POINTS <= len(points) <= POINTS + 1


def test_alarm_whose_sensor_fails_stays_in_force_until_a_value_says_otherwise() -> None:
    found = alarmed("bin", [({"temp": 700}, 0), ({}, MINUTE), ({"fill": 3}, 60 * MINUTE), ({"temp": 200}, 61 * MINUTE)])
    assert found == [["fire"], ["fire"], ["fire"], []]


def test_two_rules_of_one_alarm_are_one_name_and_alarms_stand_in_the_kinds_order() -> None:
    values = {"fill": 95, "temp": 700, "tilt": 900, "knock": True, "battery": 5}
    assert alarmed("bin", [({"temp": 300}, 0), (values, MINUTE)])[1] == ["full", "fire", "tilt", "knock", "battery"]


def test_knock_is_an_alarm_that_is_over_with_the_next_sample_and_never_a_measurement() -> None:
    quiet, hit = {"fill": 10, "knock": False}, {"fill": 10, "knock": True}
    found = told("bin", [(quiet, {}, 0), (hit, {}, 1), (quiet, {}, 2), (quiet, {}, 3), (hit, {}, 4), (hit, {}, 5)])
    assert found == [
        (CHANGE, ["fill"], None),
        (ALARM, ["fill"], ["knock"]),
        (CHANGE, [], []),
        None,
        (ALARM, ["fill"], ["knock"]),
        None,
    ]


def test_alarm_record_tells_the_heartbeats_quantities_too_and_no_other_record_repeats_the_alarm() -> None:
    """A gateway delivers what names an alarm ahead of everything else."""
    quiet = {"fill": 10, "temp": 200, "weight": 0, "tilt": 10, "lid": False}
    tilted = {**quiet, "tilt": 600}
    samples = [
        (quiet, 0),
        (tilted, 1),
        (tilted, 2),
        ({**tilted, "lid": True}, 3),
        ({**tilted, "lid": True}, MINUTE + 3),
    ]
    found = told("bin", [(values, {}, ms) for values, ms in samples])
    assert found[1:] == [
        (ALARM, ["fill", "temp", "weight", "tilt"], ["tilt"]),
        None,
        (CHANGE, ["lid"], None),
        (HEARTBEAT, ["fill", "temp", "weight"], None),
    ]


def test_second_alarm_beside_a_first_is_an_alarm_and_the_end_of_one_a_change() -> None:
    rows = [(10, 10), (95, 10), (95, 600), (95, 0), (10, 0)]
    samples: list[Any] = [({"fill": fill, "tilt": tilt}, {}, at) for at, (fill, tilt) in enumerate(rows)]
    assert [one[0] for one in told("bin", samples)] == [CHANGE, ALARM, ALARM, CHANGE, CHANGE]


def test_first_sample_that_is_an_alarm_tells_everything_as_an_alarm() -> None:
    assert told("bin", [({"temp": 700, "battery": 90}, {}, 0)]) == [(ALARM, ["temp", "battery"], ["fire"])]


def test_once_a_day_everything_is_told_as_a_change() -> None:
    values = {"fill": 10, "temp": 200, "battery": 90}
    found = told("bin", [(values, {}, 0), (values, {}, MINUTE), (values, {}, DAY_MS), (values, {}, DAY_MS + MINUTE)])
    assert [one[:2] for one in found] == [
        (CHANGE, ["fill", "temp", "battery"]),
        (HEARTBEAT, ["fill", "temp"]),
        (CHANGE, ["fill", "temp", "battery"]),
        (HEARTBEAT, ["fill", "temp"]),
    ]


def test_alarm_in_force_is_told_again_once_a_day() -> None:
    values = {"fill": 95}
    found = told("bin", [(values, {}, 0), (values, {}, MINUTE), (values, {}, DAY_MS)])
    assert [one[0::2] for one in found] == [(ALARM, ["full"]), (HEARTBEAT, None), (CHANGE, ["full"])]


@pytest.mark.parametrize("kind", ["bin", "tree"])
def test_each_kind_has_three_quantities_in_its_heartbeat(kind: str) -> None:
    assert len([quantity for quantity in KINDS[kind] if quantity.beat]) == 3


# --- over a deep sleep


def test_rule_goes_on_over_a_sleep_without_memory() -> None:
    kind, hour = KINDS["tree"], 60 * MINUTE
    before = ReportRule(kind, hour)
    sample = Sample({"soil": 200, "tilt": 310}, {"temp": "no-answer"})
    due = before.due(sample, 500)
    assert due is not None and due.priority == ALARM
    before.reported(due, 500)
    state = before.state(2500)

    for slept, tilt, expected in ((hour, 295, HEARTBEAT), (hour - 3000, 295, None), (1000, 240, CHANGE)):
        after = ReportRule(kind, hour)
        after.resume(state, -slept)
        found = after.due(Sample({"soil": 200, "tilt": tilt}, {"temp": "no-answer"}), 0)
        assert (None if found is None else found.priority) == expected
        assert after.alarms == ["tilt"]


def test_state_of_another_kind_of_device_gives_no_false_alarm() -> None:
    after = ReportRule(KINDS["bin"], MINUTE)
    after.resume([{}, {}, [], [True], [0, 0]], 0)
    found = after.due(Sample({"fill": 10}, {}), 0)
    assert found is not None and found.priority == CHANGE


# --- any history

SAMPLES = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {},
            optional={
                "fill": st.integers(80, 95),
                "temp": st.integers(150, 650),
                "tilt": st.integers(350, 550),
                "battery": st.integers(5, 25),
                "lid": st.booleans(),
                "knock": st.booleans(),
            },
        ),
        st.sampled_from([1_000, 30_000, 60_000, 400_000]),
    ),
    max_size=30,
)


def with_faults(rows: list[tuple[dict[str, Any], int]]) -> list[tuple[dict[str, Any], dict[str, str], int]]:
    now, found = 0, []
    for values, step in rows:
        now += step
        found.append((values, {name: "no-answer" for name in ("fill", "temp") if name not in values}, now))
    return found


@settings(deadline=None, max_examples=fuzz_examples(200))
@given(rows=SAMPLES)
def test_every_alarm_and_every_change_by_a_delta_is_told_and_a_heartbeat_is_never_late(
    rows: list[tuple[dict[str, Any], int]],
) -> None:
    samples = with_faults(rows)
    alarms = alarmed("bin", [(values, now) for values, _, now in samples])
    last: dict[str, Any] = {}
    said: list[str] = []
    spoke = None
    for (values, faults, now), in_force, one in zip(samples, alarms, told("bin", samples), strict=True):
        if one is None:
            assert in_force == said and spoke is not None and now - spoke < MINUTE
        else:
            spoke = now
            said = said if one[2] is None else one[2]
            assert said == in_force
            last.update({name: values[name] for name in one[1]})
        for quantity in KINDS["bin"]:
            if quantity.told and quantity.name in values and quantity.name not in faults:
                assert not quantity.changed(last[quantity.name], values[quantity.name])


def test_the_same_is_told_on_micropython(micropython: MicroPython) -> None:
    samples = with_faults(
        [
            ({"fill": at * 7 % 100, "temp": 150 + at * 37 % 500, "lid": at % 3 == 0, "knock": at % 11 == 0}, 20_000)
            if at % 5
            else ({"tilt": at * 9 % 700, "battery": at % 40}, 90_000)
            for at in range(300)
        ]
        + [({"fill": 50, "temp": 300}, 90_000)] * 9
    )
    script = """
        import sys
        sys.path.append(folder)
        from core_stories import alarmed, told
        result = [alarmed("bin", [(values, ms) for values, _, ms in samples]), told("bin", samples)]
    """
    found = micropython.run(script, folder=str(DEVICE_SIDE), samples=samples)
    assert found == [alarmed("bin", [(values, ms) for values, _, ms in samples]), told("bin", samples)]
    assert {one[0] for one in found[1] if one is not None} == {ALARM, CHANGE, HEARTBEAT}
