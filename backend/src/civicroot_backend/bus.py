"""The MQTT side: batches in, verdicts and announcements out. One thread, one connection, one owner of its reconnection.

What gateways want of contents is answered at once; what they say of themselves goes to the board.

A batch is acknowledged to the broker only after its group is committed; what was not acknowledged comes again on the
next connection, and the gateway resends by itself until it has a verdict. The broker's window of unacknowledged
messages bounds what is held here.
"""

import logging
import random
import select
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event
from urllib.parse import unquote, urlsplit

from civicroot_wire import topic
from civicroot_wire.errors import WireError
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from civicroot_backend.announce.announcer import Announcer
from civicroot_backend.announce.listener import LEAVES, Listener
from civicroot_backend.errors import ConfigurationError
from civicroot_backend.ingest.commit import Arrival, Committer, Outcome

KEEP_ALIVE = 30  # seconds; a dead connection is noticed within one and a half of it
CONNECT_TIMEOUT = 5.0  # seconds for TCP
ANSWER_TIMEOUT = 10.0  # seconds for the broker's CONNACK and SUBACK
POLL_SECONDS = 0.25  # longest sleep of the loop; `wake` ends it sooner
MAX_GROUP = 32  # messages in one transaction: at most 32,768 records, 8 MiB
MAX_IN_FLIGHT = 20  # publications that the broker has not acknowledged; more announcements wait
FIRST_PAUSE, LAST_PAUSE = 0.2, 15.0  # seconds between two attempts to connect, doubling
SETTLE_SECONDS = 0.25  # after the subscription is granted, until what the broker retains has come
SUBSCRIPTIONS = [(f"{topic.PREFIX}+/{leaf}", 1) for leaf in (topic.CHECKPOINT, topic.BATCH, topic.STATE)]
# QoS 0, as what the listener asks for: what is lost is asked for, or said, again.
PASSING = [(f"{topic.PREFIX}+/{leaf}", 0) for leaf in (topic.WANT, topic.PRIVATE)]
DEFAULT_PORT = 1883

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None


def parse_broker_url(url: str) -> BrokerAddress:
    """`mqtt://[user:password@]host[:port]`. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise ConfigurationError(f"broker URL: {error}") from error
    if parts.scheme != "mqtt" or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError("broker URL: expected mqtt://[user:password@]host[:port]")
    user = unquote(parts.username) if parts.username else None
    return BrokerAddress(parts.hostname, port, user, unquote(parts.password) if parts.password else None)


@dataclass(frozen=True, slots=True)
class _Held:
    """An unacknowledged batch message, and the connection on which it came."""

    arrival: Arrival
    mid: int
    qos: int
    connection: int


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told of what comes in, beside the committer.

    `compare`: every checkpoint that is retained for a gateway; it raises if this backend must not go on. `said`: each
    state (gateway, message); whether it says online. `answer`: each want (gateway, message); a piece, or None.
    `opened`: each opening (gateway, message). `notices`: the claim notices (gateway, message) that wait to be told.
    """

    compare: Callable[[bytes], None]
    said: Callable[[bytes, bytes], bool]
    answer: Callable[[bytes, bytes], bytes | None]
    opened: Callable[[bytes, bytes], None]
    notices: Callable[[], Iterable[tuple[bytes, bytes]]]


