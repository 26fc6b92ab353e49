"""Composition with asyncio: sampling, delivery, MQTT, and a supervisor that feeds the watchdog and minds the home.

    micropython main.py CONFIG.json                            run until interrupted (SIGINT) or, with --until-eof,
                                                               until standard input ends
    micropython main.py CONFIG.json --possession NONCE SUBJECT print a proof for the registrar, as JSON
    micropython main.py CONFIG.json --info                     print what the store says, as JSON

The commands are for a device that does not run. Exit status 2: the configuration or the arguments are not usable.
"""

import asyncio
import json
import random
import sys
import time

from civicroot_wire import topic
from civicroot_wire.errors import WireError

from civicroot_device import board as boards
from civicroot_device import commands, config
from civicroot_device.clock import Clock, Monotonic
from civicroot_device.errors import ConfigurationError, StorageFailed
from civicroot_device.mqtt.client import MqttClient
from civicroot_device.mqtt.errors import MqttError
from civicroot_device.net import Network
from civicroot_device.places import Places
from civicroot_device.reporting import sampling
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.storage.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from civicroot_device.board import Board
    from civicroot_device.config import Configuration
    from civicroot_device.mqtt.client import Connect
    from civicroot_device.reporting.kinds import Kind

LOOK_MS = 1_000  # longest sleep of a task, so that the supervisor hears from it
FAREWELL_S = 3  # how long a clean end tries to say "offline"; the will says it otherwise


