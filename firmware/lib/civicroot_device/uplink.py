"""The way to the gateway: the connection to its broker, delivery of records, what arrives, moves to another home.

Two tasks: `run` owns the connection, to one home after the other; `deliver` publishes what the reporter has due. The
reporter and everything else of the device lives on while it moves.
"""

import asyncio
import random

from civicroot_wire import topic

from civicroot_device.mqtt.client import MqttClient
from civicroot_device.mqtt.errors import MqttError
from civicroot_device.supervisor import LOOK_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.claim.flow import ClaimFlow
    from civicroot_device.config import Home
    from civicroot_device.device import Device
    from civicroot_device.mqtt.client import Connect
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.update.updates import Updates

    Alive = Callable[[str], None]

LINK, DELIVERY = "link", "delivery"  # names of the tasks
FAREWELL_S = 3  # how long a clean end tries to say "offline"; the will says it otherwise
_LEAVES = (topic.UP, topic.ACK, topic.STATE, topic.CMD, topic.CLAIM, topic.PRIVATE, topic.WANT, topic.PIECE)


class Uplink:
    """`opener(broker)` gives the function that opens connections to it; `alive(task)` is told that a task gets on.

    `command(payload)` is given what arrives for the device on its topic `cmd`, `heard()` called
    after each acknowledgement. `flow` has openings to hand over, and is told what became of them; set it before the
    tasks start.
    """

    def __init__(
        self,
        device: "Device",
        reporter: "Reporter",
        opener: "Callable[..., Connect]",
        alive: "Alive",
        command: "Callable[[bytes], None]",
        heard: "Callable[[], None]",
    ) -> None:
        self._device = device
        self._reporter = reporter
        self._opener = opener
        self._alive = alive
        self._command = command
        self._heard = heard
        self.flow: "ClaimFlow | None" = None
        self._updates: "Updates | None" = None
        self._wake = asyncio.Event()
        self._stop = False
        self._announced = 0  # records waiting in the last state said
        self._standing = device.places.standing  # of that state, too
        self._arrive()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection and the subscriptions."""
        return self._client.connected

    @property
    def awaits(self) -> bool:
        """Whether an answer of the broker or the gateway is due."""
        return self._client.awaits or (self._client.connected and self._device.store.outbox.waiting > 0)

    def follow(self, updates: "Updates | None") -> None:
        """Ask the gateway for what these want, and give them its answers. Before the tasks start."""
        self._updates = updates

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    async def run(self) -> None:
        """Own the connection until `end`; at another home after each move."""
        while not self._stop:
            if self.flow is not None:
                self._client.subscribe(self._topics[topic.CLAIM], 1)
            if self._updates is not None:
                self._client.subscribe(self._topics[topic.CMD], 1)
                self._client.subscribe(self._topics[topic.PIECE], 0)
            await self._client.run(self._left)
            self._on_link(False)
            if not self._stop:
                self._device.log("moves to gateway " + self._device.places.homes.present.gateway.hex())
                self._arrive()

    async def deliver(self) -> None:
        """Publish what is due until `end`, and leave a home that is not the device's any more."""
        while not self._stop:
            self._alive(DELIVERY)
            if self._is_elsewhere():
                await self._farewell()
            elif self._left.is_set():
                await asyncio.sleep(LOOK_MS / 10_000)  # `run` is on its way to the other home
            else:
                await self._step()

    async def end(self) -> None:
        """A clean end: publish no more, say "offline", disconnect."""
        self._stop = True
        await self._farewell()
        self._wake.set()

    def _arrive(self) -> None:
        """Turn to the home that is the present one."""
        self._home = self._device.places.homes.present
        kid = self._device.store.identity.kid
        self._topics = {leaf: topic.of_device(self._home.gateway, kid, leaf) for leaf in _LEAVES}
        self._left = asyncio.Event()
        self._client = self._make_client(self._home)

    def _is_elsewhere(self) -> bool:
        """Whether the device has another home by now: the operator's word, or the gateway's silence."""
        homes = self._device.places.homes
        waiting = self._device.store.outbox.waiting > 0 or not self._client.connected
        if homes.silent(self._device.ms(), waiting):
            homes.move_on()
        return homes.present is not self._home and not self._left.is_set()

    async def _farewell(self) -> None:
        try:
            await asyncio.wait_for(self._say(self._reporter.will()), FAREWELL_S)
        except (MqttError, asyncio.TimeoutError) as error:
            self._device.log("offline was not said: %r" % (error,))
        self._left.set()

    async def _step(self) -> None:
        self._wake.clear()
        ms = self._device.ms()
        message = self._reporter.poll(ms)
        opening = None if self.flow is None or message is not None else self.flow.message(ms)
        want = None
        if self._updates is not None and message is None and opening is None and self._client.connected:
            want = self._updates.poll(ms)  # after everything else: an update has time
        try:
            if opening is not None:
                await self._client.publish(
                    self._topics[topic.PRIVATE], opening, 0
                )  # never in the log; no broker keeps it
            elif message is not None:
                await self._client.publish(self._topics[topic.UP], message)
            elif self._standing != self._device.places.standing and self._client.connected:
                await self._say_online()  # a configuration is followed or refused by now
            elif want is not None:
                await self._client.publish(self._topics[topic.WANT], want, 0)
            elif self._announced and not self._device.store.outbox.waiting and self._client.connected:
                await self._say_online()  # once for each connection with a backlog: it is gone
            else:
                await self._until_due()
        except MqttError as error:
            # The records are in the outbox and go out again: at the next connection, or after the deadline.
            self._device.log("publish: " + error.reason)

    async def _until_due(self) -> None:
        ms = self._device.ms()
        waits = [self._reporter.wait_ms(ms), None if self.flow is None else self.flow.wait_ms(ms), LOOK_MS]
        if self._updates is not None and self._client.connected:
            waits.append(self._updates.wait_ms(ms))
        try:
            await asyncio.wait_for(self._wake.wait(), max(1, min([wait for wait in waits if wait is not None])) / 1000)
        except asyncio.TimeoutError:
            return  # the ordinary case: a deadline, or the supervisor wants to hear from this task

    def _make_client(self, home: "Home") -> MqttClient:
        device, broker = self._device, home.broker
        client = MqttClient(
            connect=self._opener(broker),
            client_id=device.store.identity.kid.hex(),
            on_message=self._on_message,
            on_up=self._on_up,
            on_down=self._on_down,
            alive=lambda: self._alive(LINK),
            random=random.random,
            ticks=device.board.ticks_ms,
            keep_alive_s=device.configuration.keep_alive_s,
            first_delay_ms=max(1, int(device.configuration.reconnect_s * 1000)),
            will=(self._topics[topic.STATE], self._reporter.will(), 1, True),
            username=broker.username,
            password=None if broker.password is None else broker.password.encode(),
        )
        client.subscribe(self._topics[topic.ACK], 1)
        if device.places.wanted is not None:
            client.subscribe(self._topics[topic.CMD], 1)
        return client

    def _on_message(self, name: str, payload: bytes) -> None:
        if name == self._topics[topic.CMD]:
            self._command(payload)
            self._wake.set()
            return
        if name == self._topics[topic.PIECE] and self._updates is not None:
            self._updates.on_piece(payload, self._device.ms())
            self._wake.set()
            return
        if name == self._topics[topic.CLAIM] and self.flow is not None:
            self.flow.on_notice(payload, self._device.ms())
            return
        self._device.places.homes.heard()
        self._reporter.on_acknowledgement(payload, self._device.ms())
        self._device.keep_time()
        self._heard()
        self._wake.set()

    async def _on_up(self) -> None:
        self._device.log("connected")
        await self._say_online()
        self._on_link(True)
        self._wake.set()

    def _on_down(self, error: MqttError) -> None:
        ms = self._device.ms()
        hours = self._reporter.hours_left(ms)
        room = "" if hours is None else ", room for %.1f h" % hours
        self._device.log("not connected: %s; %d waiting%s" % (error.reason, self._device.store.outbox.waiting, room))
        self._on_link(False)

    def _on_link(self, up: bool) -> None:
        self._reporter.on_link(up, self._device.ms())
        if self.flow is not None:
            self.flow.on_link(up, self._device.ms())

    async def _say_online(self) -> None:
        self._announced = self._device.store.outbox.waiting
        self._standing = self._device.places.standing
        await self._say(self._reporter.online(*self._standing))

    async def _say(self, state: bytes) -> None:
        await self._client.publish(self._topics[topic.STATE], state, 1, True)
