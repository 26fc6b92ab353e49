"""The state machine of a deposit: what was added between an opening and a settled closing, and what is no deposit."""

import sys
from pathlib import Path
from typing import Any

import pytest
from civicroot_wire.cbor import DecimalFraction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fuzz import fuzz_examples
from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.reporting import deposits  # noqa: E402
from civicroot_device.reporting.deposits import (  # noqa: E402
    MIN_DEPOSIT,
    OPEN_MS,
    READ_MS,
    READINGS,
    REST_MS,
    RETRY_MS,
    SETTLE_MS,
    Outcome,
)
from core_stories import watch  # noqa: E402


class Story:
    """Events of a bin, with their times. Weights in units of 10 g."""

    def __init__(self, weight: int | None = 1000) -> None:
        self.ms = 0
        self.events: list[tuple[str, Any, int]] = []
        self.lid(False)
        if weight is not None:
            self.weigh(*[weight] * READINGS)

    def lid(self, is_open: bool, after_ms: int = 100) -> "Story":
        self.ms += after_ms
        self.events.append(("lid", is_open, self.ms))
        return self

    def weigh(self, *readings: int | str) -> "Story":
        for reading in readings:
            self.ms += READ_MS
            self.events.append(("weight", reading, self.ms))
        return self

    def poll(self, after_ms: int) -> "Story":
        self.ms += after_ms
        self.events.append(("poll", None, self.ms))
        return self

    def deposit(self, weight: int, open_ms: int = 3000) -> "Story":
        """Open, throw in, close, settle."""
        return self.lid(True).lid(False, open_ms).weigh(*[weight] * READINGS)

    def outcomes(self) -> list[tuple[str, int, str]]:
        return [(what, amount, flag) for _, what, amount, flag in watch(self.events)[0]]


def added(amount: int) -> tuple[str, int, str]:
    return ("deposit", amount, "")


NOTHING = ("nothing", 0, "")


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (1043, added(43)),
        (1000 + MIN_DEPOSIT, added(MIN_DEPOSIT)),
        (1000 + MIN_DEPOSIT - 1, NOTHING),
        (1000, NOTHING),
        (999, NOTHING),
        (0, NOTHING),  # emptied
        (-20, NOTHING),
    ],
)
def test_what_the_bin_weighs_more_is_a_deposit_and_less_is_none(after: int, outcome: tuple[str, int, str]) -> None:
    assert Story().deposit(after).outcomes() == [outcome]


def test_deposit_counts_from_the_weight_that_the_one_before_left() -> None:
    assert Story().deposit(1043).deposit(1043).deposit(20).deposit(25).outcomes() == [
        added(43),
        NOTHING,
        NOTHING,
        added(5),
    ]


def test_swinging_scale_is_waited_for_and_the_median_of_the_settled_readings_counts() -> None:
    story = Story().lid(True).lid(False, 2000).weigh(1300, 1100, 1060, 1044, 1042, 1043, 1043)
    assert story.outcomes() == []
    assert watch(story.events)[1:] == (True, READ_MS)
    assert story.weigh(1042, 1043).outcomes() == [added(43)]


def test_readings_that_differ_by_more_than_half_the_least_deposit_are_not_settled() -> None:
    story = Story().lid(True).lid(False, 2000).weigh(1042, 1044, 1042, 1044, 1042, 1044)
    assert story.outcomes() == []
    assert story.weigh(1043, 1043, 1044, 1043).outcomes() == [added(43)]


