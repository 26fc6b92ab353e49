"""Every number has exactly one fate."""

from civicroot_audit.completeness import Facts, account, silent_since
from civicroot_audit.ranges import Ranges
from hypothesis import given
from hypothesis import strategies as st

SETS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))).map(Ranges)


def test_a_hole_that_nothing_explains_is_lost() -> None:
    found = account(
        Facts(
            received=Ranges([(0, 4), (9, 9), (20, 20)]),
            skipped=Ranges([(5, 6)]),
            thinned=Ranges([(8, 8)]),
            rejected=Ranges([(10, 11)]),
            pruned=Ranges([(13, 15)]),
        )
    )
    assert found.highest == 20
    assert list(found.lost) == [(7, 7), (12, 12), (16, 19)]
    assert found.counts["lost"] == 6


def test_a_key_that_used_no_number_lost_none() -> None:
    assert account(Facts()).highest is None
    assert not account(Facts()).lost


def test_a_record_in_a_skipped_range_is_a_conflict() -> None:
    found = account(Facts(received=Ranges([(0, 3)]), skipped=Ranges([(2, 2)])))
    assert list(found.conflicts) == [(2, 2)]
    assert not found.skipped


@given(SETS, SETS, SETS, SETS, SETS)
def test_every_number_has_one_fate(
    received: Ranges, skipped: Ranges, thinned: Ranges, rejected: Ranges, pruned: Ranges
) -> None:
    found = account(Facts(received, skipped, thinned, rejected, pruned))
    fates = (found.received, found.skipped, found.thinned, found.rejected, found.pruned, found.lost)
    end = -1 if found.highest is None else found.highest
    assert all(sum(number in fate for fate in fates) == 1 for number in range(end + 1))
    assert sum(fate.count for fate in fates) == end + 1


def test_silence_is_measured_against_the_devices_own_promise() -> None:
    assert silent_since(1000, 600, 1600) is None
    assert silent_since(1000, 600, 1601) == 1600
    assert silent_since(1000, None, 9999) is None
    assert silent_since(None, 600, 9999) is None
