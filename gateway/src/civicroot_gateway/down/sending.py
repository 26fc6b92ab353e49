"""Publishes what is due on the way down."""

from collections.abc import Callable, Mapping

from ..mqtt.link import Link
from .down import Down
from .publication import DEVICES


class DownSender:
    """A Source without descriptors. `links` by the name that a Publication has."""

    def __init__(self, down: Down, links: Mapping[str, Link], monotonic: Callable[[], float]) -> None:
        self._down = down
        self._links = links
        self._monotonic = monotonic

    def service(self) -> None:
        """Publish what is due, while the devices' link keeps up."""
        if self._links[DEVICES].congested:
            return
        for one in self._down.due(self._monotonic()):
            link = self._links[one.link]
            if one.qos or one.retain:
                link.publish(one.topic, one.payload, retain=one.retain)
            else:
                link.say(one.topic, one.payload)

    def wait(self) -> float:
        """Seconds until something is due; a full socket wakes when it is empty."""
        due = None if self._links[DEVICES].congested else self._down.next_due(self._monotonic())
        return float("inf") if due is None else due

    def wants(self) -> list[tuple[int, int]]:
        """Nothing: the links wait for their sockets."""
        return []

    def serve(self, _descriptor: int, _events: int) -> None:
        """Never called."""
