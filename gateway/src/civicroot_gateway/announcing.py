"""The gateway's own state, retained at its brokers: online with alarms and room, offline by will or on a clean exit."""

from collections.abc import Callable, Sequence

import paho.mqtt.client as paho
from civicroot_wire import state
from civicroot_wire.state import State

from .mqtt.link import Link

INTERVAL = 10.0  # seconds between two looks whether there is something new to say
_ROOM_CHANGE = 0.1  # of the room: its hours go up and down all the time


class Announcer:
    """A Source without descriptors. `links`: one to each broker that is told; `describe()` makes the present state."""

    def __init__(
        self, name: str, links: Sequence[Link], describe: Callable[[], State], monotonic: Callable[[], float]
    ) -> None:
        self._name = name
        self._links = links
        self._describe = describe
        self._monotonic = monotonic
        self._look_at = monotonic() + INTERVAL
        self._said = State(online=False)

    def link_came(self, link: Link) -> None:
        """A connection is usable: tell that broker, which may have published the will."""
        if link in self._links:
            self._said = self._describe()
            link.publish(self._name, state.encode(self._said), retain=True)

    def service(self) -> None:
        """Say what changed."""
        now = self._monotonic()
        if now < self._look_at:
            return
        self._look_at = now + INTERVAL
        found = self._describe()
        if _differ(self._said, found):
            self._publish(found)

    def wait(self) -> float:
        """Seconds until the next look."""
        return max(self._look_at - self._monotonic(), 0.0)

    def wants(self) -> list[tuple[int, int]]:
        """Nothing: the links wait for their sockets."""
        return []

    def serve(self, _descriptor: int, _events: int) -> None:
        """Never called."""

    def say_offline(self) -> list[paho.MQTTMessageInfo]:
        """The last word; what was handed over, to wait for."""
        return self._publish(State(online=False))

    def _publish(self, content: State) -> list[paho.MQTTMessageInfo]:
        self._said = content
        handed = [link.publish(self._name, state.encode(content), retain=True) for link in self._links]
        return [info for info in handed if info is not None]


def _differ(said: State, found: State) -> bool:
    if said.alarms != found.alarms or (said.room is None) != (found.room is None):
        return True
    return abs((said.room or 0) - (found.room or 0)) > _ROOM_CHANGE * (said.room or 0)
