"""Stages as shares of a city's devices, and what counts as failed."""

from fractions import Fraction

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.rollout import plan
from civicroot_cli.rollout.outcome import COMMITTED, FAILED, WAITING, Outcome, judge, overdue, too_many
from hypothesis import given
from hypothesis import strategies as st

VERSION = "0.3.0"
SUBJECTS = st.lists(st.integers(0, 10_000).map(lambda number: f"bin/{number}"), min_size=1, max_size=200, unique=True)
SHARES = st.lists(st.integers(1, 999), max_size=6, unique=True).map(
    lambda found: [Fraction(part, 1000) for part in sorted(found)] + [plan.WHOLE]
)


@given(SUBJECTS, SHARES)
def test_stages_are_never_empty_and_together_they_are_all(subjects: list[str], shares: list[Fraction]) -> None:
    stages = plan.cut(subjects, shares)
    assert [subject for stage in stages for subject in stage] == subjects
    assert all(stages)
    assert len(stages) <= len(shares)


@given(SUBJECTS, SHARES)
def test_a_stage_ends_at_its_share_rounded_up_or_one_device_further(
    subjects: list[str], shares: list[Fraction]
) -> None:
    begin = 0
    for stage, share in zip(plan.cut(subjects, shares), shares, strict=False):
        end = begin + len(stage)
        exact = share * len(subjects)
        assert exact <= end
        assert end < exact + 1 or len(stage) == 1
        begin = end


@given(SUBJECTS, st.binary(min_size=32, max_size=32), st.randoms(use_true_random=False))
def test_the_order_is_the_same_whatever_order_the_city_gives(
    subjects: list[str], digest: bytes, random: object
) -> None:
    shuffled = list(subjects)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan.order(shuffled + subjects, digest) == plan.order(subjects, digest)
    assert sorted(plan.order(subjects, digest)) == sorted(subjects)


def test_another_release_begins_with_other_devices() -> None:
    subjects = [f"bin/{number}" for number in range(50)]
    firsts = {plan.order(subjects, bytes([number]) * 32)[0] for number in range(40)}
    assert len(firsts) > 15


def test_fifty_devices_in_the_usual_stages() -> None:
    stages = plan.cut([str(number) for number in range(50)], plan.shares("2%, 10%,50%,100%"))
    assert [len(stage) for stage in stages] == [1, 4, 20, 25]
    assert [len(stage) for stage in plan.cut(["a", "b"], plan.shares("2%,10%,50%,100%"))] == [1, 1]


@pytest.mark.parametrize("text", ["", "100", "0%,100%", "50%,50%,100%", "100%,50%", "50%", "-1%,100%", "101%", "1e1%"])
def test_stages_that_do_not_rise_to_all_are_refused(text: str) -> None:
    with pytest.raises(CommandError):
        plan.shares(text)


@pytest.mark.parametrize(
    ("words", "state", "says"),
    [
        ([], WAITING, "says nothing of it"),
        (["0.2.0 committed"], WAITING, "says nothing of it"),  # the version before
        (["0.3.00 committed", "0.3.0"], WAITING, "says nothing of it"),
        (["0.3.0 committed"], COMMITTED, "0.3.0 committed"),
        (["0.3.0 rolled-back"], FAILED, "0.3.0 rolled-back"),
        (["0.3.0 committed", "0.3.0 rolled-back"], COMMITTED, "0.3.0 committed"),  # tried again after six hours
        (["0.3.0 rolled-back", "0.3.0 committed"], FAILED, "0.3.0 rolled-back"),
        (["refused no-room"], FAILED, "refused no-room"),
        (["refused old-version", "0.3.0 committed"], COMMITTED, "0.3.0 committed"),  # of another release
        (["refused failed-version", "0.3.0 rolled-back"], FAILED, "0.3.0 rolled-back"),
    ],
)
def test_a_device_is_judged_by_its_newest_word_of_this_version(words: list[str], state: str, says: str) -> None:
    assert judge(VERSION, words) == Outcome(state, says)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(1, 1000))
def test_more_than_the_limit_of_those_told_stops_it(committed: int, failed: int, waiting: int, limit: int) -> None:
    states = [COMMITTED] * committed + [FAILED] * failed + [WAITING] * waiting
    outcomes = {str(number): Outcome(state, "") for number, state in enumerate(states)}
    assert too_many(outcomes, Fraction(limit, 1000)) == (failed * 1000 > limit * len(states))
    late = {subject: overdue(outcome) for subject, outcome in outcomes.items()}
    assert too_many(late, Fraction(limit, 1000)) == ((failed + waiting) * 1000 > limit * len(states))
