"""Ranges behave as sets of numbers do."""

import itertools

import pytest
from civicroot_audit.ranges import Ranges
from hypothesis import given
from hypothesis import strategies as st

PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)).map(lambda pair: (pair[0], pair[0] + pair[1])))


def numbers(pairs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in pairs for number in range(first, last + 1)}


@given(PAIRS, PAIRS)
def test_ranges_are_sets(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    one, other = Ranges(left), Ranges(right)
    of_one, of_other = numbers(left), numbers(right)
    for found, expected in (
        (one, of_one),
        (one.union(other), of_one | of_other),
        (one.difference(other), of_one - of_other),
        (one.intersection(other), of_one & of_other),
    ):
        listed = list(found)
        assert numbers(listed) == expected
        assert found.count == len(expected)
        assert found.highest == max(expected, default=None)
        assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(listed)), "not merged"
        assert {number for number in range(75) if number in found} == expected
        assert bool(found) is bool(expected)
    assert (one == other) is (of_one == of_other)


@pytest.mark.parametrize("pair", [(3, 2), (-1, 4)])
def test_what_is_no_range_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not a range"):
        Ranges([pair])


def test_a_whole_life_is_small() -> None:
    life = Ranges([(0, 2**32 - 1)])
    life.add(5)
    assert list(life) == [(0, 2**32 - 1)]
    assert list(life.difference(Ranges([(7, 9)]))) == [(0, 6), (10, 2**32 - 1)]
