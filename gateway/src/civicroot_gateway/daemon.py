"""The running gateway: links, bridges, engine, and those who look after it, put together and driven by one loop.

The loop is the only one who touches any of them.
"""

import gc
import logging
import random
import signal
import time
from importlib.metadata import version

from civicroot_wire import sodium, state, topic
from civicroot_wire.sodium import Signer
from civicroot_wire.state import State

from . import home, loop
from .announcing import Announcer
from .bridges.hub import City, Hub
from .config import Config
from .config.model import Tls
from .down.down import Down, open_down
from .down.publication import DEVICES, UPLINK
from .down.sending import DownSender
from .engine import Engine, Settings
from .intake import Intake
from .loop import Source, Waker
from .mqtt.broker_address import BrokerAddress
from .mqtt.connection import Session, Will
from .mqtt.link import Link
from .mqtt.tls import Credentials, TlsFiles
from .operate import alarms, snapshot
from .operate.clock import GatewayClock
from .operate.logs import fields
from .operate.snapshot import DISTRIBUTION, Snapshot
from .operate.supervision import Supervision
from .pacing import Pacing
from .registry import trust
from .uplink.bandwidth import Bandwidth
from .uplink.delivery import Delivery, Lanes
from .uplink.sender import BatchSender

# Objects between two searches for cycles. A group of 512 records makes thousands that are freed by counting alone; the
# default of 700 searches several times in each group: 5 % of the time per record.
GARBAGE_THRESHOLD = 50_000
OFFLINE_DEADLINE = 2.0  # seconds for the brokers to take the last word before exit

_log = logging.getLogger(__name__)


