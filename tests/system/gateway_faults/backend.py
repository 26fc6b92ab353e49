"""A backend as far as a gateway sees one: registrations, checkpoints and signed verdicts; it keeps all that comes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from civicroot_wire import batch, state, topic
from civicroot_wire.errors import WireError
from civicroot_wire.state import State

from tests.gateway.city import City
from tests.gateway.live import Client
from tests.support.brokers import Broker

CLOCK_TOLERANCE = 300  # seconds that `closed` may be ahead (SPEC.md §4.1)

Mangle = Callable[[bytes], list[bytes]]  # a verdict -> what is published in its place


@dataclass
class Kept:
    """What outlives the backend's connection: its database, so to say. Times in Unix seconds."""

    received: list[bytes] = field(default_factory=list)
    committed: dict[int, bytes] = field(default_factory=dict)
    records: int = 0  # in committed batches
    refused: dict[bytes, str] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)


class Backend(Client):
    """Commits what it may; `answering` False keeps it silent; `mangle` spoils its verdicts.

    `checkpoint()` gives the retained checkpoint.
    """

    def __init__(self, city: City, broker: Broker, kept: Kept | None = None) -> None:
        self.city = city
        self.kept = kept or Kept()
        self.answering = True
        self.mangle: Mangle = lambda message: [message]
        self.checkpoint: Callable[[], bytes] = lambda: city.log.note().encode()
        self._lock = threading.Lock()
        self._topics = {leaf: city.topic(leaf) for leaf in (topic.BATCH, topic.ACK, topic.STATE, topic.CHECKPOINT)}
        super().__init__(broker, "backend", [self._topics[topic.BATCH], self._topics[topic.STATE]])

    def on_connected(self) -> None:
        for kid, message in self.city.registrations.items():
            self.client.publish(self.city.topic(topic.ENROLMENT, kid), message, qos=1, retain=True)
        self.publish_checkpoint()

    def publish_checkpoint(self) -> None:
        """Tell the gateway of the newest checkpoint."""
        self.client.publish(self._topics[topic.CHECKPOINT], self.checkpoint(), qos=1, retain=True)

    def on_message(self, name: str, payload: bytes) -> None:
        if name == self._topics[topic.STATE]:
            self.kept.states.append(state.decode(payload))
            return
        with self._lock:
            self.kept.received.append(payload)
            verdict = self._judge(payload) if self.answering else None
        for message in self.mangle(verdict) if verdict else []:
            self.client.publish(self._topics[topic.ACK], message, qos=1)

    def _judge(self, payload: bytes) -> bytes:
        """Commit or refuse for good, as the real one does (SPEC.md §4.1)."""
        reason = self.kept.refused.get(payload)
        if reason is None:
            try:
                encoded, records = batch.decode_message(payload)
                header = batch.decode_header(encoded)
                reason = self._fault(header, payload)
            except WireError as error:
                reason = error.reason
        if reason is not None:
            self.kept.refused[payload] = reason
            return self.city.refuse(payload, reason)
        if header.sequence.seq not in self.kept.committed:
            self.kept.committed[header.sequence.seq] = payload
            self.kept.records += len(records)
        return self.city.commit(payload)

    def _fault(self, header: batch.Header, payload: bytes) -> str | None:
        if self.kept.committed.get(header.sequence.seq, payload) != payload:
            return "equivocation"
        if header.sequence.seq not in self.kept.committed and header.closed > time.time() + CLOCK_TOLERANCE:
            return "bad-time"
        return None
