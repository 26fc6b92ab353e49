"""One MQTT connection, owned by the daemon's loop, which alone decides when it connects again.

paho's client is used without its threads and without its reconnection: every connection is a new client under the
same client id and session, so that nothing half-sent is carried from one to the next, and every connection subscribes
anew. Only name look-up and TCP connect run in a thread of their own, because they block; the client is handed over
when they are done.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from select import POLLIN, POLLOUT
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ..operate.logs import fields
from .broker_address import BrokerAddress

KEEP_ALIVE = 30  # seconds; a dead peer is noticed after one and a half of it
CONNECT_DEADLINE = 10.0  # seconds for TCP, and again for CONNACK and SUBACK
LOOKUP_DEADLINE = 60.0  # seconds for name look-up and TCP over all addresses
FIRST_PAUSE = 0.5  # seconds before the second attempt
MISC_INTERVAL = 0.5  # seconds between two looks at the keep-alive
LONGEST_PAUSE = 30.0  # seconds between attempts in a long outage
SUBACK_FAILURE = 0x80

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """An inbound message; `ticket` is what `Link.acknowledge` takes when it is durable."""

    topic: str
    payload: bytes
    ticket: tuple[int, int, int]  # connection, packet id, QoS


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, if the connection dies."""

    topic: str
    payload: bytes


