"""A real gateway process between a real broker, devices and a backend that speak MQTT from this test process."""

import json
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from civicroot_gateway import home
from civicroot_wire import acknowledgement, batch, state, topic, verdict
from civicroot_wire.acknowledgement import Acknowledgement
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.brokers import Broker
from tests.support.tcp_proxy import TcpProxy

from .city import REALM, City, Device, verify

DEADLINE = 60.0  # seconds for anything to happen on a busy machine
STOP_DEADLINE = 10.0
RESEND = 0.5  # seconds after which a device sends again what is not acknowledged
_COMMAND = "import sys; from civicroot_cli.main import main; sys.exit(main())"


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Poll until the condition is true and return its value; AssertionError after the deadline."""
    until = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"never happened: {what}"
        time.sleep(0.01)  # between two polls


class GatewayProcess:
    """`civicroot gateway run` in `folder`, killed and started again at will."""

    def __init__(
        self,
        city: City,
        folder: Path,
        broker: Broker,
        uplink: Broker | TcpProxy | None = None,
        login: str = "",
        extra: str = "",
        **batch_limits: float,
    ) -> None:
        self.folder = folder
        self.config = folder / "gateway.toml"
        self.log = folder / "gateway.log"
        home.create(folder / "data", REALM, city.gateway)
        city.write_policy(folder / "policy.json")
        uplink = uplink or broker
        limits = {"max_records": 20, "max_age": 0.2} | batch_limits
        self.config.write_text(
            f'realm = "{REALM}"\ndata = "data"\npolicy = "policy.json"\n'
            f'broker_url = "mqtt://{login}{broker.host}:{broker.port}"\nuplink_url = "mqtt://{login}{uplink.host}:{uplink.port}"\n'
            '[page]\nlisten = ""\n[batch]\n' + "".join(f"{name} = {value}\n" for name, value in limits.items()) + extra
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command("run"), stdin=subprocess.DEVNULL, stderr=log)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_DEADLINE)
        self._process = None
        return code

    def limit_files(self, size: int | None) -> None:
        """Let it write no file beyond `size` bytes, as if the disk were full; None: no limit."""
        assert self._process is not None
        soft = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))

    def status(self) -> dict[str, Any]:
        """What `civicroot gateway status --json` says."""
        done = subprocess.run([*self._command("status"), "--json"], stdout=subprocess.PIPE, check=False)
        assert done.returncode in (0, 1)  # 1: there are alarms
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def is_ready(self, city: City) -> bool:
        """Whether it hears devices, and knows all keys."""
        heard = any(event["event"] == "link up" and event["link"] == "devices" for event in self.events())
        return heard and len(self.status()["keys"]) == len(city.registrations)

    def events(self) -> list[dict[str, Any]]:
        """Its log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _command(self, name: str) -> list[str]:
        return [sys.executable, "-c", _COMMAND, "gateway", name, "--config", str(self.config)]


class Client:
    """A paho client with its own thread, which connects again by itself."""

    def __init__(self, broker: Broker, name: str, subscriptions: list[str]) -> None:
        self._subscriptions = subscriptions
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._on_connect
        self.client.on_message = lambda _client, _data, message: self.on_message(message.topic, message.payload)
        self.client.connect_async(broker.host, broker.port, 30)
        self.client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(name, 1) for name in self._subscriptions])
        self.on_connected()

    def on_connected(self) -> None:
        """For subclasses."""

    def on_message(self, name: str, payload: bytes) -> None:
        """For subclasses."""


class LiveBackend(Client):
    """Publishes registrations and checkpoint retained, verifies each batch, answers with a signed verdict.

    `batches`: every message that came, by the gateway's number; `committed`: records in the order they came first.
    """

    def __init__(self, city: City, broker: Broker) -> None:
        self.city = city
        self.batches: dict[int, set[bytes]] = {}
        self.committed: list[bytes] = []
        self.states: list[bool] = []
        self.answering = True
        self.seen = 0
        self._topics = {leaf: city.topic(leaf) for leaf in (topic.BATCH, topic.ACK, topic.STATE, topic.CHECKPOINT)}
        super().__init__(broker, "backend", [self._topics[topic.BATCH], self._topics[topic.STATE]])

    def on_connected(self) -> None:
        for kid, message in list(self.city.registrations.items()):  # the test may be enrolling more
            self.client.publish(self.city.topic(topic.ENROLMENT, kid), message, qos=1, retain=True)
        self.client.publish(self._topics[topic.CHECKPOINT], self.city.log.note(), qos=1, retain=True)

    def on_message(self, name: str, payload: bytes) -> None:
        if name == self._topics[topic.STATE]:
            self.states.append(state.decode(payload).online)
            return
        encoded, records = batch.decode_message(payload)
        header = batch.verify_header(batch.decode_header(encoded), REALM, self.city.gateway.public, verify)
        batch.check_records(header, records)
        contents = self.batches.setdefault(header.sequence.seq, set())
        if not contents:
            self.committed += records
        contents.add(payload)
        self.seen += 1
        if self.answering:
            self.client.publish(self._topics[topic.ACK], self.city.commit(payload), qos=1)

    def refuse(self, payload: bytes, reason: str) -> None:
        self.client.publish(self._topics[topic.ACK], self.city.refuse(payload, reason), qos=1)

    def verdict_for(self, payload: bytes) -> bytes:
        return verdict.digest_of(payload)


class LiveDevice(Client):
    """Sends its records, several in a message, again and again until they are acknowledged.

    `acknowledged`: numbers the gateway named, in the order it did.
    """

    def __init__(self, city: City, broker: Broker, device: Device, chunk: int = 5) -> None:
        self.device = device
        self.waiting: dict[int, bytes] = {}
        self.acknowledged: list[int] = []
        self.refused: dict[int, str] = {}
        self.acks: list[Acknowledgement] = []
        self._chunk = chunk
        self._lock = threading.Lock()
        self._up = city.topic(topic.UP, device.kid)
        self._sent: dict[int, float] = {}
        super().__init__(broker, device.kid.hex(), [city.topic(topic.ACK, device.kid)])

    def add(self, *records: bytes, first: int) -> None:
        """Records numbered from `first` on that are to be sent."""
        with self._lock:
            self.waiting |= dict(enumerate(records, first))

    def pump(self) -> None:
        """Send what is due."""
        now = time.monotonic()
        with self._lock:
            due = [number for number in self.waiting if self._sent.get(number, 0) + RESEND < now][: 4 * self._chunk]
            chunks = [due[start : start + self._chunk] for start in range(0, len(due), self._chunk)]
            payloads = [b"".join(self.waiting[number] for number in chunk) for chunk in chunks]
            self._sent |= dict.fromkeys(due, now)
        if self.client.is_connected():
            for payload in payloads:
                self.client.publish(self._up, payload, qos=1)

    def say(self, payload: bytes) -> None:
        """Any bytes under the device's topic."""
        self.client.publish(self._up, payload, qos=1)

    def on_message(self, name: str, payload: bytes) -> None:
        ack = acknowledgement.decode(payload)
        with self._lock:
            self.acks.append(ack)
            self.refused |= dict(ack.refused)
            named = [number for number in self.waiting if ack.covers(number)]
            self.acknowledged += named
            for number in named:
                del self.waiting[number]
