"""Which times a gateway believes, on clocks that the test moves."""

import logging

import pytest
from civicroot_gateway.operate.clock import (
    AHEAD,
    BACK,
    BUILD_TIME,
    LOG_INTERVAL,
    PATIENCE,
    TOLERANCE,
    UNSET,
    GatewayClock,
)
from civicroot_witness import clock as witness_clock

NOW = BUILD_TIME + 1_000_000


class Machine:
    """Its two clocks: `pass_` lets time go by, `jump` moves the wall clock alone."""

    def __init__(self, wall: float = NOW) -> None:
        self.wall = wall
        self.uptime = 50.0
        self.clock = GatewayClock(lambda: self.wall, lambda: self.uptime)

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.uptime += seconds

    def jump(self, seconds: float) -> None:
        self.wall += seconds


def test_clock_that_nothing_contradicts_is_believed() -> None:
    machine = Machine()
    machine.pass_(0.9)
    assert (machine.clock.now(), machine.clock.alarm, machine.clock.jumps) == (NOW, None, 0)
    assert machine.clock.monotonic() == 50.9


def test_clock_before_the_release_is_unset_until_it_is_put_right() -> None:
    machine = Machine(wall=1000.0)
    assert (machine.clock.now(), machine.clock.alarm) == (None, UNSET)
    machine.pass_(2 * PATIENCE)
    assert machine.clock.now() is None  # what is proved is not waited out
    machine.wall = NOW
    assert (machine.clock.now(), machine.clock.alarm, machine.clock.jumps) == (NOW, None, 1)


def test_clock_before_the_newest_checkpoint_is_unset() -> None:
    machine = Machine()
    machine.clock.checkpoint(NOW + TOLERANCE + 1)
    assert machine.clock.alarm == UNSET
    machine.pass_(1)
    assert machine.clock.now() == NOW + 1


@pytest.mark.parametrize("ahead", [1, TOLERANCE])
def test_witness_whose_clock_is_a_little_ahead_does_not_stop_the_gateway(ahead: int) -> None:
    machine = Machine()
    machine.clock.checkpoint(NOW + ahead)
    assert machine.clock.now() == NOW


def test_clock_that_starts_before_the_time_used_last_waits_until_it_has_caught_up() -> None:
    machine = Machine()
    machine.clock.raise_floor(NOW + 600)
    assert (machine.clock.now(), machine.clock.alarm) == (None, BACK)
    machine.pass_(600)
    assert machine.clock.now() == NOW + 600


def test_time_never_goes_back_and_a_small_step_is_waited_out() -> None:
    machine = Machine()
    assert machine.clock.now() == NOW
    machine.jump(-1.5)
    assert (machine.clock.now(), machine.clock.jumps) == (NOW, 0)
    machine.pass_(3)
    assert machine.clock.now() == NOW + 1
    machine.jump(-1000)
    assert (machine.clock.now(), machine.clock.alarm, machine.clock.jumps) == (None, BACK, 1)


def test_clock_that_was_ahead_once_is_believed_again_after_an_hour_without_a_jump() -> None:
    machine = Machine()
    machine.jump(10 * 365 * 86400)
    assert machine.clock.now() == machine.wall  # nothing here can tell
    machine.jump(-10 * 365 * 86400)
    assert machine.clock.alarm == BACK
    machine.pass_(PATIENCE - 60)
    machine.jump(-30)
    assert machine.clock.alarm == BACK
    machine.pass_(PATIENCE - 1)
    assert machine.clock.alarm == BACK
    machine.pass_(1)
    assert (machine.clock.now(), machine.clock.floor) == (int(machine.wall), int(machine.wall))


def test_new_checkpoint_as_old_as_the_clock_says_ends_the_doubt_at_once() -> None:
    machine = Machine()
    machine.clock.raise_floor(NOW + 365 * 86400)
    machine.clock.checkpoint(NOW - TOLERANCE - 1)
    assert machine.clock.alarm == BACK  # one that is older says nothing
    machine.clock.checkpoint(NOW - 5)
    assert (machine.clock.now(), machine.clock.floor) == (NOW, NOW)


def test_same_checkpoint_again_confirms_nothing() -> None:
    machine = Machine()
    machine.clock.checkpoint(NOW)
    machine.clock.raise_floor(NOW + 1000)
    machine.clock.checkpoint(NOW)
    assert machine.clock.alarm == BACK


def test_stored_checkpoint_proves_what_is_past_and_confirms_nothing() -> None:
    machine = Machine()
    machine.clock.raise_floor(NOW + 80)  # the power went; the clock begins a little before
    machine.clock.known(NOW - 10)
    assert machine.clock.alarm == BACK
    machine.wall = NOW - 10 - TOLERANCE - 1
    assert machine.clock.alarm == UNSET


def test_refusal_for_bad_time_puts_the_clock_in_doubt_until_it_moves_back() -> None:
    machine = Machine(NOW + 4000)
    closed = machine.clock.now()
    assert closed is not None
    machine.pass_(3)
    machine.clock.refused(closed)
    assert (machine.clock.now(), machine.clock.alarm) == (None, AHEAD)
    machine.jump(-4000)
    assert (machine.clock.now(), machine.clock.floor) == (NOW + 3, NOW + 3)
    machine.clock.refused(closed)  # of a batch that was on its way
    assert machine.clock.alarm is None


def test_refusal_tells_a_clock_that_was_put_right_before_it_came_that_it_is_right() -> None:
    machine = Machine(NOW + 4000)
    closed = machine.clock.now()
    assert closed is not None
    machine.jump(-4000)
    assert machine.clock.alarm == BACK
    machine.clock.refused(closed)
    assert (machine.clock.now(), machine.clock.floor) == (NOW, NOW)


def test_clock_that_is_put_back_into_what_cannot_be_stays_unset_and_remembers() -> None:
    machine = Machine()
    machine.clock.now()
    machine.clock.refused(NOW)
    machine.wall = 1000.0
    assert (machine.clock.alarm, machine.clock.floor) == (UNSET, NOW)
    machine.wall = NOW + 1
    assert machine.clock.alarm == AHEAD


@pytest.mark.parametrize("end", ["checkpoint", "patience"])
def test_doubt_ends_with_a_checkpoint_or_with_time(end: str) -> None:
    machine = Machine()
    machine.clock.refused(NOW)
    assert machine.clock.alarm == AHEAD
    if end == "checkpoint":
        machine.clock.checkpoint(NOW - 10)
    else:
        machine.pass_(PATIENCE)
    assert machine.clock.alarm is None


def test_late_refusal_under_an_unset_clock_does_not_lower_the_floor() -> None:
    machine = Machine()
    machine.clock.raise_floor(NOW + 5000)
    machine.wall = 1000.0
    machine.clock.refused(NOW + 5000)
    assert (machine.clock.alarm, machine.clock.floor) == (UNSET, NOW + 5000)


def test_jumps_are_counted_and_logged_at_most_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            machine.jump(100)
            machine.pass_(0.5)
            machine.clock.now()
        assert (machine.clock.jumps, caplog.text.count("clock jumped")) == (50, 1)
        machine.pass_(LOG_INTERVAL)
        machine.jump(-100)
        assert machine.clock.alarm == BACK
    assert (machine.clock.jumps, caplog.text.count("clock jumped")) == (51, 2)


def test_gateway_and_witness_were_released_together() -> None:
    assert BUILD_TIME == witness_clock.BUILD_TIME
