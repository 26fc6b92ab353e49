"""One MQTT 3.1.1 connection over a connected socket, from CONNECT to its end; its owner connects again.

paho's client is used without its threads, its keep-alive and its reconnection: every connection is a new client under
the same client id and session, so that nothing half-sent is carried from one to the next.
"""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from select import POLLIN, POLLOUT
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from .broker_address import BrokerAddress
from .framing import DISCONNECT, PINGREQ, ProtocolFault, Publication, puback, publish
from .keep_alive import KEEP_ALIVE, KeepAlive, Look
from .packet_stream import PacketStream

HANDSHAKE_DEADLINE = 10.0  # seconds for CONNACK and SUBACK
LOOK_INTERVAL = 0.5  # seconds between two looks at the keep-alive
# Bytes of output that wait for the socket, at which nothing more is read: who is not fed its acknowledgements must not
# feed us. Above a batch, which is 256 KiB: on a slow uplink verdicts are read while it leaves.
OUTPUT_LIMIT = 512 * 1024
SUBACK_FAILURE = 0x80

_log = logging.getLogger(__name__)
Ticket = tuple[int, int]  # connection, packet identifier; what acknowledges a message


class Message(NamedTuple):
    """An inbound message; `ticket` is what `Link.acknowledge` takes when it is durable."""

    topic: str
    payload: bytes
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, if the connection dies."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """Under which name and with what the broker is met. `subscriptions`: (topic filter, QoS).

    `clean`: the broker keeps nothing for us while we are away (MQTT 3.1.2.4).
    """

    address: BrokerAddress
    client_id: str
    subscriptions: tuple[tuple[str, int], ...]
    will: Will | None = None
    clean: bool = False


class _Client(paho.Client):
    """paho over a stream that exists already."""

    def __init__(self, stream: PacketStream, client_id: str, clean: bool) -> None:
        self._stream = stream
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )

    def _create_socket(self) -> PacketStream:  # where paho would look up the name and connect
        return self._stream


class Connection:
    """`lost` says why it is no good any more; `granted` that it is usable. Never raises for what the broker does.

    `must_subscribe(session present)` is asked once, after CONNACK.
    """

    def __init__(
        self,
        number: int,
        raw: socket.socket,
        session: Session,
        must_subscribe: Callable[[bool], bool],
        monotonic: Callable[[], float],
    ) -> None:
        self.lost: str | None = None
        self.let_in = False  # CONNACK has come, and said yes
        self.granted = False
        self.inbox: list[Message] = []
        self.unacknowledged = 0  # messages taken in, without their PUBACK
        self.unanswered = 0  # QoS 1 messages sent, without the broker's PUBACK
        # TLS 1.3 refuses a client certificate only after the handshake, and brokers that hang up do not say why.
        self._hint = ": the broker may not take our certificate" if session.address.tls else ""
        self._number = number
        self._session = session
        self._must_subscribe = must_subscribe
        self._monotonic = monotonic
        now = monotonic()
        self._deadline = now + HANDSHAKE_DEADLINE
        self._look_at = now
        self._keep_alive = KeepAlive(now)
        self._stream = PacketStream(raw)
        self._client = self._open()

    def _open(self) -> _Client:
        session, client = self._session, _Client(self._stream, self._session.client_id, self._session.clean)
        client.username_pw_set(session.address.username, session.address.password)
        if session.will is not None:
            client.will_set(session.will.topic, session.will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.connect(session.address.host, session.address.port, KEEP_ALIVE)  # into the stream; nothing blocks
        return client

    # Driven by the link

    def wants(self) -> tuple[int, int]:
        """(file descriptor, poll mask)."""
        stream, mask = self._stream, 0
        if stream.unsent < OUTPUT_LIMIT or stream.wants_read:
            mask |= POLLIN
        if (stream.unsent and not stream.wants_read) or stream.wants_write:
            mask |= POLLOUT
        return stream.fileno(), mask

    def serve(self, events: int) -> None:
        """Read and write what poll said is ready. POLLHUP and POLLERR are seen by reading."""
        if events & ~POLLOUT or self._stream.wants_write:
            self._read()
        if events & POLLOUT or self._stream.wants_read:
            self.push()

    def service(self, now: float) -> None:
        """Deadlines, keep-alive, what TLS holds ready, and the output gathered since."""
        if self._stream.more and self._stream.unsent < OUTPUT_LIMIT:
            self._read()
        if not self.granted and now > self._deadline:
            self._lose("no answer to CONNECT or SUBSCRIBE")
        if now >= self._look_at and self.lost is None:
            self._look_at = now + LOOK_INTERVAL
            self._look(now)
        self.push()

    @property
    def more(self) -> bool:
        """Whether `service` has input to take that no poll tells of."""
        return self._stream.more

    @property
    def congested(self) -> bool:
        """Whether output waits for the socket."""
        return self._stream.unsent > 0

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way in either direction that would have to be said again."""
        return not (self.unacknowledged or self.unanswered or self.congested)

    def push(self) -> None:
        """Send what the socket takes."""
        if self.lost is not None or not self._stream.unsent:
            return
        try:
            if self._stream.push():
                self._keep_alive.said(self._monotonic())
        except OSError as error:
            self._fail(error)

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> paho.MQTTMessageInfo:
        """With QoS 1."""
        info = self._client.publish(topic, payload, 1, retain)
        if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.unanswered += 1
        return info

    def say(self, topic: str, payload: bytes) -> None:
        """With QoS 0."""
        self._stream.write(publish(topic, payload))

    def acknowledge(self, ticket: Ticket) -> None:
        """PUBACK. Those of an earlier connection, and of QoS 0, ask for none."""
        if ticket[0] == self._number and ticket[1]:
            self.unacknowledged -= 1
            self._stream.write(puback(ticket[1]))

    def close(self, *, politely: bool) -> None:
        """Close; politely with a DISCONNECT, after which the broker does not publish the will."""
        if politely and self.lost is None:
            self._stream.write(DISCONNECT)  # paho would close the stream before it is pushed
            self.push()
        self._lose("closed")
        self._stream.close()

    # Inside

    def _read(self) -> None:
        found: list[Publication] = []
        try:
            if self._stream.fill(found):
                self._keep_alive.heard(self._monotonic())
        except (OSError, ProtocolFault) as error:
            self._fail(error)
        number = self._number
        for topic, payload, packet in found:
            self.inbox.append(Message(topic, payload, (number, packet)))
            if packet:
                self.unacknowledged += 1
        while self._stream.has_control and self.lost is None:
            before = self._stream.pending()
            code = self._client.loop_read()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lose(paho.error_string(code))
            elif self._stream.pending() == before:
                break  # a packet of which the rest is to come
        if self._client.want_write():
            self._client.loop_write()  # what a callback said

    def _look(self, now: float) -> None:
        try:
            found = self._keep_alive.look(now, self._stream.queued())
        except OSError as error:
            self._fail(error)
            return
        if found is Look.PING:
            self._stream.write(PINGREQ)
        elif found is Look.DEAD:
            self._lose("no answer to PINGREQ")

    def _fail(self, error: Exception) -> None:
        self._lose(str(error) if self.let_in else f"{error} before CONNACK{self._hint}")

    def _lose(self, reason: str) -> None:
        if self.lost is None:
            self.lost = reason

    # paho's callbacks, all inside _read()

    def _on_connect(self, client: paho.Client, _data: Any, flags: Any, code: Any, _properties: Any) -> None:
        self.let_in = not code.is_failure
        if code.is_failure:
            self._lose(f"refused: {code}")
        elif self._session.subscriptions and self._must_subscribe(flags.session_present):
            client.subscribe(list(self._session.subscriptions))
        else:
            self.granted = True

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, codes: list[Any], _properties: Any) -> None:
        asked = [name for name, _ in self._session.subscriptions]
        refused = [name for name, code in zip(asked, codes, strict=False) if code.value >= SUBACK_FAILURE]
        if refused:
            self._lose("subscription refused: " + ", ".join(refused))
        else:
            self.granted = True

    def _on_publish(self, _client: paho.Client, _data: Any, _mid: int, _code: Any, _properties: Any) -> None:
        self.unanswered -= 1
