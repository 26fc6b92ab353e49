"""The running gateway: two links, one engine, one loop, and the order in which things are said.

The loop is the only one who touches engine, spool and links. Nothing queues up inside: a message is read only when
the one before it was taken in, and what the loop does not read waits at the broker.
"""

import logging
import random
import select
import signal
import socket
import sqlite3
import time
from importlib.metadata import version
from types import FrameType

import paho.mqtt.client as paho
from civicroot_wire import sodium, state, topic
from civicroot_wire.state import State

from . import home
from .config import Config
from .engine import Clock, Engine, Settings
from .mqtt.link import Link, Will
from .operate.logs import fields
from .registry import trust
from .uplink.delivery import Delivery

GROUP_SIZE = 512  # messages and records in one commit: fsync costs them 10 µs each
GROUP_AGE = 0.05  # seconds a device waits for a fuller group
GROUP_PAUSE = 0.01  # seconds without a message that end a group: Mosquitto sends 20 and waits for their PUBACKs
OFFLINE_DEADLINE = 2.0  # seconds for the broker to take the last word before exit
DISTRIBUTION = "civicroot-gateway"

_log = logging.getLogger(__name__)


class Daemon:
    """A gateway process. `run` returns after SIGTERM or SIGINT."""

    def __init__(self, config: Config, engine: Engine) -> None:
        self._engine = engine
        self._stopping = False
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self._delivery = Delivery(random.random)
        self._handed: dict[int, paho.MQTTMessageInfo] = {}
        self._tickets: list[tuple[Link, tuple[int, int, int]]] = []
        self._group_since: float | None = None
        self._last_message = 0.0
        self._state_topic = topic.of_gateway(engine.kid, topic.STATE)
        self._devices, self._uplink = self._make_links(config)

    def _make_links(self, config: Config) -> tuple[Link, Link]:
        kid = self._engine.kid
        prefix = topic.PREFIX + kid.hex()
        devices = Link(
            name="devices",
            address=config.broker,
            client_id=f"civicroot-{kid.hex()}-devices",
            subscriptions=[f"{prefix}/+/{topic.UP}", f"{prefix}/+/{topic.STATE}"],
            will=None,
            on_up=lambda: None,
            wake=self._wake,
            monotonic=time.monotonic,
            jitter=random.random,
        )
        uplink = Link(
            name="uplink",
            address=config.uplink,
            client_id=f"civicroot-{kid.hex()}-uplink",
            subscriptions=[f"{prefix}/+/{topic.ENROLMENT}", f"{prefix}/{topic.CHECKPOINT}", f"{prefix}/{topic.ACK}"],
            will=Will(self._state_topic, state.encode(State(online=False))),
            on_up=self._on_uplink_up,
            wake=self._wake,
            monotonic=time.monotonic,
            jitter=random.random,
        )
        return devices, uplink

    def run(self) -> None:
        """Serve until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        _log.info("gateway runs", extra=fields(kid=self._engine.kid.hex(), spooled=self._engine.spooled))
        while not self._stopping:
            self._turn()
        self._stop()

    def _turn(self) -> None:
        """One turn of the loop: keep links, send what is due, wait for input, take it in, commit when it is time."""
        for link in (self._devices, self._uplink):
            link.service()
        self._send_batches()
        self._poll(self._wait())
        if self._flush_due():
            self._flush()

    def _poll(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        links: dict[int, Link] = {}
        for link in (self._devices, self._uplink):
            wanted = link.poll_events()
            if wanted is not None:
                poll.register(*wanted)
                links[wanted[0]] = link
        for descriptor, events in poll.poll(seconds * 1000):
            if descriptor in links:
                links[descriptor].serve(events)
                self._take_in(links[descriptor])
            else:
                self._wake_read.recv(4096)

    def _take_in(self, link: Link) -> None:
        for message in link.inbox:
            self._engine.receive(message.topic, message.payload)
            self._tickets.append((link, message.ticket))
            self._last_message = time.monotonic()
            if self._group_since is None:
                self._group_since = self._last_message
        link.inbox.clear()

    def _wait(self) -> float:
        """Seconds until something is due."""
        now = time.monotonic()
        waits = [self._devices.wait(), self._uplink.wait()]
        if self._group_since is not None:
            waits.append(max(self._group_end(self._group_since) - now, 0.0))
        seal = self._engine.seal_due_in()
        if seal is not None:
            waits.append(seal)
        if self._uplink.up and not self._uplink.congested:
            send = self._delivery.next_due(self._engine.waiting, now)
            waits += [] if send is None else [send]
        return min(waits)

    def _flush_due(self) -> bool:
        if self._engine.pending >= GROUP_SIZE or self._engine.seal_due_in() == 0:
            return True
        return self._group_since is not None and time.monotonic() >= self._group_end(self._group_since)

    def _group_end(self, since: float) -> float:
        return min(since + GROUP_AGE, self._last_message + GROUP_PAUSE)

    def _flush(self) -> None:
        """Commit; only then PUBACK to the broker, and acknowledge to the devices."""
        self._group_since = None
        tickets, self._tickets = self._tickets, []
        try:
            outcome = self._engine.flush()
        except sqlite3.Error as error:
            _log.critical("the spool does not take writes", extra=fields(error=str(error)))
            self._engine.reload()
            for link in (self._devices, self._uplink):
                link.drop("what it delivered could not be stored")  # the broker delivers it again
            return
        for link, ticket in tickets:
            link.acknowledge(ticket)
        for name, payload in outcome.answers:
            self._devices.publish(name, payload, qos=0)  # a lost one is said again when the device sends again
        for seq in outcome.settled:
            self._delivery.forget(seq)
            self._handed.pop(seq, None)

    def _send_batches(self) -> None:
        if not self._uplink.up:
            return
        now = time.monotonic()
        for seq in self._delivery.due(self._engine.waiting, now):
            if self._uplink.congested:
                return
            handed = self._handed.get(seq)
            if handed is None or handed.is_published():  # else it is still under way on this connection
                self._send_batch(seq)
            self._delivery.sent(seq, now)

    def _send_batch(self, seq: int) -> None:
        name = topic.of_gateway(self._engine.kid, topic.BATCH)
        info = self._uplink.publish(name, self._engine.batch_message(seq), qos=1)
        if info is not None and info.rc == paho.MQTT_ERR_SUCCESS:
            self._handed[seq] = info

    def _on_uplink_up(self) -> None:
        self._handed.clear()
        self._delivery.restart()
        content = State(online=True, version=version(DISTRIBUTION), waiting=self._engine.spooled)
        self._uplink.publish(self._state_topic, state.encode(content), qos=1, retain=True)

    # Stopping

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"\0")
        except BlockingIOError:
            return  # it is full of wake-ups already

    def _stop(self) -> None:
        self._flush()
        if self._uplink.up:
            self._say_offline()
        for link in (self._devices, self._uplink):
            link.close()
        _log.info("gateway stopped", extra=fields(spooled=self._engine.spooled))

    def _say_offline(self) -> None:
        content = state.encode(State(online=False))
        info = self._uplink.publish(self._state_topic, content, qos=1, retain=True)
        until = time.monotonic() + OFFLINE_DEADLINE
        while info is not None and self._uplink.up and not info.is_published() and time.monotonic() < until:
            self._uplink.service()
            self._poll(0.1)


def run(config: Config) -> None:
    """Run the gateway of a configuration until it is told to stop; raises GatewayError if it cannot start."""
    policy = trust.load(config.policy, config.realm, sodium.verify)
    signer = home.read_key(config.data)
    with home.locked(config.data):
        spool = home.open_spool(config.data, signer, config.realm)
        try:
            settings = Settings(config.realm, policy, config.batch, config.spool_bytes)
            clock = Clock(lambda: int(time.time()), time.monotonic)
            Daemon(config, Engine(spool, signer, settings, clock, sodium.verify)).run()
        finally:
            spool.close()
