"""The device's MQTT 3.1.1 client: QoS 0 and 1, one owner of the reconnection, a deadline on every wait.

    client = MqttClient(connect=open_conn, client_id="bin-7", on_message=handle, on_up=say_online,
                        random=random.random, ticks=time.ticks_ms)
    client.subscribe("civicroot/v1/g/d/ack", 1)
    await client.run(stop)                      # in its task: connects, subscribes, reconnects until stop is set
    await client.publish(topic, payload)        # in another: returns when the broker has acknowledged

It keeps no queue: `publish` either returns (a broker has the message) or raises, and the caller, who keeps the
record until the gateway's own acknowledgement, sends again. Packet: mqtt_packet; socket: mqtt_link; one
connection: mqtt_session.
"""

import asyncio

from civicroot_device.mqtt.errors import MqttDown, MqttError
from civicroot_device.mqtt.link import Link, within
from civicroot_device.mqtt.packet import PacketIds, check_filter, encode_connect
from civicroot_device.mqtt.session import TICK_MS, Session, Settings, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from civicroot_device.mqtt.packet import Will
    from civicroot_device.mqtt.session import OnMessage, OnUp

    Connect = Callable[[], Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

# A JetStream leader change stalls a broker for 4 to 5 s and is no reason to leave it.
ANSWER_MS = 15_000
FIRST_DELAY_MS = 1_000  # a restarted broker is back within a second or two
LONGEST_DELAY_MS = 120_000  # an outage of hours costs a battery little; its end is noticed within two minutes
STABLE_MS = 30_000  # a connection that lives shorter does not reset the back-off (two clients with one id, say)
MAX_SUBSCRIPTIONS = 16  # a device listens to two or three topics; the list is kept in memory for ever


def delay_ms(attempt: int, random: "Callable[[], float]", first_ms: int = FIRST_DELAY_MS) -> int:
    """How long to wait after failure number `attempt` (from 0): `first_ms`, doubling, capped, the upper half random.

    The random half spreads the devices of a city over the seconds after a broker's return.
    """
    longest = min(LONGEST_DELAY_MS, first_ms << min(attempt, 16))
    return longest // 2 + int(random() * (longest // 2))


class MqttClient:
    """See the module. Arguments:

    connect       coroutine function giving (reader, writer), called for each connection (so names are resolved
                  anew); it must close what it opened when it is cancelled. Its OSError, EOFError and ValueError
                  (MicroPython's TLS raises that for a foreign certificate) lead to a reconnection.
    client_id     unique at the broker
    keep_alive_s  1 to 65535 s; the broker publishes the will after 1.5 times that, and a silent broker is left
                  after half that plus `answer_ms`
    will          (topic, payload, qos, retain) or None
    on_message    function (topic: str, payload: bytes); the PUBACK goes out after it returned. A message may come
                  twice. What it raises is a programming error and comes out of `run`.
    on_up         coroutine function called when the subscriptions of a new connection are made; may publish
    on_down       function (MqttError) told why a connection ended or could not be made
    alive         function called whenever the client has made progress, at least every second while connected
                  or backing off and no later than 2 × answer_ms in other phases: feed a watchdog only if it was
    random        function giving a float in [0, 1)
    ticks         function giving milliseconds like time.ticks_ms
    answer_ms     deadline of each single wait: connect, write, CONNACK, SUBACK, PUBACK, PINGRESP
    clean_session False keeps the subscriptions and QoS 1 messages to this client at the broker meanwhile
    first_delay_ms  longest wait before the first reconnection (delay_ms)
    """

    def __init__(
        self,
        *,
        connect: "Connect",
        client_id: str,
        on_message: "OnMessage",
        random: "Callable[[], float]",
        ticks: "Callable[[], int]",
        on_up: "OnUp | None" = None,
        on_down: "Callable[[MqttError], object] | None" = None,
        alive: "Callable[[], object] | None" = None,
        keep_alive_s: int = 60,
        will: "Will | None" = None,
        username: str | None = None,
        password: bytes | None = None,
        clean_session: bool = True,
        answer_ms: int = ANSWER_MS,
        first_delay_ms: int = FIRST_DELAY_MS,
    ) -> None:
        self._settings = Settings(
            hello=encode_connect(
                client_id,
                keep_alive_s,
                clean_session=clean_session,
                username=username,
                password=password,
                will=will,
            ),
            keep_alive_ms=keep_alive_s * 1000,
            answer_ms=answer_ms,
            on_message=on_message,
            on_up=on_up,
            alive=alive or _ignore,
            ticks=ticks,
        )
        self._connect = connect
        self._on_down = on_down or _ignore
        self._random = random
        self._first_delay_ms = first_delay_ms
        self._ids = PacketIds()
        self._subscriptions: "list[tuple[str, int]]" = []
        self._session: "Session | None" = None
        self._running = False

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection and every subscription known at that time."""
        return self._session is not None and self._session.up

    @property
    def awaits(self) -> bool:
        """Whether an answer of the broker is due."""
        return self._session is not None and self._session.awaits

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Remember a subscription; it is made now if connected, and again after every reconnection.

        Raises ValueError for a wrong filter or QoS, or beyond MAX_SUBSCRIPTIONS.
        """
        entry = (check_filter(topic_filter), qos)
        if qos not in (0, 1):
            raise ValueError("QoS must be 0 or 1")
        if entry in self._subscriptions:
            return
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise ValueError("too many subscriptions")
        self._subscriptions.append(entry)
        if self._session is not None:
            self._session.subscriptions_changed()

    async def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        """Return when the broker has acknowledged the message (at QoS 0: when it is written).

        Raises MqttDown without a connection or when it is lost first, MqttTimeout when no acknowledgement comes
        (the connection is then given up), MqttBusy beyond MAX_IN_FLIGHT, ValueError for wrong arguments. After
        MqttDown and MqttTimeout the broker may or may not have the message.
        """
        session = self._session
        if session is None or not session.up:
            raise MqttDown("not connected")
        await session.publish(topic, payload, qos, retain)

    async def run(self, stop: "asyncio.Event") -> None:
        """Own the connection until the event `stop` is set; then send DISCONNECT, which drops the will.

        Publishes nothing by itself: publish "offline" before setting `stop`. Network faults and bytes that are
        not MQTT lead to a reconnection; whatever else is raised (by a callback, say) is raised here. `stop` is
        noticed at once while connected or backing off, else after the deadline of the current step.
        """
        if self._running:
            raise RuntimeError("run is running already")
        self._running = True
        try:
            await self._run(stop)
        finally:
            self._running = False

    async def _run(self, stop: "asyncio.Event") -> None:
        attempt = 0
        while not stop.is_set():
            began = self._settings.ticks()
            try:
                await self._one_connection(stop)
            except MqttError as error:
                self._on_down(error)
                if since(self._settings.ticks(), began) >= STABLE_MS:
                    attempt = 0
                await self._pause(delay_ms(attempt, self._random, self._first_delay_ms), stop)
                attempt += 1

    async def _one_connection(self, stop: "asyncio.Event") -> None:
        settings = self._settings
        settings.alive()
        reader, writer = await within(self._connect(), settings.answer_ms, "connect")
        link = Link(reader, writer, settings.answer_ms)
        try:
            self._session = session = Session(link, settings, self._ids, self._subscriptions)
            await session.run(stop)
            await link.disconnect()
        finally:
            self._session = None
            await link.close()

    async def _pause(self, ms: int, stop: "asyncio.Event") -> None:
        began = self._settings.ticks()
        left = ms
        while left > 0 and not stop.is_set():
            self._settings.alive()
            try:
                await asyncio.wait_for(stop.wait(), min(left, TICK_MS) / 1000)
            except asyncio.TimeoutError:
                pass  # the pause goes on
            left = ms - since(self._settings.ticks(), began)


def _ignore(*_: object) -> None:
    """In place of a callback that was not given."""
