"""A real backend tells a real gateway over a real broker: withdrawals, configurations, and pieces for fifty devices."""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from civicroot_backend.artefacts.shelf import offer
from civicroot_backend.service import Backend
from civicroot_gateway import home
from civicroot_wire import acknowledgement, configuration, piece, release, topic
from civicroot_wire.configuration import Configuration
from civicroot_wire.piece import Piece, Want
from civicroot_wire.release import Release
from civicroot_wire.sodium import Signer
from paho.mqtt.enums import CallbackAPIVersion

from tests.backend.city import City, signed_record
from tests.backend.test_bus import founded, running
from tests.gateway.live import GatewayProcess, eventually
from tests.support.brokers import Broker, MosquittoBroker, NatsBroker

DEVICES = 50
CONTENT = bytes(range(256)) * 160  # 40 KiB, three pieces for the gateway
DIGEST = hashlib.sha256(CONTENT).digest()
LENGTH = 8192  # of a device's piece
ASK_AGAIN = 0.5  # seconds after which a device asks again


class Gateway(GatewayProcess):
    """The gateway of a backend's city, with two brokers or one."""

    def __init__(self, city: City, key: Signer, folder: Path, broker: Broker, uplink: Broker) -> None:
        self.folder, self.config, self.log = folder, folder / "gateway.toml", folder / "gateway.log"
        home.create(folder / "data", city.realm, key)
        policy = city.folder / "policy.json"
        self.config.write_text(
            f'realm = "{city.realm}"\ndata = "data"\npolicy = "{policy}"\n'
            f'broker_url = "mqtt://{broker.host}:{broker.port}"\nuplink_url = "mqtt://{uplink.host}:{uplink.port}"\n'
            '[page]\nlisten = ""\n[batch]\nmax_age = 0.2\n'
        )
        self._process = None


class Street:
    """The devices' side of one connection: what each of them is told."""

    def __init__(self, broker: Broker, gateway: bytes) -> None:
        self._prefix = topic.PREFIX + gateway.hex()
        self._gateway = gateway
        self._lock = threading.Lock()
        self.commands: dict[bytes, list[bytes]] = defaultdict(list)
        self.pieces: dict[bytes, list[Piece]] = defaultdict(list)
        self.acknowledged: dict[bytes, set[int]] = defaultdict(set)
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="street")
        self.client.on_connect = self._connected
        self.client.on_message = self._received
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def send(self, device: Signer, leaf: str, payload: bytes, qos: int = 1) -> None:
        self.client.publish(topic.of_device(self._gateway, device.kid, leaf), payload, qos)

    def got(self, device: Signer) -> bytes:
        """The content, as far as it came without a hole."""
        with self._lock:
            found = {item.offset: item.octets for item in self.pieces[device.kid] if item.reason is None}
        content = b""
        while len(content) in found:
            content += found[len(content)]
        return content

    def _connected(self, client: paho.Client, *_: object) -> None:
        leaves = (topic.CMD, topic.PIECE, topic.ACK)
        client.subscribe([(f"{self._prefix}/+/{leaf}", 1) for leaf in leaves])

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        _, kid, leaf = topic.parse(message.topic)
        assert kid is not None
        with self._lock:
            if leaf == topic.CMD:
                self.commands[kid].append(bytes(message.payload))
            elif leaf == topic.PIECE:
                self.pieces[kid].append(piece.decode(bytes(message.payload)))
            else:
                found = acknowledgement.decode(bytes(message.payload))
                self.acknowledged[kid] |= {number for number in range(10) if found.covers(number)}


