"""Messages from links and bridges into the engine, and out of it what may be said once they are durable."""

import logging
from collections.abc import Sequence

from civicroot_wire import topic
from civicroot_wire.errors import MalformedError

from .bridges.hub import Hub
from .down.down import Down
from .engine import Engine, Outcome
from .errors import SpoolFault
from .mqtt.connection import Message, Ticket
from .mqtt.link import Link
from .operate.logs import fields
from .pacing import GROUP_SIZE, Pacing
from .uplink.sender import BatchSender

# QoS 0, of which nothing is stored.
_PAST_THE_ENGINE = tuple(f"/{leaf}" for leaf in (topic.WANT, topic.PIECE, topic.PRIVATE, topic.CLAIM))
_UP = f"/{topic.UP}"

_log = logging.getLogger(__name__)


class Intake:
    """Owned by the loop. `failing`: why the last commit failed, None after a good one.

    Nothing queues up inside: a group is committed when it is full or due, and what is not read waits at the broker.
    """

    def __init__(
        self, engine: Engine, links: Sequence[Link], hub: Hub, down: Down, sender: BatchSender, pacing: Pacing
    ) -> None:
        self.failing: str | None = None
        self._engine = engine
        self._devices, self._uplink = links
        self._hub = hub
        self._down = down
        self._sender = sender
        self._pacing = pacing
        self._tickets: list[tuple[Link, Ticket]] = []
        self._by_mqtt: set[bytes] = set()
        self._bridged = bool(hub.report())

    def turn(self) -> None:
        """Take in what came, and commit if it is time."""
        try:
            self._take_in()
            if self._is_due():
                self.flush()
        except SpoolFault as error:
            self._fail(error)

    def due_in(self) -> float:
        """Seconds until a commit is due; inf: not by itself."""
        seconds = self._engine.due_in()
        return min(self._pacing.due_in(), float("inf") if seconds is None else seconds)

    def flush(self) -> None:
        """Commit; only then PUBACK to the broker, and acknowledge to the devices. Raises SpoolFault."""
        self._pacing.committed()
        outcome = self._engine.flush()
        self.failing = None
        for link, ticket in self._tickets:
            link.acknowledge(ticket)
        self._tickets.clear()
        self._answer(outcome)

    def stop(self) -> None:
        """The last commit."""
        try:
            self.flush()
        except SpoolFault as error:
            self._fail(error)

    def _take_in(self) -> None:
        for link in (self._devices, self._uplink):
            inbox = link.inbox
            if inbox:
                self._pacing.took_in(len(inbox))
                for message in inbox:
                    self._take(link, message)
                inbox.clear()
        for inbound in self._hub.inbox:
            self._pacing.took_in(1)
            self._engine.receive(inbound.topic, inbound.payload)
        self._hub.inbox.clear()

    def _take(self, link: Link, message: Message) -> None:
        name = message.topic
        if message.ticket[1]:
            self._tickets.append((link, message.ticket))
        if name.endswith(_PAST_THE_ENGINE):
            self._pass_by(name, message.payload)
            return
        self._engine.receive(name, message.payload)
        if self._bridged and name.endswith(_UP):
            self._note_mqtt(name)

    def _pass_by(self, name: str, payload: bytes) -> None:
        try:
            gateway, kid, leaf = topic.parse(name)
        except MalformedError:
            return
        if gateway == self._engine.kid:
            self._down.receive(leaf, kid, payload)

    def _note_mqtt(self, name: str) -> None:
        try:
            _, kid, _ = topic.parse(name)
        except MalformedError:
            return
        if kid is not None:
            self._by_mqtt.add(kid)

    def _is_due(self) -> bool:
        return self._engine.pending >= GROUP_SIZE or self.due_in() <= 0

    def _answer(self, outcome: Outcome) -> None:
        answers = self._hub.answer(outcome.answers, self._by_mqtt) if self._bridged else outcome.answers
        self._by_mqtt.clear()
        for name, payload in answers:
            self._devices.say(name, payload)  # a lost one is said again when the device sends again
        for seq in outcome.settled:
            self._sender.settled(seq)

    def _fail(self, error: Exception) -> None:
        """The group was not stored: forget it, and let brokers and devices deliver it again."""
        self.failing = str(error)
        _log.critical("the spool does not take writes", extra=fields(error=self.failing))
        self._pacing.committed()
        self._tickets.clear()
        self._by_mqtt.clear()
        self._hub.forget()
        self._engine.reload()
        for link in (self._devices, self._uplink):
            link.drop("what it delivered could not be stored")
