"""Sends batches over the uplink until their verdicts come: oldest first, urgent ones ahead, within the bandwidth."""

import logging
from collections.abc import Callable
from typing import Protocol

import paho.mqtt.client as paho

from ..errors import SpoolFault
from ..operate.logs import fields
from .bandwidth import Bandwidth
from .delivery import Delivery, Due, Lanes

_log = logging.getLogger(__name__)


class Uplink(Protocol):
    """What the sender uses of the link."""

    @property
    def up(self) -> bool:
        """Whether it is connected."""

    @property
    def congested(self) -> bool:
        """Whether output waits for the socket."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> paho.MQTTMessageInfo | None:
        """Hand over with QoS 1."""


class BatchSender:
    """A Source without descriptors. `lanes()` and `message(seq)` say what waits; `topic` is where it goes.

    On a metered line nothing is sent twice without need: not before the broker has acknowledged the first sending, on
    whose connection TCP delivers it or ends.
    """

    def __init__(
        self,
        uplink: Uplink,
        topic: str,
        lanes: Callable[[], Lanes],
        message: Callable[[int], bytes],
        delivery: Delivery,
        bandwidth: Bandwidth,
        monotonic: Callable[[], float],
    ) -> None:
        self._uplink = uplink
        self._topic = topic
        self._lanes = lanes
        self._message = message
        self._delivery = delivery
        self._bandwidth = bandwidth
        self._monotonic = monotonic
        self._handed: dict[int, paho.MQTTMessageInfo] = {}

    def uplink_came(self, handed_over: bool) -> None:
        """The uplink is up; unless it was handed over without loss, what was under way may be lost."""
        if not handed_over:
            self._handed.clear()
            self._delivery.restart()

    def settled(self, seq: int) -> None:
        """The batch has its verdict."""
        self._delivery.forget(seq)
        self._handed.pop(seq, None)

    def service(self) -> None:
        """Send what is due."""
        if not self._uplink.up:
            return
        now = self._monotonic()
        for one in self._delivery.due(self._lanes(), now):
            if self._may_go(one):
                self._send(one.seq, now)

    def wait(self) -> float:
        """Seconds until something is due; what waits for the socket is woken by it."""
        if not self._uplink.up:
            return float("inf")
        lanes, now = self._lanes(), self._monotonic()
        urgent = self._delivery.next_due(lanes, now, urgent=True)
        other = None if self._uplink.congested else self._delivery.next_due(lanes, now, urgent=False)
        if other is not None:
            other = max(other, self._bandwidth.due_in())
        return min((seconds for seconds in (urgent, other) if seconds is not None), default=float("inf"))

    def wants(self) -> list[tuple[int, int]]:
        """Nothing: the link waits for its own socket."""
        return []

    def serve(self, _descriptor: int, _events: int) -> None:
        """Never called."""

    def _may_go(self, one: Due) -> bool:
        """An urgent batch waits behind one that leaves already, at most; the others for an empty line and the cap."""
        return one.urgent or not (self._uplink.congested or self._bandwidth.due_in())

    def _send(self, seq: int, now: float) -> None:
        handed = self._handed.get(seq)
        if handed is not None and not handed.is_published():
            self._delivery.under_way(seq, now)
            return
        try:
            message = self._message(seq)
        except SpoolFault as error:  # the next commit takes it out of what waits
            _log.error("batch cannot be read", extra=fields(batch=seq, error=str(error)))
            self._delivery.sent(seq, now)
            return
        info = self._uplink.publish(self._topic, message)
        if info is not None and info.rc == paho.MQTT_ERR_SUCCESS:
            self._handed[seq] = info
            self._bandwidth.spend(len(message))
            self._delivery.sent(seq, now)
