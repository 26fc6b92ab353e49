"""When the gateway says its state: on each connection, and when alarms or room change, not all the time."""

import itertools

from civicroot_gateway.announcing import INTERVAL, Announcer
from civicroot_gateway.mqtt.link import Link
from civicroot_wire import state
from civicroot_wire.state import State


class Heard(Link):
    """A link that keeps what it is given."""

    def __init__(self) -> None:
        self.states: list[State] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert topic == "topic" and retain
        self.states.append(state.decode(payload))


class Stage:
    """An announcer to two brokers; `state` is how the gateway is."""

    def __init__(self) -> None:
        self.now = 0.0
        self.state = State(online=True, waiting=3, room=100)
        self.near, self.far = Heard(), Heard()
        self.announcer = Announcer("topic", (self.near, self.far), lambda: self.state, lambda: self.now)

    def passes(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now += 1
            self.announcer.service()


def test_each_connection_is_told_at_once_and_only_that_broker() -> None:
    stage = Stage()
    stage.announcer.link_came(stage.far)
    assert [one.waiting for one in stage.far.states] == [3]
    assert not stage.near.states
    stage.announcer.link_came(Heard())  # to a broker that is told by another link
    stage.passes(60)
    assert len(stage.far.states) == 1


def test_alarms_are_told_to_both_within_ten_seconds_and_their_end_too() -> None:
    stage = Stage()
    stage.announcer.link_came(stage.far)
    stage.state = State(online=True, waiting=3, room=100, alarms=["disk-full"])
    stage.passes(INTERVAL)
    stage.state = State(online=True, waiting=9, room=100)
    stage.passes(INTERVAL)
    assert [one.alarms for one in stage.near.states] == [["disk-full"], []]
    assert [one.alarms for one in stage.far.states] == [[], ["disk-full"], []]


def test_room_is_told_when_it_changed_by_a_tenth_and_not_more_often_than_every_ten_seconds() -> None:
    stage = Stage()
    stage.announcer.link_came(stage.near)
    for room in range(100, 40, -1):
        stage.state = State(online=True, room=room)
        stage.passes(1)
    told = [one.room for one in stage.near.states if one.room is not None]
    assert told[0] == 100 and len(told) <= 6
    assert all(before - after > 0.1 * before for before, after in itertools.pairwise(told))


def test_last_word_is_offline() -> None:
    stage = Stage()
    stage.announcer.say_offline()
    assert [one.online for one in stage.near.states + stage.far.states] == [False, False]
