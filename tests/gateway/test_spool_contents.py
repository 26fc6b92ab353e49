"""What the journal's frames add up to, against a model that keeps every record."""

from array import array

import pytest
from civicroot_gateway.spool import contents
from civicroot_gateway.spool.contents import Contents, Queue, Run
from civicroot_gateway.spool.frame import COMMITTED, REFUSED, RETURNED, RecordFrame, SealedFrame, SettledFrame
from civicroot_gateway.spool.room import LEARNING, TIME_CONSTANT, Room
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule


class Frames(RuleBasedStateMachine):
    """Batches of two lanes come, are settled in any order and way, and lose frames; queues hold exactly the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.every: dict[int, RecordFrame] = {}  # what the journal can read
        self.batched: dict[int, set[int]] = {}
        self.free: set[int] = set()
        self.found = Contents(self._read)
        self.position = 1
        self.number = 0

    def _read(self, first: int, last: int, lane: int) -> list[RecordFrame]:
        chosen = range(first, last + 1)
        return [self.every[place] for place in chosen if place in self.every and self.every[place].lane == lane]

    @rule(lane=st.sampled_from([0, 1]), size=st.integers(0, 40))
    def add(self, lane: int, size: int) -> None:
        item = self.every[self.position] = RecordFrame(self.position, 0, lane, bytes(size))
        self.free.add(self.position)
        self.position += 1
        self.found.take(item)

    @precondition(lambda self: self.free)
    @rule(count=st.integers(1, 5), lane=st.sampled_from([0, 1]), frame_survives=st.booleans())
    def seal(self, count: int, lane: int, frame_survives: bool) -> None:
        """Of the oldest run, as the backlog does; a frame that is damaged leaves its records to the next batch."""
        run = next((item for item in self.found.queue(lane).runs if item.positions), None)
        if run is None:
            return
        chosen = list(run.positions[:count])
        number, self.number = self.number, self.number + 1
        if not frame_survives:
            return
        size, digest = len(chosen), number.to_bytes(32, "big")
        self.found.take(SealedFrame(number, lane, chosen[0], chosen[-1], size, digest, b""))
        self.batched[number] = set(chosen)
        self.free -= self.batched[number]

    @precondition(lambda self: self.batched)
    @rule(data=st.data(), outcome=st.sampled_from([COMMITTED, REFUSED, RETURNED]))
    def settle(self, data: st.DataObject, outcome: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.batched)))
        item = self.found.batches[number]
        self.found.take(SettledFrame(number, item.lane, item.first, item.last, outcome, "why"))
        if outcome == COMMITTED:
            del self.batched[number]
        elif outcome == RETURNED:
            self.free |= self.batched.pop(number)

    @invariant()
    def agrees(self) -> None:
        queued = [place for queue in self.found.queues.values() for run in queue.runs for place in run.positions]
        assert sorted(queued) == sorted(self.free)
        assert {number: item.records for number, item in self.found.batches.items()} == {
            number: len(places) for number, places in self.batched.items()
        }
        live = self.free.union(*self.batched.values())
        for lane in (0, 1):
            ranges = self.found.ranges(lane)
            of_lane = {place for place in live if self.every[place].lane == lane}
            assert {p for p in self.every if self.every[p].lane == lane and contents.is_live(ranges, p)} == of_lane
            assert self.found.oldest().get(lane) == min(of_lane, default=None)
            assert contents.live_records(ranges, 1, self.position) >= len(of_lane)
        waiting = [item for item in self.found.batches.values() if item.reason is None]
        assert self.found.records == len(self.free) + sum(item.records for item in waiting)
        assert self.found.has_refused is (len(waiting) < len(self.found.batches))
        queue_octets = sum(queue.octets for queue in self.found.queues.values())
        assert queue_octets == sum(len(self.every[place].encoded) for place in self.free)


TestFrames = Frames.TestCase


@given(st.sets(st.integers(1, 60)), st.integers(1, 60), st.integers(0, 20))
def test_what_is_taken_out_of_the_middle_leaves_runs_that_do_not_cross_it(
    places: set[int], first: int, length: int
) -> None:
    queue = Queue()
    for place in sorted(places):
        queue.add(place, 1)
    taken = sorted(place for place in places if first <= place <= first + length)
    assert queue.take(first, first + length) == (len(taken), len(taken))
    for run in queue.runs if taken else []:
        assert not any(place < first < other for place in run.positions for other in run.positions if place < other)
    queue.put_back(Run(array("Q", taken), array("H", [1] * len(taken))))
    assert [place for run in queue.runs for place in run.positions] == sorted(places)
    assert queue.records == queue.octets == len(places)


def test_verdict_on_a_batch_whose_header_is_damaged_settles_its_records_all_the_same() -> None:
    found = Contents(lambda _first, _last, _lane: [])
    for place in range(1, 6):
        found.take(RecordFrame(place, 0, 1, b"x"))
    found.take(SettledFrame(0, 1, 2, 3, COMMITTED))
    found.take(SettledFrame(1, 1, 4, 4, REFUSED, "why"))
    assert [list(run.positions) for run in found.queues[1].runs] == [[1], [4, 5]]
    assert (found.batches, found.next_batch) == ({}, 2)


def test_room_knows_nothing_at_first_and_then_the_rate_of_about_an_hour() -> None:
    room = Room(0.0)
    assert room.hours_left(1000, LEARNING * 2) is None
    for minute in range(1, 601):
        room.add(60, minute * 60.0)
        if minute > 1:
            assert room.hours_left(7200, minute * 60.0) == pytest.approx(2.0, rel=0.35 if minute < 10 else 0.1)
    assert room.hours_left(-5, 36000.0) == 0
    later = room.hours_left(7200, 36000.0 + TIME_CONSTANT)
    assert later == pytest.approx(2.0 * 2.718, rel=0.05)
