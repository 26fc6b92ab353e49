"""One MQTT connection from CONNECT to its end: handshake, subscriptions, acknowledgements, keep-alive.

Tasks of a session: its own `run` (keep-alive, heartbeat), the receiver, the writer, the announcer (subscriptions,
on_up) and a watcher of the stop event. What ends any of them ends the session, and `run` raises it.
"""

import asyncio

from civicroot_device.mqtt.errors import MalformedPacket, MqttBusy, MqttDown, MqttRefused, MqttTimeout
from civicroot_device.mqtt.link import SendLine, within
from civicroot_device.mqtt.packet import (
    CONNACK_REASONS,
    PINGREQ,
    SUBSCRIPTION_REFUSED,
    ConnAck,
    PingResp,
    PubAck,
    Publish,
    SubAck,
    encode_puback,
    encode_publish,
    encode_subscribe,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeVar

    from civicroot_device.mqtt.link import Link
    from civicroot_device.mqtt.packet import PacketIds

    Acknowledgement = TypeVar("Acknowledgement", PubAck, SubAck)
    OnMessage = Callable[[str, bytes], object]
    OnUp = Callable[[], Coroutine[Any, Any, None]]

# Publishes waiting to be written, or for their PUBACK: each holds an event and a waiting task of about 1 KiB; a
# device publishes one or two at a time.
MAX_IN_FLIGHT = 16
TICK_MS = 1_000  # longest sleep between two heartbeats and looks at the keep-alive
ON_UP_MS = 30_000  # on_up says "online" and fetches nothing: longer means that it hangs
_TICKS_MASK = 0x3FFF_FFFF  # time.ticks_ms wraps at 2**30 on 32-bit ports and at a multiple of it on others


def since(now: int, then: int) -> int:
    """Milliseconds from `then` to `now`, both from the ticks function, less than 12 days apart."""
    return (now - then) & _TICKS_MASK


class Settings:
    """What all sessions of a client share; see MqttClient for the meaning."""

    def __init__(
        self,
        *,
        hello: bytes,
        keep_alive_ms: int,
        answer_ms: int,
        on_message: "OnMessage",
        on_up: "OnUp | None",
        alive: "Callable[[], object]",
        ticks: "Callable[[], int]",
    ) -> None:
        self.hello = hello  # the CONNECT packet
        self.keep_alive_ms = keep_alive_ms
        self.answer_ms = answer_ms
        self.on_message = on_message
        self.on_up = on_up
        self.alive = alive
        self.ticks = ticks


class _Answer:
    """What a packet with an id waits for."""

    def __init__(self, kind: "type[PubAck | SubAck]") -> None:
        self.kind = kind
        self.packet: "Any" = None  # of that kind, when it has arrived
        self.arrived = asyncio.Event()


class Session:
    """Serves one Link. `subscriptions` is the client's live list of (topic filter, qos); `up` once all are made."""

    def __init__(
        self, link: "Link", settings: Settings, ids: "PacketIds", subscriptions: "list[tuple[str, int]]"
    ) -> None:
        self.up = False
        self._link = link
        self._line = SendLine(link)
        self._settings = settings
        self._ids = ids
        self._subscriptions = subscriptions
        self._subscribed: "list[tuple[str, int]]" = []
        self._waiting: "dict[int, _Answer]" = {}  # by packet id; an abandoned one stays until acknowledged
        self._failure: "Exception | None" = None
        self._wake = asyncio.Event()
        self._more = asyncio.Event()
        self._heard_at = self._sent_at = settings.ticks()
        self._pinged_at: "int | None" = None

    async def run(self, stop: "asyncio.Event") -> None:
        """Serve until `stop` is set (then return, still connected) or the session fails (then raise why)."""
        await self._handshake()
        works = (self._receive(), self._line.run(self._written), self._announce(), self._watch(stop))
        tasks = [asyncio.create_task(self._guarded(work)) for work in works]
        try:
            await self._keep(stop)
        finally:
            self._fail(MqttDown("the connection ended"))
            for task in tasks:
                task.cancel()
            for task in tasks:
                # Not `await task`: its cancellation could not be told from our own.
                while not task.done():
                    await asyncio.sleep(0)

    async def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Send; at QoS 1 return when the broker has acknowledged. Raises MqttError as in MqttClient.publish."""

        def encode(packet_id: int) -> bytes:
            return encode_publish(topic, payload, qos=qos, retain=retain, packet_id=packet_id)

        if max(len(self._waiting), len(self._line)) >= MAX_IN_FLIGHT:
            raise MqttBusy("too many packets in flight")
        if qos == 0:
            await self._line.send(encode(0))
        else:
            await self._exchange(PubAck, encode)

    @property
    def awaits(self) -> bool:
        """Whether an answer is due: to CONNECT, a ping, or a packet with an id."""
        return not self.up or self._pinged_at is not None or len(self._waiting) > 0

    def subscriptions_changed(self) -> None:
        """Make the announcer look at the list again."""
        self._more.set()

    async def _handshake(self) -> None:
        self._settings.alive()
        await self._link.send(self._settings.hello)
        self._settings.alive()
        answer = await within(self._link.receive(), self._settings.answer_ms, "CONNACK")
        if not isinstance(answer, ConnAck):
            raise MalformedPacket("first packet is not CONNACK")  # MQTT-3.2.0-1
        if answer.code:
            raise MqttRefused("connection refused: " + CONNACK_REASONS[answer.code])
        self._heard_at = self._sent_at = self._settings.ticks()

    async def _guarded(self, work: "Awaitable[None]") -> None:
        """Run a task of the session; whatever it raises ends the session and comes out of `run`."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 (raised by run)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """End the session for the first reason given; those who wait for an answer are told at once."""
        self.up = False
        if self._failure is None:
            self._failure = error
        self._wake.set()
        self._line.close()
        for answer in self._waiting.values():
            answer.arrived.set()

    async def _keep(self, stop: "asyncio.Event") -> None:
        tick = min(TICK_MS, self._settings.keep_alive_ms // 4) / 1000
        while True:
            if self._failure is not None:
                raise self._failure
            if stop.is_set():
                return
            self._settings.alive()
            await self._ping_when_due()
            try:
                await asyncio.wait_for(self._wake.wait(), tick)
            except asyncio.TimeoutError:
                pass  # the ordinary case: nothing to do but the next look

    async def _ping_when_due(self) -> None:
        """§3.1.2.10. Pings also when the broker is merely silent: only an answer shows that the link lives."""
        now = self._settings.ticks()
        half = self._settings.keep_alive_ms // 2
        if self._pinged_at is not None:
            if since(now, self._pinged_at) > self._settings.answer_ms:
                raise MqttTimeout("PINGRESP")
        elif since(now, self._heard_at) >= half or since(now, self._sent_at) >= half:
            self._pinged_at = now
            await self._line.send(PINGREQ)

    async def _receive(self) -> None:
        # No deadline of its own: an unanswered ping ends the session, and the session ends this task.
        while True:
            packet = await self._link.receive()
            self._heard_at = self._settings.ticks()
            if isinstance(packet, Publish):
                await self._deliver(packet)
            elif isinstance(packet, (PubAck, SubAck)):
                self._answered(packet)
            elif isinstance(packet, PingResp):
                self._pinged_at = None
            else:
                raise MalformedPacket("second CONNACK")

    async def _deliver(self, packet: Publish) -> None:
        self._settings.on_message(packet.topic, packet.payload)
        if packet.qos:
            await self._line.send(encode_puback(packet.packet_id))

    def _answered(self, packet: "PubAck | SubAck") -> None:
        answer = self._waiting.get(packet.packet_id)
        if answer is None or not isinstance(packet, answer.kind):
            raise MalformedPacket("acknowledges nothing that is in flight")
        del self._waiting[packet.packet_id]
        answer.packet = packet
        answer.arrived.set()

    async def _announce(self) -> None:
        await self._subscribe()
        self.up = True
        if self._settings.on_up is not None:
            try:
                await asyncio.wait_for(self._settings.on_up(), ON_UP_MS / 1000)
            except asyncio.TimeoutError:
                raise MqttTimeout("on_up")
        while True:
            await self._more.wait()
            self._more.clear()
            await self._subscribe()

    async def _subscribe(self) -> None:
        """Subscribe to what is on the list and not yet subscribed to."""
        new = [entry for entry in self._subscriptions if entry not in self._subscribed]
        if not new:
            return
        answer = await self._exchange(SubAck, lambda packet_id: encode_subscribe(packet_id, new))
        if len(answer.codes) != len(new):
            raise MalformedPacket("SUBACK with another number of return codes")  # MQTT-3.9.3-1
        for (topic_filter, _), code in zip(new, answer.codes):  # noqa: B905 (MicroPython's zip has no strict)
            if code == SUBSCRIPTION_REFUSED:
                raise MqttRefused("subscription refused: " + topic_filter)
        self._subscribed.extend(new)

    async def _watch(self, stop: "asyncio.Event") -> None:
        await stop.wait()
        self._wake.set()

    async def _exchange(self, kind: "type[Acknowledgement]", encode: "Callable[[int], bytes]") -> "Acknowledgement":
        """Send the packet that `encode` makes of a packet id; its acknowledgement of class `kind`."""
        packet_id = self._ids.take(self._waiting)
        data = encode(packet_id)
        answer = self._waiting[packet_id] = _Answer(kind)
        await self._line.send(data)
        try:
            await asyncio.wait_for(answer.arrived.wait(), self._settings.answer_ms / 1000)
        except asyncio.TimeoutError:
            if answer.packet is None and self._failure is None:
                # End the connection: a late acknowledgement must not be taken for that of a later packet, and a
                # broker that is this slow is best left.
                failure = MqttTimeout(kind.__name__)
                self._fail(failure)
                raise failure
        if answer.packet is None:
            raise MqttDown("lost before " + kind.__name__)
        return answer.packet

    def _written(self) -> None:
        self._sent_at = self._settings.ticks()
        self._settings.alive()