class Link:
    """A connection that comes back by itself. `service` drives it; `inbox` fills while `poll_events` are served.

    `on_up()` is called after each connection's subscriptions are granted. `wake()` interrupts the owner's poll.
    """

    def __init__(
        self,
        *,
        name: str,
        address: BrokerAddress,
        client_id: str,
        subscriptions: list[str],
        will: Will | None,
        on_up: Callable[[], None],
        wake: Callable[[], None],
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self.name = name
        self.inbox: list[Message] = []
        self.up = False
        self._address = address
        self._client_id = client_id
        self._subscriptions = subscriptions
        self._will = will
        self._on_up = on_up
        self._wake = wake
        self._monotonic = monotonic
        self._jitter = jitter
        self._client: paho.Client | None = None
        self._connecting: SimpleQueue[paho.Client | OSError | UnicodeError] | None = None
        self._connection = 0
        self._deadline = 0.0  # for the handshake
        self._retry_at = 0.0
        self._pause = FIRST_PAUSE
        self._misc_at = 0.0
        self._granted = False
        self._lost: str | None = None  # why the present connection is no good

    # Driven by the owner's loop

    def service(self) -> None:
        """Connect, time out, keep alive; cheap when there is nothing to do."""
        now = self._monotonic()
        if self._client is not None:
            if now >= self._misc_at:
                self._misc_at = now + MISC_INTERVAL
                self._client.loop_misc()
            if not self.up and now > self._deadline:
                self._lost = self._lost or "handshake took too long"
            if self._lost:
                self.drop(self._lost)
            elif self._granted and not self.up:
                self._come_up()
        elif self._connecting is not None:
            self._take_over(now)
        elif now >= self._retry_at:
            self._connect()

    def wait(self) -> float:
        """Seconds until `service` must be called again though no event came."""
        if self._client is not None or self._connecting is not None:
            return 1.0  # keep-alive and deadlines; a finished connect wakes
        return max(self._retry_at - self._monotonic(), 0.0)

    def poll_events(self) -> tuple[int, int] | None:
        """(file descriptor, poll mask), or None without a socket. Unsent output stops the reading: back-pressure."""
        socket = self._client.socket() if self._client is not None else None
        if self._client is None or socket is None:
            return None
        return socket.fileno(), POLLOUT if self._client.want_write() else POLLIN

    def serve(self, events: int) -> None:
        """Read or write what poll said is ready; at most one inbound packet or so."""
        if self._client is None:
            return
        code = self._client.loop_write() if events & POLLOUT else self._client.loop_read()
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS and self._lost is None:
            self._lost = paho.error_string(code)

    # What the owner says

    @property
    def congested(self) -> bool:
        """Whether output waits for the socket."""
        return self._client is not None and self._client.want_write()

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> paho.MQTTMessageInfo | None:
        """Hand a message to the connection; None if there is none."""
        if self._client is None or not self.up:
            return None
        return self._client.publish(topic, payload, qos, retain)

    def acknowledge(self, ticket: tuple[int, int, int]) -> None:
        """PUBACK a message; of an earlier connection's the broker sends it again, and it will be a duplicate."""
        connection, packet, qos = ticket
        if self._client is not None and connection == self._connection:
            self._client.ack(packet, qos)

    def drop(self, reason: str) -> None:
        """Close without a DISCONNECT, and connect again after a pause that grows."""
        _log.warning("link down", extra=fields(link=self.name, reason=reason, broker=str(self._address)))
        if self._client is not None:
            _close_socket(self._client)
        self._reset()
        self._retry_at = self._monotonic() + self._pause * (1 + self._jitter() / 2)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def close(self) -> None:
        """DISCONNECT, if connected; the will is not published."""
        if self._client is not None:
            self._client.disconnect()
            _close_socket(self._client)
        self._reset()
        self._retry_at = float("inf")

    # Connecting

    def _reset(self) -> None:
        self._client = None
        self._connecting = None
        self.up = self._granted = False
        self._lost = None
        self.inbox.clear()

    def _connect(self) -> None:
        self._connection += 1
        self._deadline = self._monotonic() + LOOKUP_DEADLINE
        done: SimpleQueue[paho.Client | OSError | UnicodeError] = SimpleQueue()
        self._connecting = done
        client = self._new_client(self._connection)
        thread = threading.Thread(
            target=_connect, args=(client, self._address, done, self._wake), name=f"connect-{self.name}", daemon=True
        )
        thread.start()

    def _take_over(self, now: float) -> None:
        assert self._connecting is not None
        try:
            result = self._connecting.get_nowait()
        except Empty:
            if now > self._deadline:  # name look-up can hang; a late result is closed unseen
                self.drop("connecting took too long")
            return
        self._connecting = None
        if isinstance(result, OSError | UnicodeError):
            self.drop(str(result))
            return
        self._client = result
        self._deadline = now + CONNECT_DEADLINE

    def _come_up(self) -> None:
        self.up = True
        self._pause = FIRST_PAUSE
        _log.info("link up", extra=fields(link=self.name, broker=str(self._address)))
        self._on_up()

    def _new_client(self, connection: int) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_DEADLINE
        client.username_pw_set(self._address.username, self._address.password)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = lambda _client, _data, message: self._on_message(connection, message)
        return client

    # paho's callbacks, all inside service() and serve()

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            self._lost = f"refused: {code}"
        elif self._subscriptions:
            client.subscribe([(topic, 1) for topic in self._subscriptions])
        else:
            self._granted = True

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, codes: list[Any], _properties: Any) -> None:
        if any(code.value >= SUBACK_FAILURE for code in codes):
            self._lost = "subscription refused"
        else:
            self._granted = True

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if self._lost is None:
            self._lost = f"disconnected: {code}"

    def _on_message(self, connection: int, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # refused by the engine as no topic of ours
        self.inbox.append(Message(topic, bytes(message.payload), (connection, message.mid, message.qos)))


def _connect(
    client: paho.Client,
    address: BrokerAddress,
    done: "SimpleQueue[paho.Client | OSError | UnicodeError]",
    wake: Callable[[], None],
) -> None:
    """In the connecting thread: it has the client for itself until it is in the queue."""
    try:
        client.connect(address.host, address.port, KEEP_ALIVE)
        done.put(client)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that IDNA does not know
        done.put(error)
    wake()


def _close_socket(client: paho.Client) -> None:
    socket = client.socket()
    if socket is not None:
        socket.close()