class Bus:
    """`run` does everything in the caller's thread; `wake` may be called by any. `clock` is monotonic seconds.

    On a new connection nothing is committed or announced before every checkpoint that is retained was compared.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        committer: Committer,
        announcer: Announcer,
        ears: Ears,
        on_outcome: Callable[[Outcome], None],
        clock: Callable[[], float],
    ) -> None:
        self._address = address
        self._committer = committer
        self._announcer = announcer
        self._ears = ears
        self._on_outcome = on_outcome
        self._clock = clock
        self._client = self._make_client(client_id)
        self._listener = Listener(announcer, self._listen, self._listen_no_more, clock)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._held: list[_Held] = []
        self._in_flight: set[int] = set()
        self._connection = 0
        self._answer_until = 0.0
        self._settled_from = 0.0
        self._pause = 0.0  # the first attempt is made at once
        self._subscribing = self._listening = 0  # numbers of subscriptions: to what gateways send, what is retained
        self.connected = False
        self.subscribed = False  # until then nothing that gateways send reaches this backend

    def wake(self) -> None:
        """There may be something to announce."""
        try:
            self._waker.send(b"w")
        except BlockingIOError:
            return  # it has many reasons to wake already

    def run(self, stop: Event) -> None:
        """Serve until `stop` is set (then `wake`). Raises what committing and comparing raise."""
        try:
            while not stop.is_set():
                if self._client.socket() is None:
                    self._connect(stop)
                else:
                    self._turn()
        finally:
            self._client.disconnect()

    def close(self) -> None:
        """Give up what `wake` needs; nobody may wake it any more."""
        self._waker.close()
        self._woken.close()

    def _make_client(self, client_id: str) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=True, reconnect_on_failure=False
        )
        client.connect_timeout = CONNECT_TIMEOUT
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._received
        client.on_publish = self._published
        return client

    # The connection

    def _connect(self, stop: Event) -> None:
        if stop.wait(self._pause * random.uniform(0.5, 1.0)):  # jitter: not all clients at the same moment
            return
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LAST_PAUSE)
        try:
            self._client.connect(self._address.host, self._address.port, KEEP_ALIVE)
        except OSError as error:
            _log.warning("broker %s:%d: %s", self._address.host, self._address.port, error)
            return
        self._connection += 1
        self._answer_until = self._clock() + ANSWER_TIMEOUT

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if reason.is_failure:
            _log.error("broker refuses the connection: %s", reason)
            return
        _log.info("connected to broker %s:%d", self._address.host, self._address.port)
        self.connected = True
        _, mid = client.subscribe(SUBSCRIPTIONS)
        self._subscribing = mid or 0
        client.subscribe(PASSING)
        self._listener.connected()

    def _listen(self, filters: list[str]) -> None:
        _, mid = self._client.subscribe([(name, 0) for name in filters])
        self._listening = mid or 0

    def _listen_no_more(self, filters: list[str]) -> None:
        self._client.unsubscribe(filters)

    def _subscribed(
        self, _client: mqtt.Client, _data: object, mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        if mid == self._listening:
            self._listener.answered()
        if mid != self._subscribing:
            if any(reason.is_failure for reason in reasons):
                _log.warning(
                    "broker refuses the subscription to what is retained for gateways, or to what they pass on"
                )
            return
        if any(reason.is_failure for reason in reasons):
            _log.error("broker refuses the subscription to what gateways send")
            return  # asked again on the next connection, when the operator may have mended its permissions
        self.subscribed = True
        self._settled_from = self._clock() + SETTLE_SECONDS
        self._pause = FIRST_PAUSE

    def _disconnected(
        self, _client: mqtt.Client, _data: object, _f: mqtt.DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        _log.warning("disconnected from the broker: %s", reason)
        self.connected = self.subscribed = False
        self._listener.lost()

    # One turn: read, commit, answer, announce

    def _turn(self) -> None:
        self._read(POLL_SECONDS)
        held = -1
        while held < len(self._held) < MAX_GROUP:
            held = len(self._held)
            self._read(0.0)
        if self.subscribed and self._clock() >= self._settled_from:
            while self._held:
                self._commit()
            self._listener.turn()
            self._announce()
            for gateway, notice in self._ears.notices():
                self._client.publish(topic.of_gateway(gateway, topic.CLAIM), notice, 0)
        if not self.subscribed and self._clock() > self._answer_until:
            _log.warning("broker does not answer, or not as it should")
            self._client.disconnect()

    def _read(self, timeout: float) -> None:
        """Wait for the socket or `wake`; a lost connection leaves the client without socket."""
        link = self._client.socket()
        if link is None:
            return
        poll = select.poll()  # not select(): its descriptors end at 1,024, and live pages use many
        poll.register(link, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        poll.register(self._woken, select.POLLIN)
        ready = dict(poll.poll(timeout * 1000))
        if ready.pop(self._woken.fileno(), 0):
            self._woken.recv(4096)
        for events in ready.values():
            if events & ~select.POLLOUT:
                self._client.loop_read()
            if events & select.POLLOUT:
                self._client.loop_write()
        self._client.loop_misc()

    def _received(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            gateway, device, leaf = topic.parse(message.topic)
        except WireError:
            self._stray(client, message)
            return
        if leaf == topic.BATCH and device is None:
            arrival = Arrival(gateway, bytes(message.payload))
            self._held.append(_Held(arrival, message.mid, message.qos, self._connection))
            return
        if device is not None:
            if leaf in LEAVES and message.retain:  # what is not retained is our own, just said
                self._listener.retained(gateway, device, leaf, bytes(message.payload))
        elif leaf == topic.STATE:
            if self._ears.said(gateway, bytes(message.payload)):
                self._listener.gateway_online(gateway)
        elif leaf == topic.CHECKPOINT:
            self._ears.compare(bytes(message.payload))
        elif leaf == topic.WANT:
            self._answer(gateway, bytes(message.payload))
        elif leaf == topic.PRIVATE:
            self._ears.opened(gateway, bytes(message.payload))
        client.ack(message.mid, message.qos)

    def _stray(self, client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        self._committer.refuse_stray(message.topic, bytes(message.payload))
        client.ack(message.mid, message.qos)

    def _answer(self, gateway: bytes, payload: bytes) -> None:
        piece = self._ears.answer(gateway, payload)
        if piece is not None:
            self._client.publish(topic.of_gateway(gateway, topic.PIECE), piece, 0)

    def _commit(self) -> None:
        held, self._held = self._held[:MAX_GROUP], self._held[MAX_GROUP:]
        outcome = self._committer.commit([item.arrival for item in held])
        for answer in outcome.answers:
            self._publish(topic.of_gateway(answer.gateway, topic.ACK), answer.verdict, False)
        for item in held:
            # On another connection the same number may mean another message.
            if item.connection == self._connection and self.connected:
                self._client.ack(item.mid, item.qos)
        self._on_outcome(outcome)

    def _announce(self) -> None:
        while self.connected and self._listener.heard_all and len(self._in_flight) < MAX_IN_FLIGHT:
            publication = self._announcer.next()
            if publication is None:
                return
            self._publish(publication.topic, publication.payload, True)

    def _publish(self, name: str, payload: bytes, retain: bool) -> None:
        self._in_flight.add(self._client.publish(name, payload, 1, retain).mid)

    def _published(self, _client: mqtt.Client, _data: object, mid: int, _reason: ReasonCode, _p: Properties) -> None:
        self._in_flight.discard(mid)