class App:
    """One device at one home. `connect` opens a connection to the home's broker; `log` takes a line for the operator.

    `moved`: it ended because the device has another home now.
    """

    def __init__(
        self,
        configuration: "Configuration",
        board: "Board",
        store: Store,
        places: "Places",
        connect: "Connect",
        log: "Callable[[str], None]",
    ) -> None:
        self._configuration = configuration
        self._board = board
        self._places = places
        self.moved = False
        self._log = log
        self._monotonic = Monotonic(time.ticks_ms, time.ticks_diff)
        self._store = store
        self._outbox = store.outbox
        self._kind = _fitted(configuration.kind, board.names)
        self._reporter = self._make_reporter()
        self._topics = {
            leaf: topic.of_device(places.homes.present.gateway, store.identity.kid, leaf)
            for leaf in (topic.UP, topic.ACK, topic.STATE, topic.CMD)
        }
        self._client = self._make_client(connect)
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._alive: "set[str]" = set()
        self._failure: "Exception | None" = None
        self._ending = False
        self._announced = 0  # records waiting in the last state said
        self._tasks: "list[asyncio.Task[None]]" = []

    async def run(self) -> None:
        """Run until `stop` or a move, or raise what ended a task: then the process has to start again."""
        self._client.subscribe(self._topics[topic.ACK], 1)
        if self._places.wanted is not None:
            self._client.subscribe(self._topics[topic.CMD], 1)
        works = {"sampling": self._sample(), "delivery": self._deliver(), "mqtt": self._client.run(self._stop)}
        self._tasks = [asyncio.create_task(self._guarded(name, work)) for name, work in works.items()]
        self._log("started: kid %s, %d waiting" % (self._store.identity.kid.hex(), self._outbox.waiting))
        while not self._stop.is_set():
            await asyncio.sleep(LOOK_MS / 1000)
            if self._failure is not None:
                raise self._failure
            if self.moved or self._gateway_is_silent():
                await self._leave()
            if len(self._alive) == len(works):
                self._board.feed()
                self._alive.clear()

    async def stop(self) -> None:
        """A clean end: publish no more, say "offline", disconnect. The process ends after this."""
        self._ending = True
        try:
            await asyncio.wait_for(self._say(self._reporter.will()), FAREWELL_S)
        except (MqttError, asyncio.TimeoutError) as error:
            self._log("offline was not said: %r" % (error,))
        self._stop.set()
        self._wake.set()
        try:
            self._outbox.note()
        except StorageFailed as error:
            # The interrupt came in the middle of a write. The next start scans; some records are sent once more.
            self._log("outbox: " + str(error))
        for _ in range(FAREWELL_S * 10):
            if "mqtt ended" in self._alive:
                return
            await asyncio.sleep(0.1)

    def _gateway_is_silent(self) -> bool:
        waiting = self._outbox.waiting > 0 or not self._client.connected
        if not self._places.homes.silent(self._monotonic.ms(), waiting):
            return False
        self._places.homes.move_on()
        self.moved = True
        return True

    async def _leave(self) -> None:
        """End cleanly, so that the next home finds outbox and counter at rest."""
        self._log("moves to gateway " + self._places.homes.present.gateway.hex())
        await self.stop()
        for task in self._tasks:
            await task

    def _make_reporter(self) -> Reporter:
        options, store = self._configuration, self._store
        self._clock = Clock(store.outbox.time)
        now = self._board.unix_time()
        if now is not None:
            self._clock.tell(now, self._monotonic.ms())
        interval_ms = int(options.interval_s * 1000)
        return Reporter(
            identity=store.identity,
            realm=options.realm,
            counter=store.counter,
            outbox=store.outbox,
            refusals=store.refusals,
            kind=self._kind,
            rule=sampling.ReportRule(self._kind, interval_ms),
            promise_s=int(options.interval_s + options.sample_s) + 1,
            clock=self._clock,
            delivery=Delivery(store.outbox, random.random, int(options.answer_s * 1000)),
        )

    def _make_client(self, connect: "Connect") -> MqttClient:
        options, broker = self._configuration, self._places.homes.present.broker
        password = broker.password
        return MqttClient(
            connect=connect,
            client_id=self._store.identity.kid.hex(),
            on_message=self._on_message,
            on_up=self._on_up,
            on_down=self._on_down,
            alive=lambda: self._alive.add("mqtt"),
            random=random.random,
            ticks=time.ticks_ms,  # type: ignore[arg-type]  # an integer, kept opaque; the session minds its wrap
            keep_alive_s=options.keep_alive_s,
            will=(self._topics[topic.STATE], self._reporter.will(), 1, True),
            username=broker.username,
            password=None if password is None else password.encode(),
        )

    async def _guarded(self, name: str, work: "Awaitable[None]") -> None:
        """Run a task; whatever ends it before `stop` ends the app."""
        try:
            await work
            self._alive.add(name + " ended")
        except Exception as error:  # noqa: BLE001 (raised by run)
            self._failure = error

    async def _sample(self) -> None:
        due = self._monotonic.ms()
        while not self._stop.is_set():
            self._alive.add("sampling")
            now = self._monotonic.ms()
            if now >= due and not self._limit_reached() and not self._ending:
                sample = sampling.take(self._kind, self._board.look())
                if self._reporter.on_sample(sample, now):
                    self._wake.set()
                due = max(due, now) + int(self._configuration.sample_s * 1000)
            await asyncio.sleep(min(LOOK_MS, max(1, due - self._monotonic.ms())) / 1000)

    async def _deliver(self) -> None:
        while not self._stop.is_set():
            self._alive.add("delivery")
            self._wake.clear()
            message = self._reporter.poll(self._monotonic.ms())
            try:
                if self._ending:
                    return
                if message is not None:
                    await self._client.publish(self._topics[topic.UP], message)
                elif self._announced and not self._outbox.waiting and self._client.connected:
                    await self._say_online()  # once for each connection with a backlog: it is gone
                else:
                    await self._until_due()
            except MqttError as error:
                # The records are in the outbox and go out again: at the next connection, or after the deadline.
                self._log("publish: " + error.reason)

    async def _until_due(self) -> None:
        wait = self._reporter.wait_ms(self._monotonic.ms())
        try:
            await asyncio.wait_for(self._wake.wait(), min(LOOK_MS, LOOK_MS if wait is None else max(1, wait)) / 1000)
        except asyncio.TimeoutError:
            return  # the ordinary case: a deadline, or the supervisor wants to hear from this task

    def _limit_reached(self) -> bool:
        limit = self._configuration.limit
        return limit is not None and self._outbox.made >= limit

    def _on_message(self, name: str, payload: bytes) -> None:
        if name == self._topics[topic.CMD]:
            self._on_command(payload)
            return
        self._places.homes.heard()
        self._reporter.on_acknowledgement(payload, self._monotonic.ms())
        self._wake.set()

    def _on_command(self, payload: bytes) -> None:
        try:
            self.moved = self._places.follow(payload) or self.moved
        except (WireError, ConfigurationError) as error:
            self._log("command: " + str(error))

    async def _on_up(self) -> None:
        self._log("connected")
        await self._say_online()
        self._reporter.on_link(True, self._monotonic.ms())
        self._wake.set()

    def _on_down(self, error: MqttError) -> None:
        hours = self._reporter.hours_left(self._monotonic.ms())
        room = "" if hours is None else ", room for %.1f h" % hours
        self._log("not connected: %s; %d waiting%s" % (error.reason, self._outbox.waiting, room))
        self._reporter.on_link(False, self._monotonic.ms())

    async def _say_online(self) -> None:
        self._announced = self._outbox.waiting
        await self._say(self._reporter.online())

    async def _say(self, state: bytes) -> None:
        await self._client.publish(self._topics[topic.STATE], state, 1, True)


