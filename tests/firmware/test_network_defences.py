"""The defences of the device's network code, each against a broker that misbehaves.

A broker that …            is met by                            test
accepts TCP and is silent  deadline on CONNACK                  test_mqtt_client: …never_answers_connect_is_left
accepts CONNECT, is silent deadlines: ping, PUBACK, SUBACK      test_mqtt_client: …silent_server…, …missing_…
never ends TLS's handshake deadline on the connection           test_a_tls_handshake_that_never_ends_is_left
stops reading              deadline on each write               test_mqtt_client: …stops_reading…
closes within a packet     reconnection                         test_a_packet_that_ends_in_its_middle_…
sends garbage              refused by name, reconnection        test_mqtt_client: …malformed_bytes…, …wrong_answer…
refuses                    named, back-off                      test_mqtt_client: …credentials…, …refused_…
answers slowly             patience up to the deadline          test_a_broker_that_answers_byte_by_byte_is_kept
has a wrong certificate    no connection                        test_mqtt_tls; test_a_certificate_…
outlives 65,535 publishes  packet ids wrap                      test_mqtt_packet: …wraps_its_packet_ids…
moves to another address   name resolved for each connection    test_the_name_is_resolved_for_every_connection
fails again and again      `finally` closes each socket         test_connections_that_fail_leave_no_socket_behind
holds up a publish         the watchdog is not fed              test_a_publish_that_hangs_…
"""

import asyncio
import re
import socket
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device import clock
from civicroot_device.config import Configuration
from civicroot_device.net import Network
from civicroot_device.supervisor import Supervisor
from civicroot_device.uplink import DELIVERY, Uplink
from civicroot_device.version import BUILD_TIME
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.firmware.mqtt_process import (
    DeviceProcess,
    accept_mqtt,
    accept_until_goodbye,
    receive_packet,
    scripted_server,
    silence,
)
from tests.firmware.test_sampling import MINIMAL
from tests.support.brokers import HOST, MosquittoBroker, free_port
from tests.support.certificates import Authority
from tests.support.micropython import MicroPython

SLOW_S = 0.05  # between two bytes: a CONNACK then takes a fifth of a second, well under the deadline


# --- connections


def test_a_packet_that_ends_in_its_middle_ends_the_connection_and_not_the_task() -> None:
    def cut(connection: socket.socket) -> None:
        accept_mqtt(connection)
        connection.sendall(bytes.fromhex("30 0a 0003 612f62"))  # a PUBLISH of ten bytes, five of them

    with scripted_server(cut, cut, accept_until_goodbye) as port, DeviceProcess(port) as device:
        for _ in range(2):
            down = device.wait("down")
            assert (down["error"], down["reason"]) == ("MqttDown", "closed by the broker")
        device.wait("up")
        device.send("stop")
        device.wait("ended", error=None)


def test_a_broker_that_answers_byte_by_byte_is_kept() -> None:
    paced = threading.Event()  # never set: its wait paces the answers

    def slowly(connection: socket.socket, data: bytes) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            paced.wait(SLOW_S)

    def play(connection: socket.socket) -> None:
        assert receive_packet(connection)[0] == 0x10
        slowly(connection, bytes.fromhex("20020000"))
        packet = receive_packet(connection)
        assert packet[0] == 0x32
        slowly(connection, b"\x40\x02" + packet[10:12])  # behind the topic stands the packet's id
        assert receive_packet(connection) == b"\xe0\x00"

    with scripted_server(play) as port, DeviceProcess(port, answer_ms=2000) as device:
        device.wait("up")
        device.publish("dev/up", "m", number=1)
        device.wait("published", number=1)
        device.send("stop")
        device.wait("ended", error=None)
        assert not [event for event in device.events if event["event"] == "down"]


def test_connections_that_fail_leave_no_socket_behind() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)

    with scripted_server(*[refuse] * 4, accept_until_goodbye) as port, DeviceProcess(port) as device:
        device.wait("down")
        device.wait("down")
        before = device.descriptors()
        device.wait("down")
        device.wait("down")
        device.wait("up")
        assert device.descriptors() <= before + 1  # the one that is up
        device.send("stop")
        device.wait("ended", error=None)


