"""From drivers to a sample: order of starts, waits and reads, medians, faults, two sensors of one name."""

import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.errors import SensorFault  # noqa: E402
from civicroot_device.reporting.kinds import KINDS, Quantity, Switch  # noqa: E402
from civicroot_device.reporting.sensing import Sensing, combine  # noqa: E402
from civicroot_device.sensors.sensor import FLAGS, MAX_STEPS  # noqa: E402
from core_stories import sense  # noqa: E402

Turn = tuple[int | str, list[int], Any]
BIN = {quantity.name: quantity for quantity in KINDS["bin"]}


def turns(name: str, *readings: Any, wait: int | str = 0) -> tuple[list[str], list[Turn]]:
    """A sensor of one name, and what its turns give."""
    return [name], [(wait, [], {name: reading}) for reading in readings]


def valued(*sensors: tuple[list[str], list[Turn]], kind: str = "bin") -> tuple[dict[str, Any], dict[str, str]]:
    """What a look at these sensors gives, without the faults of the kind's other quantities."""
    names = [name for found, _ in sensors for name in found]
    values, faults, _ = sense(kind, list(sensors))
    return values, {name: flag for name, flag in faults.items() if name in names}


# --- medians and faults


@pytest.mark.parametrize(
    ("readings", "value", "flag"),
    [
        ((0.5, 0.9, 0.4), 50, ""),
        ((0.5, 0.5, 9.0), 50, ""),  # out of range, and two are left
        ((0.4, "no-answer", 0.6), 50, ""),
        ((0.5, "no-answer", "no-answer"), None, "no-answer"),
        (("bad-crc", "no-answer", "no-answer"), None, "no-answer"),
        (("bad-crc", "no-answer", "saturated"), None, "bad-crc"),
        ((-0.1, 1.1, "no-answer"), None, "out-of-range"),
        ((math.nan, math.inf, True), None, "out-of-range"),
    ],
)
def test_median_of_the_valid_readings_counts_and_fewer_than_half_are_a_fault(
    readings: tuple[Any, ...], value: int | None, flag: str
) -> None:
    expected = ({"fill": value}, {}) if value is not None else ({}, {"fill": flag})
    assert valued(turns("fill", *readings)) == expected


def test_switch_is_read_once_and_never_averaged() -> None:
    assert valued(turns("lid", True)) == ({"lid": True}, {})
    assert combine(Switch("lid"), [True, True, False]) == (False, "")
    assert combine(Switch("lid"), [1]) == (None, "out-of-range")


def test_event_counts_if_any_reading_saw_it_and_its_fault_is_not_told() -> None:
    names = ["tilt", "knock"]
    latched: list[Turn] = [(0, [], {"tilt": 0.1, "knock": knock}) for knock in (False, True, False)]
    assert valued((names, latched)) == ({"tilt": 100, "knock": True}, {})
    silent: list[Turn] = [("no-answer", [], {})] * 3
    assert valued((names, silent)) == ({}, {"tilt": "no-answer"})


def test_quantity_that_no_sensor_gives_is_a_fault_and_a_name_that_the_kind_has_not_is_passed_over() -> None:
    values, faults, _ = sense("bin", [turns("soil", 0.3), turns("lid", True)])
    assert values == {"lid": True}
    assert faults == dict.fromkeys(("fill", "temp", "weight", "tilt", "battery"), "no-answer")


def test_name_that_a_driver_promised_and_did_not_give_is_a_fault() -> None:
    assert valued((["temp", "tilt"], [(0, [], {"temp": 20.0})] * 3)) == ({"temp": 200}, {"tilt": "no-answer"})


@pytest.mark.parametrize("error", ["not-ready", "io"])
@pytest.mark.parametrize("where", ["start", "read"])
def test_driver_that_raises_is_a_fault_of_all_its_names_and_of_no_other(error: str, where: str) -> None:
    flag = "no-answer" if error == "io" else error
    turn: Turn = (error, [], {}) if where == "start" else (0, [], error)
    found = valued((["temp", "tilt"], [turn] * 3), turns("lid", False))
    assert found == ({"lid": False}, {"temp": flag, "tilt": flag})


def test_of_two_sensors_of_a_name_the_first_valid_one_counts_and_the_others_fault_is_told() -> None:
    echo, flight = turns("fill", 0.3, 0.3, 0.3), turns("fill", 0.2, 0.2, 0.2)
    broken = turns("fill", "no-answer", "no-answer", 0.9)
    assert valued(flight, echo) == ({"fill": 20}, {})
    assert valued(broken, echo) == ({"fill": 30}, {"fill": "no-answer"})
    assert valued(flight, broken) == ({"fill": 20}, {"fill": "no-answer"})
    assert valued(broken, broken) == ({}, {"fill": "no-answer"})


# --- order and waits


def test_all_are_started_before_any_is_waited_for_and_each_is_read_when_it_is_ready() -> None:
    slow, quick = turns("temp", 20, wait=750), turns("soil", 0.2, 0.2, 0.2, wait=40)
    _, _, diary = sense("tree", [slow, quick])
    assert diary == [
        ("start", "temp"), ("start", "soil"), ("wait", 40), ("read", "soil"), ("wait", 710), ("read", "temp"),
        ("start", "soil"), ("wait", 40), ("read", "soil"),
        ("start", "soil"), ("wait", 40), ("read", "soil"),
    ]  # fmt: skip


def test_digital_sensors_of_a_tag_are_read_once_and_analog_ones_three_times() -> None:
    kind = KINDS["tree"]
    assert {quantity.name for quantity in kind if quantity.times == 1} == {"soiltemp", "temp", "humidity"}
    assert {quantity.times for quantity in kind} == {1, 3}
    _, _, diary = sense("tree", [(["temp", "humidity"], [(15, [], {"temp": 20, "humidity": 50})])])
    assert diary == [("start", "temp"), ("wait", 15), ("read", "temp")]