def main(arguments: "list[str]") -> None:
    """Do what the command line says; SystemExit with the status."""
    try:
        _run(arguments)
    except (ConfigurationError, OSError) as error:
        print("civicroot device: " + str(error), file=sys.stderr)
        raise SystemExit(2)


def _run(arguments: "list[str]") -> None:
    if not arguments:
        raise ConfigurationError("usage: main.py CONFIG.json [--possession NONCE SUBJECT | --info | --until-eof]")
    configuration = config.load(arguments[0])
    board = boards.choose(configuration)
    # Before the key is made: an ESP32's random numbers are random only while its radio is on.
    network = Network(configuration.wifi)
    random.seed(int.from_bytes(board.random(4), "big"))  # for jitter alone
    store = Store(configuration.data, board.random, configuration.outbox_bytes)
    rest = arguments[1:]
    if rest == ["--info"]:
        print(json.dumps(commands.info(store)))
    elif len(rest) == 3 and rest[0] == "--possession":
        print(json.dumps(commands.prove_possession(store, configuration.realm, rest[1], rest[2])))
    elif rest in ([], ["--until-eof"]):
        store.begin()
        _serve(Life(configuration, board, store, network), board, bool(rest))
    else:
        raise ConfigurationError("arguments: " + " ".join(rest))


class Life:
    """The device from start to end: an App at its home, and after a move another one at the next."""

    def __init__(self, configuration: "Configuration", board: "Board", store: Store, network: Network) -> None:
        self._configuration = configuration
        self._board = board
        self._store = store
        self._network = network
        self._places = Places(configuration, store.flash)
        self._app = self._make_app()

    async def run(self) -> None:
        """Run until `stop`."""
        await self._app.run()
        while self._app.moved:
            self._app = self._make_app()
            await self._app.run()

    async def stop(self) -> None:
        """A clean end."""
        await self._app.stop()

    def _make_app(self) -> App:
        connect = self._network.opener(self._places.homes.present.broker)
        return App(self._configuration, self._board, self._store, self._places, connect, print)


def _serve(life: Life, board: "Board", until_eof: bool) -> None:
    try:
        asyncio.run(_until_eof(life) if until_eof else life.run())
    except KeyboardInterrupt:
        asyncio.run(life.stop())
    except Exception as error:  # noqa: BLE001 (reported, then the board starts again)
        sys.print_exception(error)
        board.restart()


async def _until_eof(life: Life) -> None:
    """Run the device until standard input ends, so that it does not outlive whoever started it."""
    running = asyncio.create_task(life.run())
    reader = asyncio.StreamReader(sys.stdin)
    while not running.done():
        try:
            if not await asyncio.wait_for(reader.read(64), LOOK_MS / 1000):
                await life.stop()
                break
        except asyncio.TimeoutError:
            continue
    await running


def _fitted(kind: "Kind", names: "list[str] | None") -> "Kind":
    """The quantities of the kind for which the board has a sensor. Raises ConfigurationError if there is none."""
    found = tuple([quantity for quantity in kind if names is None or quantity.name in names])
    if not found:
        raise ConfigurationError("the board has no sensor of this kind of device: " + ", ".join(names or []))
    return found
