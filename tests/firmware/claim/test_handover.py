"""When openings are sent."""

from civicroot_device.claim.handover import DEADLINE_MS, LONGEST_MS, Handover
from civicroot_device.claim.openings import Openings
from civicroot_wire import opening
from civicroot_wire.opening import LED, Opening

from tests.firmware.claim.world import NOW, SimulatedFlash


class Bench:
    """A handover over `count` openings, number 0 first."""

    def __init__(self, count: int) -> None:
        self.store = Openings(SimulatedFlash())
        self.handover = Handover(self.store, lambda: 0.0)
        for seq in range(count):
            self.add(seq, 0)

    def add(self, seq: int, now_ms: int) -> None:
        self.store.add(Opening(seq, LED, bytes(16), bytes(6)), NOW, now_ms)
        self.handover.added(seq, now_ms)

    def poll(self, now_ms: int) -> int | None:
        message = self.handover.poll(now_ms)
        return None if message is None else opening.decode(message).seq

    def kept(self, seq: int, now_ms: int) -> None:
        assert self.store.remove(seq)
        self.handover.gone(seq, now_ms)


def test_nothing_is_sent_without_a_connection() -> None:
    bench = Bench(1)
    assert (bench.poll(10), bench.handover.wait_ms(10)) == (None, None)
    bench.handover.link(True, 20)
    assert bench.handover.wait_ms(20) == 0
    assert bench.poll(20) == 0


def test_one_is_in_flight_and_the_next_follows_its_answer_at_once() -> None:
    bench = Bench(3)
    bench.handover.link(True, 0)
    assert [bench.poll(0), bench.poll(1)] == [2, None]
    bench.kept(2, 50)
    assert [bench.poll(50), bench.poll(51)] == [0, None]
    bench.kept(0, 60)
    assert bench.poll(60) == 1
    bench.kept(1, 70)
    assert (bench.poll(70), bench.handover.wait_ms(70)) == (None, None)


def test_without_an_answer_others_are_tried_later_each_time_up_to_an_hour() -> None:
    bench = Bench(2)
    bench.handover.link(True, 0)
    now, gaps, sent = 0, [], []
    for _ in range(9):
        found, wait = bench.poll(now), bench.handover.wait_ms(now)
        assert found is not None and wait is not None
        assert bench.poll(now + wait - 1) is None
        sent.append(found)
        gaps.append(wait)
        now += wait
    assert sent == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert gaps == [min(LONGEST_MS, DEADLINE_MS << power) for power in range(9)]
    assert gaps[-1] == LONGEST_MS == 3_600_000


def test_a_connection_begins_at_once_again() -> None:
    bench = Bench(1)
    bench.handover.link(True, 0)
    assert bench.poll(0) == 0
    bench.handover.link(False, 100)
    assert bench.poll(DEADLINE_MS) is None
    bench.handover.link(True, DEADLINE_MS + 5)
    assert bench.poll(DEADLINE_MS + 5) == 0
    assert bench.handover.wait_ms(DEADLINE_MS + 5) == DEADLINE_MS


def test_a_new_opening_does_not_wait_for_the_back_off_of_old_ones() -> None:
    bench = Bench(2)
    bench.handover.link(True, 0)
    now = 0
    for _ in range(8):
        bench.poll(now)
        wait = bench.handover.wait_ms(now)
        assert wait is not None
        now += wait
    bench.poll(now)
    bench.add(7, now + 60_000)
    assert bench.poll(now + 60_000) == 7


def test_an_answer_for_one_that_is_not_in_flight_does_not_hurry_the_other() -> None:
    bench = Bench(2)
    bench.handover.link(True, 0)
    assert bench.poll(0) == 1
    bench.kept(0, 10)
    assert bench.poll(20) is None
    assert bench.poll(DEADLINE_MS) == 1
