"""An MQTT link that comes back by itself: the only one who decides when its connection is made again.

    service()                     driven in every turn of the owner's loop; cheap when there is nothing to do
    wants(), serve(), wait()      what the owner polls for (see loop.Source)
    inbox                         fills meanwhile; `acknowledge` each message when it is durable

A new certificate is used without a restart: a connection with it is made beside the present one, which is then left
with DISCONNECT in a quiet moment. What is unacknowledged then comes again: from the broker's session, or the sender.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from socket import socket

import paho.mqtt.client as paho

from ..operate.logs import fields
from ..operate.snapshot import LinkStatus
from .back_off import BackOff
from .connection import Connection, Message, Session, Ticket
from .dialling import DEADLINE, Dialling
from .tls import Credentials, TlsError

LOOK_INTERVAL = 10.0  # seconds between two looks at the TLS files
# Seconds for which a connection with a new certificate waits for a quiet moment of the old one. Brokers give a client
# that does not say CONNECT some ten seconds.
HAND_OVER_PATIENCE = 3.0
# Seconds offline after which to subscribe again though the session is still there: a broker queues a bounded number of
# messages for it (Mosquitto by default 1,000), and only subscribing brings the retained ones that fell out. Not after
# every cut: 10,000 registrations are 14 MB.
SUBSCRIBE_AFTER = 600.0
_QUIET_LOOK = 0.05  # seconds between two looks for a quiet moment
_LOOK_OFTEN = 1.0  # seconds; deadlines and keep-alive, where no event comes

_log = logging.getLogger(__name__)


class Link:
    """`on_up(handed_over)` is called when a connection is usable; handed over: nothing that was sent before is lost.

    `wake()` interrupts the owner's poll. `wall()` is Unix seconds, for the certificate's end.
    """

    def __init__(
        self,
        name: str,
        session: Session,
        credentials: Credentials | None,
        *,
        on_up: Callable[[bool], None],
        wake: Callable[[], None],
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self.name = name
        self.session = session
        self.up = False
        self._credentials = credentials
        self._on_up = on_up
        self._wake = wake
        self._monotonic = monotonic
        self._wall = wall
        self._back_off = BackOff(jitter)
        self._connection: Connection | None = None
        self._dialling: Dialling | None = None  # for the first connection, or for one with a new certificate
        self._dialled_by = 0.0
        self._next: socket | None = None  # connected with the new certificate; waits for a quiet moment
        self._hand_over_by = 0.0
        self._handed_over = False
        self._renewing = False  # a connection with the new files is to be made
        self._number = 0
        self._retry_at = 0.0
        self._look_at = 0.0
        self._since = monotonic()
        self._subscribed_ok = False  # with what this process wants
        self._clean = session.clean  # of the next connection
        self._attempts = 0
        self._error: str | None = None

    # Driven by the owner's loop

    def service(self) -> None:
        """Connect, time out, keep alive, renew, and send what was gathered."""
        now = self._monotonic()
        if self._credentials is not None and now >= self._look_at:
            self._look(now, self._credentials)
        if self._dialling is not None:
            self._take_over(self._dialling, now)
        if self._connection is not None:
            self._keep(self._connection, now)
        elif self._dialling is None and now >= self._retry_at:
            self._dial(now)

    def wait(self) -> float:
        """Seconds until `service` must be called again though no event came."""
        now = self._monotonic()
        if self._connection is not None:
            if self._connection.more or self._connection.inbox:
                return 0.0
            return _QUIET_LOOK if self._next is not None else _LOOK_OFTEN
        if self._dialling is not None:
            return _LOOK_OFTEN  # a finished one wakes
        return max(self._retry_at - now, 0.0)

    def wants(self) -> list[tuple[int, int]]:
        """(file descriptor, poll mask), if there is a connection."""
        return [] if self._connection is None else [self._connection.wants()]

    def serve(self, _descriptor: int, events: int) -> None:
        """Read or write what poll said is ready."""
        if self._connection is not None:
            self._connection.serve(events)

    # What the owner says

    @property
    def inbox(self) -> list[Message]:
        """Messages that came; the owner empties it."""
        return [] if self._connection is None else self._connection.inbox

    @property
    def congested(self) -> bool:
        """Whether output waits for the socket."""
        return self._connection is not None and self._connection.congested

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> paho.MQTTMessageInfo | None:
        """Hand a message to the connection with QoS 1; None if there is none."""
        if self._connection is None or not self.up:
            return None
        return self._connection.publish(topic, payload, retain=retain)

    def say(self, topic: str, payload: bytes) -> None:
        """Hand a message to the connection with QoS 0; without one it is lost, as QoS 0 may be."""
        if self._connection is not None and self.up:
            self._connection.say(topic, payload)

    def acknowledge(self, ticket: Ticket) -> None:
        """PUBACK a message; of an earlier connection's the broker sends it again, and it will be a duplicate."""
        if self._connection is not None:
            self._connection.acknowledge(ticket)

    def look_now(self) -> None:
        """Look at the TLS files in the next turn."""
        self._look_at = 0.0

    def drop(self, reason: str) -> None:
        """Close without a DISCONNECT, and connect again after a pause that grows."""
        now = self._monotonic()
        _log.warning("link down", extra=fields(link=self.name, reason=reason, broker=str(self.session.address)))
        self._error = reason
        self._end(politely=False)
        self._retry_at = self._back_off.failed(now)

    def close(self) -> None:
        """DISCONNECT, if connected; the will is not published."""
        self._end(politely=True)
        self._retry_at = float("inf")

    def status(self) -> LinkStatus:
        """How it is."""
        ends = self._credentials.expires_at if self._credentials else None
        return LinkStatus(
            self.name,
            str(self.session.address),
            self.up,
            self._monotonic() - self._since,
            self._attempts,
            self._error,
            None if ends is None else (ends - self._wall()) / 86400,
        )

    # Connecting

    def _dial(self, now: float) -> None:
        self._attempts += 1
        self._renewing = False
        try:
            if self._credentials is not None:
                self._credentials.look()
            self._start_dialling(now)
        except TlsError as error:
            self.drop(str(error))

    def _start_dialling(self, now: float) -> None:
        context = self._credentials.context() if self._credentials is not None else None
        self._dialled_by = now + DEADLINE
        self._dialling = Dialling(self.name, self.session.address, context, self._wake)

    def _take_over(self, dialling: Dialling, now: float) -> None:
        result = dialling.result()
        if result is None and now < self._dialled_by:
            return
        self._dialling = None
        if isinstance(result, socket):
            if self._connection is None:
                self._open(result)
            else:
                self._next, self._hand_over_by = result, now + HAND_OVER_PATIENCE
            return
        dialling.abandon()
        reason = "connecting took too long" if result is None else str(result)
        if self._connection is None:
            self.drop(reason)
        else:
            self._renewing = True  # again at the next look
            _log.error("no connection with the new certificate", extra=fields(link=self.name, reason=reason))

    def _open(self, raw: socket) -> None:
        self._number += 1
        session = replace(self.session, clean=self._clean)
        self._connection = Connection(self._number, raw, session, self._must_subscribe, self._monotonic)

    def _must_subscribe(self, session_present: bool) -> bool:
        if not session_present or not self._subscribed_ok:
            return True
        return not self._handed_over and self._monotonic() - self._since >= SUBSCRIBE_AFTER

    def _keep(self, connection: Connection, now: float) -> None:
        connection.service(now)
        if connection.lost is not None:
            # Who is not let in tries every second time without a session: a nats-server whose store is full refuses to
            # open one, and what it stores for the old one is given free by a clean connection only.
            self._clean = self.session.clean or not (connection.let_in or self._clean)
            self.drop(connection.lost)
        elif connection.granted and not self.up:
            self._come_up(now)
            connection.push()
        elif self.up and self._next is not None and (connection.quiet or now >= self._hand_over_by):
            self._hand_over(self._next, connection)

    def _come_up(self, now: float) -> None:
        self.up, self._since = True, now
        self._clean = self.session.clean
        self._subscribed_ok = True
        self._attempts, self._error = 0, None
        self._back_off.came_up(now)
        _log.info("link up", extra=fields(link=self.name, broker=str(self.session.address)))
        handed_over, self._handed_over = self._handed_over, False
        self._on_up(handed_over)

    def _end(self, *, politely: bool) -> None:
        if self.up:
            self._since = self._monotonic()
        self.up = self._handed_over = False
        if self._dialling is not None:
            self._dialling.abandon()
        if self._next is not None:
            self._next.close()
        if self._connection is not None:
            self._connection.close(politely=politely)
        self._connection = self._dialling = self._next = None

    # Renewal

    def _look(self, now: float, credentials: Credentials) -> None:
        self._look_at = now + LOOK_INTERVAL
        changed = credentials.look()
        if self._connection is None:
            return  # the next connection is made with them
        if changed and self._next is not None:  # made with the ones before
            self._next.close()
            self._next = None
        self._renewing = self._renewing or changed
        if self._renewing and self._next is None and self._dialling is None:
            _log.info("TLS files changed: connecting with the new ones", extra=fields(link=self.name))
            self._renewing = False
            self._start_dialling(now)

    def _hand_over(self, raw: socket, connection: Connection) -> None:
        quiet = connection.quiet
        _log.info("link changes to its new certificate", extra=fields(link=self.name, quiet=quiet))
        self._next = None  # not closed by _end
        self._end(politely=True)
        self._handed_over = quiet
        self._since = self._monotonic()
        self._open(raw)
