"""The numbers of a key: ranges against a plain set, and acknowledgements that name exactly what is covered."""

from itertools import pairwise

import pytest
from civicroot_gateway.admission.ranges import RangeSet
from civicroot_gateway.admission.sequence_ledger import MAX_LEDGER_RANGES, LedgerFull, SequenceLedger, SkippedNumber
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.acknowledgement import decode as decode_ack
from civicroot_wire.acknowledgement import encode as encode_ack
from civicroot_wire.sequence import Sequence
from hypothesis import given
from hypothesis import strategies as st

_SMALL_RANGES = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 6)), max_size=40)


def _filled(pairs: list[tuple[int, int]]) -> tuple[RangeSet, set[int]]:
    ranges, plain = RangeSet(), set()
    for first, length in pairs:
        ranges.add(first, first + length)
        plain |= set(range(first, first + length + 1))
    return ranges, plain


@given(_SMALL_RANGES)
def test_ranges_hold_what_a_set_would_hold_and_stay_sorted_and_apart(pairs: list[tuple[int, int]]) -> None:
    ranges, plain = _filled(pairs)
    assert {n for n in range(140) if n in ranges} == plain
    held = list(ranges)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(held))
    assert ranges.last == (max(plain) if plain else None)


@given(_SMALL_RANGES, st.integers(0, 140))
def test_first_from_finds_the_next_number(pairs: list[tuple[int, int]], start: int) -> None:
    ranges, plain = _filled(pairs)
    assert ranges.first_from(start) == min((n for n in plain if n >= start), default=None)


@given(_SMALL_RANGES, st.integers(0, 140))
def test_numbers_below_a_limit_are_dropped(pairs: list[tuple[int, int]], below: int) -> None:
    ranges, plain = _filled(pairs)
    ranges.drop_below(below)
    assert {n for n in range(140) if n in ranges} == {n for n in plain if n >= below}


@given(_SMALL_RANGES)
def test_ranges_survive_their_bytes(pairs: list[tuple[int, int]]) -> None:
    ranges, _ = _filled(pairs)
    assert list(RangeSet.from_bytes(ranges.to_bytes())) == list(ranges)


@given(st.sets(st.integers(0, 400), min_size=1), st.data())
def test_acknowledgements_name_every_wanted_number_and_no_missing_one(numbers: set[int], data: st.DataObject) -> None:
    ledger = SequenceLedger()
    for number in numbers:
        assert not ledger.knows(Sequence(number))
        ledger.add(Sequence(number))
    wanted = data.draw(st.sets(st.sampled_from(sorted(numbers)), min_size=1))
    named: set[int] = set()
    for durable, holes in ledger.coverage(wanted):
        ack = decode_ack(encode_ack(Acknowledgement(durable, holes)))  # the wire's own limits hold
        named |= {number for number in range(durable[1] + 1) if ack.covers(number)}
    assert wanted <= named <= numbers


def test_nothing_missing_begins_at_zero() -> None:
    ledger = SequenceLedger()
    for sequence in (Sequence(3, skip=3), Sequence(4), Sequence(9, thinned=[(5, 6)]), Sequence(8, skip=1)):
        assert not ledger.knows(sequence)
        ledger.add(sequence)
    assert ledger.coverage([9]) == [((0, 9), [])]


def test_a_number_is_known_again() -> None:
    ledger = SequenceLedger()
    ledger.add(Sequence(5))
    assert ledger.knows(Sequence(5))


def test_a_skipped_number_is_a_conflict_in_either_order() -> None:
    ledger = SequenceLedger()
    ledger.add(Sequence(9, skip=3))
    with pytest.raises(SkippedNumber) as first:
        ledger.knows(Sequence(7))
    ledger.add(Sequence(20))
    with pytest.raises(SkippedNumber) as second:
        ledger.knows(Sequence(22, skip=5))
    assert (first.value.reason, first.value.other, second.value.other) == ("skipped-seq", 9, 20)


def test_a_thinned_number_that_arrives_late_is_welcome() -> None:
    ledger = SequenceLedger()
    ledger.add(Sequence(9, thinned=[(4, 6)]))
    assert not ledger.knows(Sequence(5))


def test_a_key_full_of_holes_gets_no_further_hole_but_may_fill_them() -> None:
    ledger = SequenceLedger()
    for number in range(0, 2 * MAX_LEDGER_RANGES, 2):
        ledger.add(Sequence(number))
    with pytest.raises(LedgerFull):
        ledger.knows(Sequence(2 * MAX_LEDGER_RANGES + 10))
    assert not ledger.knows(Sequence(1))
    ledger.add(Sequence(1))
    assert not ledger.knows(Sequence(2 * MAX_LEDGER_RANGES + 10))


def test_settled_numbers_stay_covered_and_cost_nothing_while_holes_stay_open() -> None:
    ledger = SequenceLedger()
    for sequence in (Sequence(9, skip=3), Sequence(20, thinned=[(12, 14)]), Sequence(26, skip=4)):
        ledger.add(sequence)
    covered = list(ledger.covered)
    ledger.settle(24)
    assert (list(ledger.covered), list(ledger.skipped), list(ledger.thinned)) == (covered, [(24, 25)], [])
    assert ledger.knows(Sequence(7)) and ledger.knows(Sequence(13)) and ledger.knows(Sequence(23))
    assert not ledger.knows(Sequence(17))
    with pytest.raises(SkippedNumber):
        ledger.knows(Sequence(25))
    again = SequenceLedger(ledger.received, ledger.skipped, ledger.thinned)
    assert list(again.covered) == covered