class Scene:
    """A running city: backend, gateway process, devices of key `devices`, an operator and a release key."""

    def __init__(self, city: City, backend: Backend, key: Signer, gateway: Gateway, street: Street) -> None:
        self.city, self.backend, self.key, self.gateway, self.street = city, backend, key, gateway, street
        self.operator = city.enrolled(backend, "operator/1", "operator")
        self.releaser = city.enrolled(backend, "release/1", "release")

    def acknowledged(self, device: Signer, seq: int) -> None:
        """A record is sent until the gateway acknowledges it."""
        signed = signed_record(device, seq)

        def done() -> bool:
            if seq in self.street.acknowledged[device.kid]:
                return True
            self.street.send(device, topic.UP, signed)
            return False

        eventually(done, f"record {seq} acknowledged")

    def logged(self, event: str, **fields: object) -> bool:
        """Whether the gateway's log has such a line."""
        wanted = {"event": event, **fields}.items()
        return any(wanted <= line.items() for line in self.gateway.events())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The devices have a broker of their own."""
    with made(tmp_path_factory.mktemp("city"), one=False) as found:
        yield found


@contextmanager
def made(folder: Path, one: bool) -> Iterator[Scene]:
    """A running city with one broker, or two."""
    with brokers(folder, one) as (devices, uplink):
        city = founded(folder, uplink)
        city.now = int(time.time())  # the gateway has the real time
        with running(city) as backend:
            key = city.enrolled(backend, "gateway/1", "gateway")
            (folder / "gateway").mkdir()
            street = Street(devices, key.kid)
            try:
                with Gateway(city, key, folder / "gateway", devices, uplink) as gateway:
                    yield Scene(city, backend, key, gateway, street)
            finally:
                street.close()


@contextmanager
def brokers(folder: Path, one: bool) -> Iterator[tuple[Broker, Broker]]:
    """The devices' broker and that of the backend."""
    with MosquittoBroker(folder) as first:
        if one:
            yield first, first
        else:
            with NatsBroker(folder) as second:
                yield first, second


def test_a_withdrawal_reaches_the_gateway_and_outlives_its_restart(scene: Scene) -> None:
    city, backend = scene.city, scene.backend
    honest = city.enrolled(backend, "bin/1", "device")
    stolen = city.enrolled(backend, "bin/2", "device")
    scene.acknowledged(honest, 0)
    scene.acknowledged(stolen, 0)
    backend.submit(city.revocation(stolen, "bin/2"))
    eventually(lambda: scene.logged("key withdrawn", kid=stolen.kid.hex()), "the gateway knows")
    scene.acknowledged(honest, 1)  # so what came before is durable
    scene.gateway.kill()
    scene.gateway.start()

    def refused() -> bool:
        scene.street.send(stolen, topic.UP, signed_record(stolen, 1))
        return any("record.revoked" in line for line in scene.gateway.events())

    eventually(refused, "a record of a withdrawn key refused")
    scene.acknowledged(honest, 2)
    assert scene.street.acknowledged[stolen.kid] == {0}


def test_a_configuration_reaches_its_device_once(scene: Scene) -> None:
    configure(scene)


def test_with_a_single_broker_nothing_goes_round_in_circles(tmp_path: Path) -> None:
    with made(tmp_path, one=True) as scene:
        configure(scene)


def configure(scene: Scene) -> None:
    device = scene.city.enrolled(scene.backend, "bin/90", "device")
    wanted = Configuration("bin/90", 1, {"interval": 600})
    signed = configuration.sign(wanted, scene.operator.kid, "operator/1", scene.city.realm, scene.operator)
    scene.backend.submit(signed)
    eventually(lambda: signed in scene.street.commands[device.kid], "the device is told")
    scene.acknowledged(device, 0)  # the gateway goes on
    assert set(scene.street.commands[device.kid]) == {signed}
    # Once by the gateway, three times by the backend if there is one broker; in a circle it would be hundreds.
    assert len(scene.street.commands[device.kid]) <= 6


def test_fifty_devices_get_a_release_that_was_fetched_once(scene: Scene) -> None:
    city, backend = scene.city, scene.backend
    asked: list[Want] = []
    answer = backend._bus._ears.answer

    def counting(gateway: bytes, message: bytes) -> bytes | None:
        asked.append(piece.decode_want(message))
        return answer(gateway, message)

    object.__setattr__(backend._bus._ears, "answer", counting)
    offer(backend.store, CONTENT)
    devices = [city.enrolled(backend, f"bin/{100 + number}", "device") for number in range(DEVICES)]
    for number in range(DEVICES):
        made = Release(f"bin/{100 + number}", (1, 0, 0), "esp32", (0, 0, 0), [("main.mpy", len(CONTENT), DIGEST)])
        backend.submit(release.sign(made, scene.releaser.kid, "release/1", city.realm, scene.releaser))
    eventually(lambda: all(scene.street.commands[device.kid] for device in devices), "all are told")

    def all_have_it() -> bool:
        lacking = [device for device in devices if len(scene.street.got(device)) < len(CONTENT)]
        for device in lacking:
            want = piece.encode_want(Want(DIGEST, len(scene.street.got(device)), LENGTH))
            scene.street.send(device, topic.WANT, want, qos=0)
        if lacking:
            threading.Event().wait(ASK_AGAIN)  # a device asks again when no answer came
        return not lacking

    eventually(all_have_it, "all have the content")
    assert {scene.street.got(device) for device in devices} == {CONTENT}
    assert sorted(want.offset for want in asked) == [0, 16384, 32768]
