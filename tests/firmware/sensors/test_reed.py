"""The lid's switch: two equal looks are a state, anything else is bouncing."""

import pytest
from civicroot_device.sensors.reed import DEBOUNCE_MS, Reed
from civicroot_simulator.reed import ReedModel
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import ReplayInput, Tape, Transaction, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("reed", "Reed")
PIN = [("input", "")]


def looks(*levels: bool) -> list[Transaction]:
    return [("high", level) for level in levels]


@pytest.mark.parametrize(("level", "open_high"), [(True, True), (False, True), (True, False), (False, False)])
def test_two_equal_looks(replaying: MicroPython, level: bool, open_high: bool) -> None:
    rounds = measure_on_both(replaying, DRIVER, PIN, looks(level, level), [open_high])
    assert rounds == [(DEBOUNCE_MS, {"lid": level == open_high})]


def test_bouncing_keeps_the_last_state(replaying: MicroPython) -> None:
    traffic = looks(False, False, True, False, False, True, True, True)
    rounds = measure_on_both(replaying, DRIVER, PIN, traffic, rounds=4)
    assert [readings for _, readings in rounds] == [{"lid": False}, {"lid": False}, {"lid": False}, {"lid": True}]


def test_a_lid_that_was_never_at_rest_is_not_ready(replaying: MicroPython) -> None:
    rounds = measure_on_both(replaying, DRIVER, PIN, looks(True, False, True, True), rounds=2)
    assert [readings for _, readings in rounds] == ["!not-ready", {"lid": True}]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_a_state_is_always_one_that_was_seen_twice(pairs: list[tuple[bool, bool]]) -> None:
    state = None
    with Tape([("high", level) for pair in pairs for level in pair]) as tape:
        sensor = Reed(ReplayInput(tape))
        for first, second in pairs:
            state = first if first == second else state
            assert drive(sensor)[1] == ("!not-ready" if state is None else {"lid": state})


def test_driver_and_model_agree() -> None:
    lid_open = False
    model = ReedModel(lambda: lid_open)
    sensor = Reed(model)
    for lid_open in (False, True, False, True, True, False):
        assert drive(sensor)[1] == {"lid": lid_open}
    lid_open = True
    model.bouncing = 2
    assert drive(sensor)[1] == {"lid": False}
    assert drive(sensor)[1] == {"lid": True}
    assert sensor.raw() == {}
