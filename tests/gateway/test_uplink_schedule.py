"""What leaves when: lanes, windows, pauses, bandwidth. Pure, in simulated time."""

import itertools
import random
from collections import Counter

import paho.mqtt.client as paho
import pytest
from civicroot_gateway.errors import SpoolFault
from civicroot_gateway.uplink.bandwidth import Bandwidth
from civicroot_gateway.uplink.delivery import FIRST_PAUSE, LONGEST_PAUSE, WINDOW, Delivery
from civicroot_gateway.uplink.sender import BatchSender

TOPIC = "civicroot/v1/0000000000000000/batch"
SIZE = 1000  # bytes of every batch


class Uplink:
    """A link in simulated time. `log`: (when, batch); PUBACK comes when `broker_answers`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.up = True
        self.congested = False
        self.broker_answers = True
        self.log: list[tuple[float, int]] = []
        self.unanswered: list[paho.MQTTMessageInfo] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> paho.MQTTMessageInfo:
        assert topic == TOPIC and not retain
        self.log.append((self.now, int(payload[:8])))
        info = paho.MQTTMessageInfo(1)
        if self.broker_answers:
            info._set_as_published()
        else:
            self.unanswered.append(info)
        return info

    @property
    def sent(self) -> list[int]:
        return [seq for _, seq in self.log]


class Rig:
    """A sender over lanes that the test fills."""

    def __init__(self, rate: float = 0) -> None:
        self.uplink = Uplink()
        self.urgent: list[int] = []
        self.ordinary: list[int] = []
        self.damaged: set[int] = set()
        clock = lambda: self.uplink.now  # noqa: E731
        self.sender = BatchSender(
            self.uplink,
            TOPIC,
            lambda: (self.urgent, self.ordinary),
            self._message,
            Delivery(random.Random(1).random),
            Bandwidth(rate, clock),
            clock,
        )

    def _message(self, seq: int) -> bytes:
        if seq in self.damaged:
            raise SpoolFault("a damaged page")
        return f"{seq:08}".encode().ljust(SIZE, b"\0")

    def run(self, seconds: float) -> None:
        """Let time pass as the loop would."""
        until = self.uplink.now + seconds
        while True:
            self.sender.service()
            wait = self.sender.wait()
            assert wait > 0, "a loop that spins"
            if self.uplink.now + wait >= until:
                break
            self.uplink.now += wait
        self.uplink.now = until

    def settle(self, seq: int) -> None:
        for lane in (self.urgent, self.ordinary):
            if seq in lane:
                lane.remove(seq)
        self.sender.settled(seq)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_window_of_the_oldest_is_sent_and_the_next_when_one_is_settled(rig: Rig) -> None:
    rig.ordinary = list(range(10))
    rig.run(1)
    assert rig.uplink.sent == list(range(WINDOW))
    rig.settle(0)
    rig.run(1)
    assert rig.uplink.sent == list(range(WINDOW + 1))


def test_urgent_batch_is_sent_at_once_though_the_ordinary_window_is_full_and_the_line_busy(rig: Rig) -> None:
    rig.ordinary = list(range(10))
    rig.run(1)
    rig.uplink.congested = True
    rig.urgent = [10]
    rig.run(0.1)
    assert rig.uplink.sent[WINDOW:] == [10]


def test_urgent_batches_go_before_a_backlog(rig: Rig) -> None:
    rig.ordinary, rig.urgent = [1, 2, 4], [0, 3]
    rig.run(1)
    assert rig.uplink.sent == [0, 3, 1, 2, 4]


def test_nothing_is_sent_twice_while_the_first_sending_still_leaves(rig: Rig) -> None:
    rig.ordinary = [0]
    rig.uplink.broker_answers = False
    rig.run(3600)
    assert rig.uplink.sent == [0]
    rig.uplink.unanswered[0]._set_as_published()
    rig.run(LONGEST_PAUSE * 1.25)
    assert rig.uplink.sent == [0, 0]  # the broker has it, and no verdict came


def test_without_a_verdict_the_pauses_grow_and_six_hours_cost_few_sendings(rig: Rig) -> None:
    rig.ordinary = [0]
    rig.run(6 * 3600)
    times = [when for when, _ in rig.uplink.log]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[0] < 2 * FIRST_PAUSE and max(pauses) <= 1.25 * LONGEST_PAUSE
    assert len(times) < 90


def test_uplink_that_comes_back_gets_all_again_but_not_what_was_handed_over_whole(rig: Rig) -> None:
    rig.ordinary = [0, 1]
    rig.run(1)
    rig.uplink.up = False
    rig.run(6 * 3600)
    assert rig.uplink.sent == [0, 1]
    rig.uplink.up = True
    rig.sender.uplink_came(handed_over=False)
    rig.run(1)
    assert rig.uplink.sent == [0, 1, 0, 1]
    rig.sender.uplink_came(handed_over=True)
    rig.run(1)
    assert len(rig.uplink.sent) == 4


def test_batch_that_cannot_be_read_holds_up_no_other(rig: Rig) -> None:
    rig.ordinary, rig.damaged = [0, 1], {0}
    rig.run(1)
    assert rig.uplink.sent == [1]


@pytest.mark.parametrize("rate", [100, 10_000])
def test_bandwidth_is_kept_whatever_is_urgent(rate: int) -> None:
    rig = Rig(rate)
    rig.ordinary = list(range(100_000))
    for second in range(600):
        if second % 60 == 0:
            rig.urgent = [200_000 + second]
        rig.run(1)
        for _, seq in rig.uplink.log[-2 * WINDOW * rate :]:
            if seq in rig.ordinary[:WINDOW] or seq in rig.urgent:
                rig.settle(seq)
    counts = Counter(rig.uplink.sent)
    assert len(counts) == len(rig.uplink.sent)
    assert [when for when, seq in rig.uplink.log if seq >= 200_000] == [60.0 * number for number in range(10)]
    assert len(counts) * SIZE <= rate * 600 + rate + 11 * SIZE
    if rate >= 10_000:
        assert len(counts) * SIZE >= 0.35 * rate * 600  # a window a second is settled here
    assert [seq for seq in rig.uplink.sent if seq < 200_000] == sorted(seq for seq in counts if seq < 200_000)


def test_six_hours_of_backlog_at_the_cap_leave_in_order_and_in_time() -> None:
    rig = Rig(rate=SIZE * 2)
    rig.ordinary = list(range(6 * 360))  # a batch for every 10 s
    while rig.ordinary:
        rig.run(0.5)
        for seq in rig.uplink.sent[-WINDOW:]:
            rig.settle(seq)
    assert rig.uplink.sent == list(range(6 * 360))
    assert 1000 < rig.uplink.now < 1200  # two a second