RESOLVE = """
    import asyncio, socket, sys

    class Names:
        asked = []
        SOCK_STREAM = socket.SOCK_STREAM
        @staticmethod
        def getaddrinfo(host, port, *rest):
            Names.asked.append(host)
            return socket.getaddrinfo("127.0.0.1", ports[len(Names.asked) - 1], *rest)
        @staticmethod
        def socket(*rest):
            return socket.socket(*rest)

    class Broker:
        host, port, tls = "broker.example", 1883, None

    from civicroot_device.net import Network
    connect = Network(None).opener(Broker)
    sys.modules["socket"] = Names

    async def twice():
        seen = []
        for _ in ports:
            reader, writer = await connect()
            seen.append((await reader.read(1)).decode())
            writer.close()
            await writer.wait_closed()
        return seen

    try:
        result = [asyncio.run(twice()), Names.asked]
    finally:
        sys.modules["socket"] = socket
"""


def test_the_name_is_resolved_for_every_connection(micropython: MicroPython) -> None:
    """The broker moves between two connections: the device finds it at its new address."""

    def says(letter: bytes) -> Callable[[socket.socket], None]:
        return lambda connection: connection.sendall(letter)

    with scripted_server(says(b"a")) as first, scripted_server(says(b"b")) as second:
        answer = micropython.run(RESOLVE, ports=[first, second])
    assert answer == [["a", "b"], ["broker.example", "broker.example"]]