class Daemon:
    """A gateway process. `run` returns after SIGTERM or SIGINT; SIGHUP looks at the TLS files now."""

    def __init__(self, config: Config, engine: Engine, signer: Signer, clock: GatewayClock, down: Down) -> None:
        self._config = config
        self._engine = engine
        self._clock = clock
        self._down = down
        self._stopping = self._reload = False
        self._waker = Waker()
        self._state_topic = topic.of_gateway(engine.kid, topic.STATE)
        self._two_brokers = _place(config.broker) != _place(config.uplink)
        self._devices, self._uplink = self._devices_link(), self._uplink_link()
        city = City(config.realm, engine.public_of, sodium.verify)
        self._hub = Hub(config.bridges, signer, city, config.data, clock.now, desk=down.by_radio)
        self._sender = self._batch_sender()
        links = (self._devices, self._uplink)
        told = links if self._two_brokers else (self._uplink,)
        self._announcer = Announcer(self._state_topic, told, self._state, time.monotonic)
        self._intake = Intake(engine, links, self._hub, down, self._sender, Pacing(time.monotonic))
        self._supervision = Supervision(config, self._snapshot, self._waker.wake, time.monotonic)
        self._sources = self._in_order()

    def _in_order(self) -> list[Source]:
        """First who speaks, then the links, which send what was said."""
        down = DownSender(self._down, {DEVICES: self._devices, UPLINK: self._uplink}, time.monotonic)
        return [self._sender, self._announcer, down, self._hub, self._devices, self._uplink, self._waker]

    def _devices_link(self) -> Link:
        prefix = topic.PREFIX + self._engine.kid.hex()
        durable, passing = (topic.UP, topic.STATE), (topic.WANT, topic.PRIVATE)
        wanted = tuple((f"{prefix}/+/{leaf}", 1) for leaf in durable)
        wanted += tuple((f"{prefix}/+/{leaf}", 0) for leaf in passing)
        return self._link(DEVICES, self._config.broker, self._config.devices_link.tls, wanted)

    def _uplink_link(self) -> Link:
        prefix = topic.PREFIX + self._engine.kid.hex()
        of_devices = (topic.ENROLMENT, topic.REVOCATION, topic.CMD)
        wanted = tuple((f"{prefix}/+/{leaf}", 1) for leaf in of_devices)
        wanted += ((f"{prefix}/{topic.CHECKPOINT}", 1), (f"{prefix}/{topic.ACK}", 1))
        wanted += ((f"{prefix}/{topic.PIECE}", 0), (f"{prefix}/{topic.CLAIM}", 0))
        return self._link(UPLINK, self._config.uplink, self._config.uplink_link.tls, wanted)

    def _link(self, name: str, address: BrokerAddress, tls: Tls, wanted: tuple[tuple[str, int], ...]) -> Link:
        tells = name == UPLINK or self._two_brokers
        will = Will(self._state_topic, state.encode(State(online=False))) if tells else None
        # At the devices' broker nothing is to be kept for us: devices send again until we acknowledge, and queues of
        # their repetitions would fill its store. At the backend's a session saves all that is retained for us, 14 MB
        # for 10,000 devices, at each reconnection.
        session = Session(address, f"civicroot-{self._engine.kid.hex()}-{name}", wanted, will, clean=name == DEVICES)
        files = TlsFiles(tls.ca, tls.certificate, tls.key)
        return Link(
            name,
            session,
            Credentials(files, time.time) if address.tls else None,
            on_up=self._on_uplink if name == UPLINK else self._on_devices,
            wake=self._waker.wake,
            monotonic=time.monotonic,
            wall=time.time,
            jitter=random.random,
        )

    def _batch_sender(self) -> BatchSender:
        return BatchSender(
            self._uplink,
            topic.of_gateway(self._engine.kid, topic.BATCH),
            self._lanes,
            self._engine.batch_message,
            Delivery(random.random),
            Bandwidth(self._config.uplink_link.bytes_per_second, time.monotonic),
            time.monotonic,
        )

    # Running

    def run(self) -> None:
        """Serve until told to stop."""
        self._waker.on(signal.SIGTERM, signal.SIGINT, action=self._stop_soon)
        self._waker.on(signal.SIGHUP, action=self._reload_soon)
        self._supervision.start()
        _log.info("gateway runs", extra=fields(kid=self._engine.kid.hex(), spooled=self._engine.spooled))
        self._supervision.ready()
        gc.freeze()  # what is loaded by now stays
        gc.set_threshold(GARBAGE_THRESHOLD)
        while not self._stopping:
            self._turn()
        self._stop()

    def _turn(self) -> None:
        """Send what is due, wait for input, take it in, commit when it is time."""
        loop.turn(self._sources, min(self._intake.due_in(), self._supervision.wait()))
        self._intake.turn()
        self._supervision.turn()
        if self._reload:
            self._look_at_certificates()

    def _look_at_certificates(self) -> None:
        self._reload = False
        self._supervision.reloading()
        for link in (self._devices, self._uplink):
            link.look_now()
        self._supervision.reloaded()

    def _lanes(self) -> Lanes:
        return self._engine.lanes

    def _on_devices(self, _handed_over: bool) -> None:
        self._announcer.link_came(self._devices)
        self._down.link_up(DEVICES)

    def _on_uplink(self, handed_over: bool) -> None:
        self._sender.uplink_came(handed_over)
        self._announcer.link_came(self._uplink)
        self._down.link_up(UPLINK)

    def _snapshot(self) -> Snapshot:
        links = (self._devices, self._uplink)
        standing = self._engine.standing()
        failing, bridges = self._intake.failing, self._hub.report()
        down = self._down.counts()
        return snapshot.collect(standing, self._clock, links, failing=failing, bridges=bridges, down=down)

    def _state(self) -> State:
        found = self._snapshot()
        names = alarms.for_state(alarms.of(found))
        hours = found.standing.room_hours
        room = None if hours is None else int(hours)
        return State(online=True, version=version(DISTRIBUTION), waiting=self._engine.spooled, alarms=names, room=room)

    # Stopping

    def _stop_soon(self) -> None:
        self._stopping = True

    def _reload_soon(self) -> None:
        self._reload = True

    def _stop(self) -> None:
        self._supervision.close()
        self._intake.stop()
        self._say_offline()
        for link in (self._devices, self._uplink):
            link.close()
        self._hub.close()
        self._engine.close()
        _log.info("gateway stopped", extra=fields(spooled=self._engine.spooled))

    def _say_offline(self) -> None:
        until = time.monotonic() + OFFLINE_DEADLINE
        waiting = self._announcer.say_offline()
        links = [link for link in (self._devices, self._uplink) if link.up]
        while any(not info.is_published() for info in waiting) and time.monotonic() < until:
            loop.turn(links, 0.1)
            if not all(link.up for link in links):
                return


def _place(address: BrokerAddress) -> tuple[str, int]:
    return address.host, address.port


def run(config: Config) -> None:
    """Run the gateway of a configuration until it is told to stop; raises GatewayError if it cannot start."""
    policy = trust.load(config.policy, config.realm, sodium.verify)
    signer = home.read_key(config.data)
    with home.locked(config.data):
        spool = home.open_spool(config.data, signer, config.realm)
        try:
            settings = Settings(config.realm, policy, config.batch, config.spool_bytes, config.admission)
            clock = GatewayClock(time.time, time.monotonic)
            engine = Engine(spool, signer, settings, clock, sodium.verify)
            Daemon(config, engine, signer, clock, open_down(config.data, engine.kid, engine.trust)).run()
        finally:
            spool.close()