def test_probe_that_averages_by_itself_is_read_as_often_as_it_says() -> None:
    class Probe:
        names = ("soil",)
        times = 1
        starts = 0

        def start(self) -> int:
            self.starts += 1
            return 0

        def read(self) -> dict[str, float]:
            return {"soil": 0.25}

    probe = Probe()
    assert Sensing(KINDS["tree"][:1], [probe]).look_with(lambda _: None).values == {"soil": 250}
    assert probe.starts == 1


def test_single_reading_of_a_scale_is_one_start_and_one_read() -> None:
    values, _, diary = sense("bin", [turns("weight", 12.344)], 1)
    assert (values, diary) == ({"weight": 1234}, [("start", "weight"), ("read", "weight")])


def test_driver_of_several_steps_is_read_to_its_end_while_others_go_on() -> None:
    steps: list[Turn] = [(10, [30, 0, 5], {"soil": 0.2})] + [(0, [], {"soil": 0.2})] * 2
    _, _, diary = sense("tree", [(["soil"], steps), turns("temp", 20, wait=20)])
    assert diary[:10] == [
        ("start", "soil"), ("start", "temp"), ("wait", 10), ("read", "soil"), ("wait", 10), ("read", "temp"),
        ("wait", 20), ("read", "soil"), ("read", "soil"), ("wait", 5),
    ]  # fmt: skip


def test_driver_that_never_ends_is_given_up_and_is_not_ready() -> None:
    endless: list[Turn] = [(0, [1] * 1000, {})] * 3
    values, faults, diary = sense("tree", [(["soil"], endless)])
    assert ("soil" not in values, faults["soil"]) == (True, "not-ready")
    assert diary.count(("read", "soil")) == 3 * MAX_STEPS


def test_failed_start_is_not_read_in_its_turn_but_started_again_in_the_next() -> None:
    mixed: list[Turn] = [("no-answer", [], {}), (5, [], {"soil": 0.3}), (5, [], {"soil": 0.3})]
    values, faults, diary = sense("tree", [(["soil"], mixed)])
    assert (values["soil"], "soil" in faults) == (300, False)
    assert [what for what, _ in diary] == ["start", "start", "wait", "read", "start", "wait", "read"]


def test_others_run_after_every_call_of_a_driver() -> None:
    """`look` yields between any two calls, so no two of MAX_BLOCK_MS follow one another."""
    calls: list[str] = []

    class Sensor:
        names = ("fill",)

        def start(self) -> int:
            calls.append("start")
            return 0

        def read(self) -> dict[str, float]:
            calls.append("read")
            return {"fill": 0.5}

    for _ in Sensing(KINDS["bin"], [Sensor(), Sensor()]).look():
        calls.append("others")
    assert all("others" in pair for pair in pairwise(calls))
    assert calls.count("read") == 6


def test_tag_sleeps_as_long_as_the_sensors_want_and_no_more() -> None:
    class Sensor:
        names = ("soiltemp",)

        def start(self) -> int:
            return 750

        def read(self) -> dict[str, float]:
            return {"soiltemp": 14.25}

    slept: list[int] = []
    sample = Sensing(KINDS["tree"][1:2], [Sensor()]).look_with(slept.append)
    assert (sample.values, sample.faults, slept) == ({"soiltemp": 142}, {}, [750])


def test_device_without_sensors_has_an_empty_sample_of_faults() -> None:
    assert sense("bin", [])[:2] == (
        {},
        dict.fromkeys(("fill", "temp", "lid", "weight", "tilt", "battery"), "no-answer"),
    )


# --- anything

READING = st.one_of(st.sampled_from(FLAGS), st.floats(-0.5, 1.5), st.integers(-2, 2), st.booleans(), st.just(math.nan))


@settings(deadline=None, max_examples=fuzz_examples(300))
@given(readings=st.lists(READING, min_size=1, max_size=7))
def test_value_is_between_valid_readings_of_which_there_are_half_and_else_there_is_a_flag(readings: list[Any]) -> None:
    quantity = BIN["fill"]
    assert isinstance(quantity, Quantity)
    given_readings = [SensorFault(one) if isinstance(one, str) else one for one in readings]
    value, flag = combine(quantity, given_readings)
    valid = [one for one in readings if not isinstance(one, str | bool) and 0 <= one <= 1]
    if 2 * len(valid) < len(readings):
        assert value is None and flag in FLAGS
    else:
        assert flag == "" and value is not None
        below = [one for one in valid if round(one * 100) <= value]
        above = [one for one in valid if round(one * 100) >= value]
        assert 2 * len(below) >= len(valid) and 2 * len(above) >= len(valid)


def test_the_same_look_on_micropython(micropython: MicroPython) -> None:
    stories: list[list[Any]] = [
        [turns("fill", 0.5, "bad-crc", 0.4, wait=60), turns("fill", 0.1, 0.2, 0.3), turns("lid", True)],
        [turns("weight", 12.34, 12.345, 99.0), (["temp", "tilt"], [("io", [], {})] * 3)],
        [(["tilt", "knock"], [(5, [7, 0], {"tilt": 0.25, "knock": at == 1}) for at in range(3)])],
        [turns("battery", 200, -3, "not-ready")],
    ]
    script = """
        import sys
        sys.path.append(folder)
        from core_stories import sense
        result = [sense("bin", story) for story in stories]
    """
    found = micropython.run(script, folder=str(DEVICE_SIDE), stories=stories)
    assert found == [sense("bin", story) for story in stories]
