"""The state machine of alarms, against a slow model that looks at every second, and its conditions at their limits."""

from decimal import Decimal

import pytest
from civicroot_backend.alarms.condition import Flag, Rise, Threshold, silence
from civicroot_backend.alarms.facts import run
from civicroot_backend.alarms.machine import QUIET, Cleared, Level, Raised, Seen, State, advance, observe
from civicroot_backend.alarms.observed import Observed
from hypothesis import given
from hypothesis import strategies as st

END = 60
seen_at = st.builds(
    Seen,
    time=st.integers(0, END),
    level=st.sampled_from(Level),
    number=st.integers(0, 9),
    due=st.none() | st.integers(0, END),
)


def slow(series: list[Seen], for_seconds: int) -> list[tuple[str, int]]:
    """Second by second: what holds at each, as the words say it."""
    changes: list[tuple[str, int]] = []
    bad_since: int | None = None
    due: int | None = None
    ringing = False
    for second in range(END + 1):
        for step in ("time", *[one for one in series if one.time == second]):
            if isinstance(step, Seen):
                if step.level is Level.GOOD:
                    if ringing:
                        changes.append(("cleared", second))
                    bad_since, ringing, due = None, False, step.due
                elif step.level is Level.BAD and bad_since is None:
                    bad_since, due = second, None
            if bad_since is None and due is not None and second >= due:
                since = due
                if second >= since + for_seconds:
                    bad_since, due = since, None
            if bad_since is not None and not ringing and second >= bad_since + for_seconds:
                ringing = True
                changes.append(("raised", bad_since + for_seconds))
    return changes


@given(st.lists(seen_at, max_size=8), st.integers(0, 20))
def test_it_rings_when_every_second_says_so(series: list[Seen], for_seconds: int) -> None:
    ordered = sorted(series, key=lambda one: one.time)
    # What is due before it was said is due when it was said: nothing rings in the past of an observation.
    told = [
        Seen(one.time, one.level, one.value, one.number, None if one.due is None else max(one.due, one.time))
        for one in ordered
    ]
    _, changes = run(told, END, for_seconds)
    assert [("raised" if isinstance(one, Raised) else "cleared", one.time) for one in changes] == slow(
        told, for_seconds
    )


@given(st.lists(seen_at, max_size=8), st.integers(0, 20), st.lists(st.integers(0, END), max_size=6))
def test_looking_more_often_changes_nothing(series: list[Seen], for_seconds: int, looks: list[int]) -> None:
    ordered = sorted(series, key=lambda one: one.time)
    once = run(ordered, END, for_seconds)
    state, changes = QUIET, []
    moments: list[tuple[int, int, Seen | None]] = [(one.time, index, one) for index, one in enumerate(ordered)]
    moments += [(look, -1, None) for look in looks]  # a look comes before what is observed in the same second
    for time, _, one in sorted(moments, key=lambda item: item[:2]):
        state, more = advance(state, time, for_seconds) if one is None else observe(state, one, for_seconds)
        changes += more
    state, more = advance(state, END, for_seconds)
    assert (state, changes + more) == once


@given(st.lists(seen_at, max_size=12), st.integers(0, 20))
def test_raised_and_cleared_take_turns(series: list[Seen], for_seconds: int) -> None:
    _, changes = run(sorted(series, key=lambda one: one.time), END, for_seconds)
    assert [isinstance(one, Raised) for one in changes] == [index % 2 == 0 for index in range(len(changes))]


def test_what_is_older_than_the_newest_says_nothing_of_now() -> None:
    state, _ = observe(QUIET, Seen(20, Level.BAD, "0.9", 4), 5)
    late, changes = observe(state, Seen(10, Level.GOOD, "0.1", 3), 5)
    assert (late, changes) == (state, [])
    assert advance(state, 24, 5) == (state, [])
    raised, (change,) = advance(state, 25, 5)
    assert change == Raised(25, 20, "0.9", 4)
    assert observe(raised, Seen(40, Level.GOOD, "0.2", 6), 5)[1] == [Cleared(40, "0.2", 6)]


def observed(time: int, **values: object) -> Observed:
    return Observed(bytes(8), time, time, values, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("above", "value", "level"),
    [
        (True, "0.90", Level.BAD),
        (True, "0.89", Level.SAME),
        (True, "0.80", Level.GOOD),
        (False, "0.90", Level.GOOD),
        (False, "0.80", Level.BAD),
        (False, "0.85", Level.SAME),
    ],
)
def test_thresholds_have_two_limits(above: bool, value: str, level: Level) -> None:
    high, low = Decimal("0.9"), Decimal("0.8")
    condition = Threshold("fill", above, *((high, low) if above else (low, high)))
    seen, _ = condition.judge(observed(5, fill=Decimal(value)), QUIET)
    assert seen == Seen(5, level, value, 5)
    assert condition.judge(observed(5, weight=Decimal(1)), QUIET) == (None, QUIET)
    assert condition.judge(observed(5, fill="full"), QUIET) == (None, QUIET)


def test_a_rise_is_within_its_window_and_over_at_half() -> None:
    condition, state, levels = Rise("temp", True, Decimal(8), 300), QUIET, []
    for time, value in ((0, "20"), (200, "27.9"), (290, "28"), (301, "30"), (520, "31"), (900, "33")):
        seen, state = condition.judge(observed(time, temp=Decimal(value)), state)
        assert seen is not None
        levels.append(seen.level)
        state = observe(state, seen, 0)[0]
    # 28 − 20 is a rise; from 301 on, 20 is out of the window and the least is 27.9.
    assert levels == [Level.GOOD, Level.SAME, Level.BAD, Level.GOOD, Level.GOOD, Level.GOOD]
    falling = Rise("temp", False, Decimal(8), 300)
    _, fallen = falling.judge(observed(0, temp=Decimal(20)), QUIET)
    seen, _ = falling.judge(observed(60, temp=Decimal(12)), fallen)
    assert seen is not None
    assert seen.level is Level.BAD


def test_flags_last_until_the_next_alarm_or_start() -> None:
    condition = Flag(frozenset({"fire", "tilt"}))
    said = [({"alarm": "battery tilt"}, Level.BAD, "tilt"), ({"alarm": ""}, Level.GOOD, "")]
    said += [({"alarm": "full"}, Level.GOOD, ""), ({"boots": Decimal(3)}, Level.GOOD, "")]
    for values, level, value in said:
        assert condition.judge(observed(1, **values), QUIET)[0] == Seen(1, level, value, 1)
    assert condition.judge(observed(1, temp=Decimal(3)), QUIET) == (None, QUIET)


def test_silence_is_a_promise_that_was_not_kept() -> None:
    _, changes = run([silence(0, 1, 10), silence(8, 2, 10), silence(40, 3, None)], END, 2)
    assert changes == [Raised(20, 18, "", 2), Cleared(40, "", 3)]


def test_a_state_says_when_time_changes_it() -> None:
    assert QUIET.wakes(5) is None
    assert State(since=7).wakes(5) == 12
    assert State(due=7).wakes(5) == 12
    assert State(since=7, raised=True).wakes(5) is None