@pytest.mark.parametrize(("configured", "mode"), [(None, 1), ("none", 0), ("light", 1), ("deep", 2)])
def test_the_radio_sleeps_as_configured_and_is_joined_before_a_connection(
    configured: str | None, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    class Wlan:
        PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
        joined = False

        def __init__(self, _: int) -> None:
            pass

        def active(self, on: bool) -> None:
            said.append(on)

        def config(self, pm: int) -> None:
            said.append(pm)

        def isconnected(self) -> bool:
            return self.joined

        def connect(self, ssid: str, password: str) -> None:
            said.append((ssid, password))
            self.joined = True

    wifi = {"ssid": "s", "password": "p"} | ({} if configured is None else {"power_save": configured})
    monkeypatch.setattr(sys, "platform", "esp32")
    monkeypatch.setitem(sys.modules, "network", SimpleNamespace(WLAN=Wlan, STA_IF=0))
    network = Network(Configuration({**MINIMAL, "wifi": wifi}).wifi)
    with scripted_server(lambda connection: connection.sendall(b"x")) as port:

        async def once() -> bytes:
            reader, writer = await network.opener(SimpleNamespace(host=HOST, port=port, tls=None))()
            heard: bytes = await reader.read(1)
            writer.close()
            return heard

        assert asyncio.run(once()) == b"x"
    assert said == [True, mode, ("s", "p")]


# --- TLS, and the clock by which certificates are judged


def der_of(authority: Authority) -> Path:
    """The authority's certificate as a device has it."""
    path = authority.pem.with_suffix(".der")
    path.write_bytes(x509.load_pem_x509_certificate(authority.pem.read_bytes()).public_bytes(Encoding.DER))
    return path


@pytest.mark.parametrize(
    ("hosts", "lasts", "reason"),
    [
        (("localhost",), timedelta(days=1), None),
        (("elsewhere.example",), timedelta(days=1), "CN|common name|name does not match"),
        (("localhost",), timedelta(days=-1), "expired|validity"),
    ],
    ids=["good", "other-name", "expired"],
)
def test_a_certificate_of_another_name_or_one_that_expired_is_refused(
    hosts: tuple[str, ...], lasts: timedelta, reason: str | None, tmp_path: Path
) -> None:
    authority, port = Authority(tmp_path / "ca"), free_port()
    certificate, key = authority.issue("broker", hosts, lasts)
    listener = f"listener {port} {HOST}\ncertfile {certificate}\nkeyfile {key}"
    with (
        MosquittoBroker(tmp_path, extra=listener),
        DeviceProcess(port, ca=str(der_of(authority))) as device,
    ):
        if reason is None:
            device.wait("up")
        else:
            for _ in range(2):  # it goes on trying
                down = device.wait("down")
                assert down["error"] == "MqttDown"
                assert re.search(reason, str(down), re.IGNORECASE), down


def test_a_tls_handshake_that_never_ends_is_left(tmp_path: Path) -> None:
    ca = str(der_of(Authority(tmp_path / "ca")))
    with scripted_server(silence, silence) as port, DeviceProcess(port, ca=ca, answer_ms=300) as device:
        for _ in range(2):
            assert device.wait("down")["error"] == "MqttTimeout"


@pytest.mark.parametrize(
    ("machine", "last_known", "expected"),
    [
        (0, 0, BUILD_TIME),  # an ESP32 that was just switched on
        (BUILD_TIME - 1, 0, BUILD_TIME),
        (BUILD_TIME, 0, None),
        (BUILD_TIME + 9, BUILD_TIME + 10, BUILD_TIME + 10),
        (BUILD_TIME + 10, BUILD_TIME + 10, None),
        (BUILD_TIME + 99, BUILD_TIME + 10, None),
    ],
)
def test_certificates_are_judged_by_no_time_before_the_build_or_the_last_known(
    machine: int, last_known: int, expected: int | None
) -> None:
    assert clock.floor(machine, last_known) == expected


# --- the watchdog


def test_a_publish_that_hangs_keeps_the_watchdog_from_being_fed() -> None:
    """The client bounds every wait. Should one be forgotten, the chip is reset."""

    class Client:
        connected = True

        async def publish(self, *_: Any) -> None:
            await asyncio.Event().wait()

    async def other(supervisor: Supervisor) -> None:
        while True:
            supervisor.heard("other")
            await asyncio.sleep(0)

    async def work() -> None:
        fed = []
        supervisor = Supervisor(lambda: fed.append(1))
        uplink = object.__new__(Uplink)  # without a connection of its own
        homes = SimpleNamespace(silent=lambda *_: False, present="home")
        device = SimpleNamespace(
            places=SimpleNamespace(homes=homes), store=SimpleNamespace(outbox=SimpleNamespace(waiting=1)), ms=lambda: 0
        )
        parts = {
            "_stop": False,
            "_alive": supervisor.heard,
            "_device": device,
            "_home": "home",
            "_left": asyncio.Event(),
            "_wake": asyncio.Event(),
            "_reporter": SimpleNamespace(poll=lambda _: b"record"),
            "flow": None,
            "_updates": None,
            "_client": Client(),
            "_topics": {"up": "up"},
        }
        for name, value in parts.items():
            setattr(uplink, name, value)
        supervisor.start({DELIVERY: uplink.deliver(), "other": other(supervisor)})
        for _ in range(50):
            await asyncio.sleep(0)
            supervisor.look()
        assert len(fed) == 1  # for the sign of life before the publish

    asyncio.run(work())


def test_packet_ids_wrap_while_one_of_before_is_in_flight() -> None:
    """A broker that holds one PUBACK back over the wrap: the client goes on from 1, and ends up with all of them."""
    seen: list[int] = []

    def play(connection: socket.socket) -> None:
        stream = connection.makefile("rb")

        def packet() -> tuple[int, bytes]:
            head = stream.read(2)
            assert head[1] < 128
            return head[0], stream.read(head[1])

        assert packet()[0] == 0x10
        connection.sendall(b"\x20\x02\x00\x00")
        for number in range(12):
            first, body = packet()
            assert first & 0xF0 == 0x30
            size = int.from_bytes(body[:2], "big")
            seen.append(int.from_bytes(body[2 + size : 4 + size], "big"))
            if number:
                connection.sendall(b"\x40\x02" + seen[-1].to_bytes(2, "big"))
        connection.sendall(b"\x40\x02" + seen[0].to_bytes(2, "big"))
        stream.read(1)

    with scripted_server(play) as port, DeviceProcess(port, last_id=65_530, answer_ms=20_000) as device:
        device.wait("up")
        for number in range(12):
            device.publish("dev/up", "m", number=number)
        for number in (*range(1, 12), 0):
            device.wait("published", number=number)
        device.kill()
    assert seen == [*range(65_531, 65_536), *range(1, 8)]