def test_scale_that_does_not_come_to_rest_in_time_gives_no_amount_and_the_next_deposit_none_either() -> None:
    story = Story().lid(True).lid(False, 2000)
    for _ in range(SETTLE_MS // READ_MS):
        story.weigh(1100 if story.ms % (2 * READ_MS) else 1150)
    assert story.outcomes() == [("unweighed", 0, "not-ready")]
    assert story.deposit(1200).outcomes()[1:] == [("unweighed", 0, "not-ready")]
    assert story.deposit(1240).outcomes()[2:] == [added(40)]


@pytest.mark.parametrize("flag", ["no-answer", "saturated"])
def test_scale_that_fails_after_the_closing_gives_no_amount_but_its_flag(flag: str) -> None:
    story = Story().lid(True).lid(False, 2000).weigh(1043, 1043, *[flag] * (SETTLE_MS // READ_MS))
    assert story.outcomes() == [("unweighed", 0, flag)]
    (item,) = deposits.measurements(Outcome("unweighed", 0, flag))
    assert (item.name, item.value) == ("fault", "deposit:" + flag)


def test_scale_that_is_back_in_time_gives_the_amount() -> None:
    story = Story().lid(True).lid(False, 2000).weigh(1043, 1043, "no-answer", "no-answer", *[1043] * (READINGS - 1))
    assert story.outcomes() == []
    assert story.weigh(1043).outcomes() == [added(43)]


def test_scale_that_nobody_reads_is_too_late_by_the_clock() -> None:
    story = Story().lid(True).lid(False, 2000).poll(SETTLE_MS - 1)
    assert story.outcomes() == []
    assert story.poll(1).outcomes() == [("unweighed", 0, "not-ready")]


@pytest.mark.parametrize("bounces", [1, 2, 5])
def test_lid_that_bounces_at_its_opening_and_closing_is_one_deposit(bounces: int) -> None:
    story = Story()
    for _ in range(bounces):
        story.lid(True, 30).lid(False, 30)
    story.lid(True, 30).lid(True, 3000)
    for _ in range(bounces):
        story.lid(False, 30).lid(True, 30)
    assert story.lid(False, 30).weigh(*[1043] * READINGS).outcomes() == [added(43)]


def test_two_deposits_before_the_scale_settled_are_one_and_after_it_two() -> None:
    fast = Story().lid(True).lid(False, 2000).weigh(1043, 1043).lid(True).lid(False, 2000)
    assert fast.weigh(*[1100] * READINGS).outcomes() == [added(100)]
    assert Story().deposit(1043, 500).deposit(1100, 500).outcomes() == [added(43), added(57)]


def test_lid_left_open_is_said_once_and_what_fell_in_meanwhile_is_no_deposit() -> None:
    story = Story().lid(True).lid(True, OPEN_MS - 1)
    assert story.outcomes() == []
    assert watch(story.events)[2] == 1
    story.poll(1).poll(OPEN_MS).lid(True).weigh(4000)
    assert watch(story.events)[2] is None
    story.lid(False, 1000).weigh(*[1300] * READINGS)
    assert story.outcomes() == [("left-open", 0, ""), NOTHING]
    assert story.deposit(1310).outcomes()[2:] == [added(10)]


def test_lid_left_open_unseen_by_a_busy_device_is_no_deposit_either() -> None:
    late = Story().lid(True).lid(False, OPEN_MS).weigh(*[1300] * READINGS)
    assert late.outcomes() == [("left-open", 0, ""), NOTHING]
    unseen = Story().lid(True).lid(False, 2000).lid(True, SETTLE_MS).lid(False).weigh(*[1300] * READINGS)
    assert unseen.outcomes() == [("unweighed", 0, "not-ready")] * 2


def test_lid_that_opens_again_and_again_does_not_prolong_a_deposit_for_ever() -> None:
    story = Story()
    for _ in range(OPEN_MS // 2000 + 1):
        story.lid(True, 1000).lid(False, 1000)
    assert "left-open" in [what for what, _, _ in story.lid(True, 1000).outcomes()]
    assert story.lid(False).weigh(*[2000] * READINGS).outcomes()[-1] == NOTHING


def test_deposit_before_the_scale_was_known_has_no_amount() -> None:
    assert Story(None).deposit(43).outcomes() == [("unweighed", 0, "not-ready")]
    assert Story(None).lid(True).lid(False).outcomes() == []  # a start with the lid open
    assert Story(None).weigh(1000, 1000).deposit(1043).deposit(1050).outcomes()[1:] == [added(7)]


def test_readings_while_the_lid_is_open_say_nothing() -> None:
    assert Story().lid(True).weigh(*[3000] * 20).lid(False).weigh(*[1043] * READINGS).outcomes() == [added(43)]


def test_resting_bin_is_weighed_every_minute_so_that_creep_is_no_deposit() -> None:
    story = Story()
    assert watch(story.events)[2] == REST_MS
    for weight in range(1000, 1060):
        story.ms += REST_MS
        story.weigh(*[weight] * READINGS)
    assert story.deposit(1060).outcomes() == [NOTHING]


def test_resting_bin_that_somebody_leans_on_keeps_its_weight_and_is_looked_at_again() -> None:
    story = Story()
    story.ms += REST_MS
    for at in range(SETTLE_MS // READ_MS + 1):
        story.weigh(900 + at % 2 * 40)
    assert watch(story.events)[2] == REST_MS
    assert story.deposit(1043).outcomes() == [added(43)]


def test_scale_that_fails_at_rest_is_asked_again_and_says_nothing_by_itself() -> None:
    story = Story(None).weigh(*["no-answer"] * (SETTLE_MS // READ_MS + 1))
    assert story.outcomes() == []
    assert watch(story.events)[2] == RETRY_MS


def test_amount_is_told_in_kilograms_with_two_digits_and_nothing_is_not_told() -> None:
    (item,) = deposits.measurements(Outcome("deposit", 43))
    assert (item.name, item.unit) == ("deposit", "kg")
    assert isinstance(item.value, DecimalFraction) and str(item.value) == "0.43"
    assert deposits.measurements(Outcome("nothing")) == deposits.measurements(Outcome("left-open")) == []


# --- any history

EVENTS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("lid"), st.booleans()),
            st.tuples(
                st.just("weight"), st.one_of(st.integers(995, 1010), st.sampled_from(["no-answer", "saturated"]))
            ),
            st.tuples(st.just("settled"), st.integers(0, 5000)),
            st.tuples(st.just("poll"), st.none()),
        ),
        st.sampled_from([10, 200, 1000, SETTLE_MS, OPEN_MS]),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=fuzz_examples(300))
@given(rows=EVENTS)
def test_deposits_never_add_up_to_more_than_a_settled_scale_saw_come_in_and_each_has_its_closing(
    rows: list[tuple[tuple[str, Any], int]],
) -> None:
    story = Story()
    for (event, argument), step in rows:
        story.ms += step
        if event == "settled":
            story.weigh(*[argument] * READINGS)
        elif event == "weight":
            story.weigh(argument)
        elif event == "lid":
            story.lid(argument, 0)
        else:
            story.poll(0)
    found = watch(story.events)[0]
    since = 0
    for index, what, amount, flag in found:
        events = story.events[since:index]
        assert (amount > 0) == (what == "deposit") and (flag != "") == (what == "unweighed")
        if what != "left-open":
            closings = [at for at, event in enumerate(events) if event[:2] == ("lid", False)]
            openings = [at for at, event in enumerate(events) if event[:2] == ("lid", True)]
            assert closings and closings[-1] > (openings or [-1])[-1]
            since = index
        if what == "deposit":
            weights = [event[1] for event in story.events[index + 1 - READINGS : index + 1]]
            assert all(isinstance(weight, int) for weight in weights)
            assert max(weights) - min(weights) <= 1
            earlier = [event[1] for event in story.events[:index] if event[0] == "weight" and isinstance(event[1], int)]
            assert sorted(weights)[READINGS // 2] - amount in earlier


def test_the_same_outcomes_on_micropython(micropython: MicroPython) -> None:
    story = Story()
    for at in range(60):
        story.deposit(1000 + at * 37 % 300, 200 + at * 7000 % 150_000)
        if at % 7 == 0:
            story.lid(True).lid(False).weigh(*["no-answer"] * 60)
        if at % 5 == 0:
            story.ms += REST_MS
            story.weigh(*[1100 + at] * READINGS)
    script = """
        import sys
        sys.path.append(folder)
        from core_stories import watch
        result = watch(events)
    """
    found = micropython.run(script, folder=str(DEVICE_SIDE), events=story.events)
    assert found == watch(story.events)
    assert {what for _, what, _, _ in found[0]} == {"deposit", "nothing", "unweighed", "left-open"}
