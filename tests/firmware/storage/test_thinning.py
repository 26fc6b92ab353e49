"""What is given up when the outbox is full, and that nobody takes it for lost."""

import sys
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

import pytest
from civicroot_audit import completeness
from civicroot_audit.completeness import Facts
from civicroot_gateway.admission.sequence_ledger import SequenceLedger
from civicroot_wire import record
from civicroot_wire.acknowledgement import Acknowledgement
from hypothesis import given
from hypothesis import strategies as st

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.storage import part as parts  # noqa: E402
from civicroot_device.storage import thinning  # noqa: E402
from civicroot_device.storage.part import Part  # noqa: E402
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT, MAX_PENDING  # noqa: E402
from outage import A_DAY, FIRST, Outage  # noqa: E402
from reporter_world import BEACON, split  # noqa: E402

SMALL = 128 * 1024  # a quarter of the real one: a day of an outage stands for four


def outage(days: int, limit: int = SMALL) -> Outage:
    """A world that lived so long without a gateway; the hole list was looked at every day."""
    world = Outage(limit)
    for _ in range(days):
        world.live(1)
        assert len(world.outbox.pending) <= MAX_PENDING
    return world


def report_on(world: Outage, ledger: SequenceLedger, times: int) -> None:
    """The gateway is there again: it receives and acknowledges, and the device makes so many more reports."""
    world.reporter.on_link(True, world.ms)
    for _ in range(times):
        world.ms += 300_000
        world._beat()
        while (numbers := world.poll()) is not None:
            for one in split(world.messages.pop()):
                assert not ledger.knows(one.sequence)
                ledger.add(one.sequence)
                world.received[one.seq] = one.encoded
            for durable, holes in ledger.coverage(numbers):
                world.hear(Acknowledgement(durable, holes, BEACON))


@pytest.fixture(scope="module")
def three_weeks() -> Outage:
    return outage(5)


def test_deposits_and_the_newest_heartbeat_stay_and_nothing_is_refused(three_weeks: Outage) -> None:
    world = three_weeks
    held = world.records()
    assert world.outbox.counts.thinned > 1000
    assert world.refused == 0
    assert set(world.deposits) <= set(held)
    assert world.heartbeats[-1] in held


def test_picture_of_an_outage_gets_coarser_evenly_and_has_no_gap(three_weeks: Outage) -> None:
    world = three_weeks
    held = world.records()
    kept = [at for at, seq in enumerate(world.heartbeats) if seq in held]
    gaps = [later - earlier for earlier, later in pairwise(kept)]
    assert kept[0] == 0
    assert max(gaps) <= 2 * 4**2  # rank 1 is being given up: every 16th is left, and deposits may take a turn
    days = [sum(at // A_DAY == day for at in kept) for day in range(5)]
    assert min(days) > A_DAY // 20, days
    assert max(days[:4]) < 2 * min(days[:4]), days


def test_declared_numbers_are_those_dropped_and_an_auditor_finds_none_lost(three_weeks: Outage) -> None:
    world = three_weeks
    ledger, facts = SequenceLedger(), Facts()
    report_on(world, ledger, 2 * MAX_PENDING)  # until all is declared
    assert (world.holding(), world.outbox.pending) == ([], [])
    for data in world.received.values():
        sequence = record.decode(data).sequence
        facts.received.add(sequence.seq, sequence.seq)
        for first, last in sequence.thinned:
            facts.thinned.add(first, last)
    found = completeness.account(facts)
    assert [(first, last) for first, last in found.lost] == [(0, FIRST - 1)]  # numbers that this world never used
    assert list(ledger.covered) == [(FIRST, max(world.received))]
    assert found.thinned.count == world.outbox.counts.thinned
    assert found.conflicts.count == 0


def test_outage_without_an_end_refuses_at_last_and_keeps_every_deposit_that_it_took() -> None:
    world = outage(4, 64 * 1024)
    assert world.refused > 0
    assert set(world.deposits) <= set(world.records())
    last = world.heartbeats[-1]
    report_on(world, SequenceLedger(), 3)
    assert len([seq for seq in world.heartbeats if seq > last]) == 3  # it reports on as soon as there is room


# --- the policy by itself


def closed(records: list[tuple[int, int, int]]) -> Part:
    """A segment with (number, rank, priority)."""
    made = Part(0, 36, 4096)
    for seq, rank, priority in records:
        made.put(seq, parts.place(100, 170, rank, priority))
    return made


def test_lowest_rank_of_the_oldest_segment_goes_first() -> None:
    first = closed([(0, 1, HEARTBEAT), (1, 0, CHANGE)])
    second = closed([(2, 0, HEARTBEAT), (3, 0, HEARTBEAT), (4, 0, ALARM), (5, 0, HEARTBEAT), (6, 1, HEARTBEAT)])
    third = closed([(7, 0, HEARTBEAT), (8, 0, HEARTBEAT)])
    segments = [first, second, third]
    order = []
    while (chosen := thinning.choose(segments, [])) is not None:
        part, dropped, _ = chosen
        part.forget(dropped)
        order.append(dropped)
    assert order == [[(2, 3), (5, 5)], [(7, 7)], [(0, 0)], [(6, 6)]]
    assert [list(part.seqs) for part in segments] == [[1], [4], [8]]


def test_no_more_is_given_up_than_may_be_pending() -> None:
    pending = [(10 * n, 10 * n) for n in range(MAX_PENDING - 1)]
    whole = closed([(1000, 0, HEARTBEAT), (1001, 0, CHANGE), (1002, 0, HEARTBEAT), (1003, 0, HEARTBEAT)])
    chosen = thinning.choose([whole], pending)
    assert chosen is not None
    assert chosen[1] == [(1000, 1000)]
    assert len(chosen[2]) == MAX_PENDING
    assert thinning.choose([whole], [*pending, (1000, 1000)]) is not None  # it touches what is pending
    assert thinning.choose([closed([(1002, 0, HEARTBEAT), (1009, 0, HEARTBEAT)])], chosen[2]) is None


@given(heartbeats=st.lists(st.booleans(), min_size=64, max_size=300))
def test_ranks_are_spread_evenly_whatever_lies_between(heartbeats: list[bool]) -> None:
    ranks = thinning.Ranks()
    found = [(made, ranks.next(made, beat)) for made, beat in enumerate(heartbeats, 1)]
    beats = [made for made, beat in enumerate(heartbeats, 1) if beat]
    for rank in range(thinning.RANKS):
        kept = {made for made, got in found if heartbeats[made - 1] and got >= rank}
        turns = range(4**rank, len(heartbeats) + 1, 4**rank)
        # Whoever comes next after a turn takes it, and nobody else.
        assert kept == {beats[at] for at in (bisect_left(beats, turn) for turn in turns) if at < len(beats)}
