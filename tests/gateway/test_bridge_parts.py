"""The parts of radio bridges: settings, link keys, the counter of answers, the Unix socket, alarms."""

import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_gateway.bridges import answer_counter, settings
from civicroot_gateway.bridges.answer_counter import STEP, AnswerCounter
from civicroot_gateway.bridges.bridge import DOWN_ALARM, SILENCE, Bridge
from civicroot_gateway.bridges.link_keys import FOLDER, LinkKeys
from civicroot_gateway.bridges.ports import PortGone, SerialPort
from civicroot_gateway.errors import ConfigError, KeyFileError
from civicroot_wire import bridge_message, radio, sodium
from civicroot_wire.bridge_link import BridgeLink
from civicroot_wire.bridge_message import ESPNOW
from civicroot_wire.errors import SignatureError

from .bridging import independent_link_key
from .city import NOW, REALM, City, Device
from .hub_rig import BOTH, HubRig, over_serial, over_socket

TAG = bytes([2, 0, 0, 0, 0, 1])


# Settings


def test_the_example_is_what_the_parser_takes(tmp_path: Path) -> None:
    (found,) = settings.parse(tomllib.loads(settings.EXAMPLE)["bridge"], tmp_path)
    assert (found.name, found.baud, found.socket) == ("roof", 460_800, None)
    assert found.radios.channel == 6 and found.radios.lora == ("EU868", 868_100_000, 9, 14)


LORA = {"region": "EU868", "frequency": 868_100_000, "spreading_factor": 9}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({}, "missing key name"),
        ({"name": "Roof!"}, "name is not"),
        ({"name": "a"}, "not one of serial and socket"),
        ({"name": "a", "serial": "x", "socket": "y", "espnow_channel": 1}, "not one of"),
        ({"name": "a", "serial": "x"}, "neither espnow_channel nor lora"),
        ({"name": "a", "serial": "x", "espnow_channel": 14}, "espnow_channel is not"),
        ({"name": "a", "serial": "x", "espnow_channel": 1, "baud": 460_801}, "baud 460801"),
        ({"name": "a", "serial": "x", "espnow_channel": 1, "speed": 1}, "unknown key speed"),
        ({"name": "a", "serial": 7, "espnow_channel": 1}, "not a path"),
        ({"name": "a", "serial": "x", "lora": {**LORA, "region": "US915"}}, "region US915"),
        ({"name": "a", "serial": "x", "lora": {**LORA, "frequency": 868_600_000}}, "no channel of EU868"),
        ({"name": "a", "serial": "x", "lora": {**LORA, "power": 20}}, "20 dBm, allowed are 14"),
        ({"name": "a", "serial": "x", "lora": {**LORA, "spreading_factor": 6}}, "spreading_factor is not"),
        ({"name": "a", "serial": "x", "lora": {"region": "KR920"}}, "missing key frequency"),
        ("no table", "not a list of tables"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(table: object, text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=text):
        settings.parse([table], tmp_path)


def test_two_bridges_do_not_share_a_name_or_a_port(tmp_path: Path) -> None:
    one = {"name": "a", "serial": "x", "espnow_channel": 1}
    for other, what in (({**one, "serial": "y"}, "name"), ({**one, "name": "b"}, "serial")):
        with pytest.raises(ConfigError, match=f"{what} twice"):
            settings.parse([one, other], tmp_path)
    with pytest.raises(ConfigError, match="at most 16"):
        settings.parse([one] * 17, tmp_path)


# Link keys


def test_device_and_gateway_agree_and_each_pair_and_realm_has_its_own(city: City, tmp_path: Path) -> None:
    devices = [city.device() for _ in range(3)]
    keys = LinkKeys(city.gateway, REALM, tmp_path)
    found = [keys.of(device.key.public) for device in devices]
    assert found == [independent_link_key(device, city) for device in devices]
    assert len(set(found)) == 3
    assert LinkKeys(city.gateway, "other.example", tmp_path).of(devices[0].key.public) not in found
    assert LinkKeys(city.backend, REALM, tmp_path).of(devices[0].key.public) not in found


@pytest.mark.parametrize("y", [0, 1, 2, (1 << 255) - 20])
def test_a_key_of_small_order_or_off_the_curve_has_none(city: City, tmp_path: Path, y: int) -> None:
    with pytest.raises(SignatureError, match="weak-key"):
        LinkKeys(city.gateway, REALM, tmp_path).of(y.to_bytes(32, "little"))


def test_a_key_given_at_provisioning_is_taken_instead(city: City, device: Device, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    path = folder / f"{device.kid.hex()}.key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others"):
        LinkKeys(city.gateway, REALM, tmp_path).of(device.key.public)
    path.chmod(0o600)
    assert LinkKeys(city.gateway, REALM, tmp_path).of(device.key.public) == b"k" * 32


# The counter


def test_counters_grow_across_starts_with_one_write_for_many(tmp_path: Path) -> None:
    found: list[int] = []
    for _ in range(3):
        counter = AnswerCounter(tmp_path, lambda: None)
        found += [counter.next() for _ in range(STEP + 5)]
    assert found == sorted(set(found))
    assert int((tmp_path / answer_counter.FILE).read_text()) == 6 * STEP


def test_a_number_is_reserved_before_it_is_used(tmp_path: Path) -> None:
    for _ in range(5):
        number = AnswerCounter(tmp_path, lambda: None).next()
        assert number < int((tmp_path / answer_counter.FILE).read_text())


@pytest.mark.parametrize("lost", [b"", b"nonsense", b"-7", None])
def test_with_its_file_lost_it_goes_on_above_what_it_used_as_soon_as_it_knows_the_time(
    tmp_path: Path, lost: bytes | None
) -> None:
    before = AnswerCounter(tmp_path, lambda: NOW)
    last = [before.next() for _ in range(100)][-1]
    path = tmp_path / answer_counter.FILE
    path.unlink()
    if lost is not None:
        path.write_bytes(lost)
    now: list[int | None] = [None]
    after = AnswerCounter(tmp_path, lambda: now[0])
    assert after.next() < last
    now[0] = NOW + 60
    assert after.next() > last


def test_a_clock_that_was_ahead_once_does_no_harm(tmp_path: Path) -> None:
    ahead = AnswerCounter(tmp_path, lambda: 1 << 40).next()
    later = AnswerCounter(tmp_path, lambda: NOW)
    assert ahead < later.next() < later.next() < radio.MAX_COUNTER
    AnswerCounter(tmp_path, lambda: 1 << 60).next()
    assert AnswerCounter(tmp_path, lambda: 1 << 60).next() < radio.MAX_COUNTER


def test_without_a_reservation_there_is_no_number(tmp_path: Path) -> None:
    counter = AnswerCounter(tmp_path / "gone", lambda: None)
    with pytest.raises(OSError, match="gone"):
        counter.next()


# A bridge in another process, over a Unix socket


class Peer:
    """The bridge's end of a socket, in this process."""

    def __init__(self, path: Path, session: bytes = b"peer") -> None:
        self.link = BridgeLink(session, 0)
        self.got: list[bridge_message.Message] = []
        self._now = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)

    def turn(self) -> None:
        self._now += 20
        try:
            data = self._socket.recv(4096)
        except BlockingIOError:
            data = b""
        self.got += [bridge_message.decode(content) for content in self.link.feed(data, self._now)]
        self._socket.sendall(self.link.output(self._now))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def gateway(city: City, device: Device, tmp_path: Path) -> Iterator[HubRig]:
    found = HubRig(city, tmp_path / "data", over_socket(tmp_path / "bridge.sock"))
    found.turn(0)
    yield found
    found.close()


def connected(gateway: HubRig, path: Path, session: bytes = b"peer") -> Peer:
    peer = Peer(path, session)
    gateway.until(lambda: peer.turn() or (peer.link.up and peer.got))
    return peer


def test_another_process_is_a_bridge_and_is_told_its_settings(
    gateway: HubRig, device: Device, city: City, tmp_path: Path
) -> None:
    path = tmp_path / "bridge.sock"
    assert path.stat().st_mode & 0o777 == 0o660
    peer = connected(gateway, path)
    said = peer.got.pop(0)
    assert (said.kind, said.settings.channel, said.settings.lora) == (bridge_message.SETTINGS, BOTH.channel, BOTH.lora)
    peer.link.send(bridge_message.heard(ESPNOW, TAG, -60, device.record(0)))
    gateway.until(lambda: peer.turn() or peer.got)
    (answer,) = peer.got
    assert (answer.kind, answer.radio, answer.address) == (bridge_message.SEND, ESPNOW, TAG)
    ack = radio.verify(radio.decode(answer.payload), REALM, device.kid, independent_link_key(device, city), None)
    assert ack.covers(0)
    peer.close()


def test_a_newer_connection_takes_the_place_and_a_closed_one_is_waited_for_again(
    gateway: HubRig, device: Device, tmp_path: Path
) -> None:
    path = tmp_path / "bridge.sock"
    first = connected(gateway, path)
    second = connected(gateway, path, b"next")
    first.close()
    second.link.send(bridge_message.heard(ESPNOW, TAG, -60, device.record(0)))
    gateway.until(lambda: second.turn() or len(second.got) > 1)
    second.close()
    gateway.until(lambda: not gateway.up)
    gateway.until(path.exists)
    third = None
    while third is None:
        try:
            third = Peer(path, b"last")
        except ConnectionRefusedError:  # the old socket's name, until it listens again
            gateway.turn()
    gateway.until(lambda: third.turn() or third.got)
    third.close()


def test_what_a_bridge_may_not_say_is_counted_and_a_withdrawn_device_is_not_answered(
    gateway: HubRig, device: Device, tmp_path: Path
) -> None:
    peer = connected(gateway, tmp_path / "bridge.sock")
    gateway.withdrawn.add(device.kid)
    for body in (b"\xff", bridge_message.send(ESPNOW, TAG, b"x"), bridge_message.line("hello")):
        peer.link.send(body)
    peer.link.send(bridge_message.statistics({"heard": 7}))
    peer.link.send(bridge_message.heard(ESPNOW, TAG, -60, device.record(0)))
    gateway.until(lambda: peer.turn() or gateway.hub.report()[0]["counts"].get("answer-unknown-device"))
    report = gateway.hub.report()[0]
    assert report["counts"]["malformed"] == 2 and report["statistics"] == {"heard": 7}
    assert len(peer.got) == 1  # the settings alone
    peer.close()


def test_answers_that_come_too_late_or_are_too_many_are_dropped(city: City, tmp_path: Path) -> None:
    now = [0.0]
    bridge = Bridge(over_serial(tmp_path / "absent"), lambda: now[0], lambda: 0.0)
    for _ in range(300):
        bridge.send(ESPNOW, TAG, b"answer")
    assert bridge.counts["answer-dropped"] == 300 - 256


def test_a_tag_that_two_bridges_hear_is_answered_by_both_and_takes_the_first(
    city: City, device: Device, tmp_path: Path
) -> None:
    paths = [tmp_path / "north.sock", tmp_path / "south.sock"]
    gateway = HubRig(city, tmp_path / "data", *(over_socket(path, path.stem) for path in paths))
    gateway.turn(0)
    peers = [Peer(path) for path in paths]
    gateway.until(lambda: [peer.turn() for peer in peers] and all(peer.got for peer in peers))
    for peer in peers:
        peer.link.send(bridge_message.heard(ESPNOW, TAG, -60, device.record(0)))
    gateway.until(lambda: [peer.turn() for peer in peers] and all(len(peer.got) > 1 for peer in peers))
    first, second = (radio.decode(peer.got[1].payload) for peer in peers)
    assert first.counter != second.counter
    key = independent_link_key(device, city)
    later, earlier = sorted((first, second), key=lambda answer: -answer.counter)
    assert radio.verify(later, REALM, device.kid, key, None).covers(0)
    with pytest.raises(SignatureError, match="old-counter"):
        radio.verify(earlier, REALM, device.kid, key, later.counter)
    assert gateway.spooled() == [device.record(0)]
    for peer in peers:
        peer.close()
    gateway.close()


# A port that is not there


def test_a_bridge_that_is_gone_for_a_minute_is_an_alarm(tmp_path: Path) -> None:
    now = [0.0]
    bridge = Bridge(over_serial(tmp_path / "absent"), lambda: now[0], lambda: 0.0)
    tried = 0
    while now[0] < DOWN_ALARM:
        assert not bridge.alarm
        bridge.service()
        tried += 1
        assert bridge.wait() > 0
        now[0] += bridge.wait()
    assert tried < 15  # it backs off
    assert bridge.alarm and "No such file" in str(bridge.trouble)


def test_a_file_is_no_serial_port_and_a_port_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PortGone, match="no serial port"):
        SerialPort(tmp_path / "file", 9600).open()
    master, end = os.openpty()
    port = SerialPort(Path(os.ttyname(end)), 9600)
    assert port.open()
    code = "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)"
    if os.geteuid() != 0:  # root opens what is held exclusively
        assert subprocess.run([sys.executable, "-c", code, os.ttyname(end)], check=False).returncode != 0
    os.close(end)
    os.close(master)
    with pytest.raises(PortGone, match=r"unplugged|error"):
        port.read(port.wants(False)[0][0])
    port.close()
    assert port.wants(False) == []


def test_a_bridge_that_falls_silent_is_greeted_anew(tmp_path: Path) -> None:
    now = [0.0]
    bridge = Bridge(over_socket(tmp_path / "b.sock"), lambda: now[0], lambda: 0.0)
    bridge.service()
    peer = Peer(tmp_path / "b.sock")
    for _ in range(50):
        now[0] += 0.02
        peer.turn()
        bridge.service()
        for descriptor, _ in bridge.wants():
            bridge.serve(descriptor, 1)
        if bridge.up:
            break
    assert bridge.up and bridge.trouble is None
    now[0] += SILENCE + 1
    bridge.service()
    assert not bridge.up and bridge.trouble == "silent"
    bridge.close()
    peer.close()


def test_no_bridges_cost_nothing(city: City, tmp_path: Path) -> None:
    rig = HubRig(city, tmp_path / "data")
    assert rig.hub.wants() == [] and rig.hub.wait() > 1000 and rig.hub.alarms == []
    answers = [(city.topic("ack", sodium.Signer(bytes(32)).kid), b"\xa0")]
    assert rig.hub.answer(answers, ()) == answers
    assert not (tmp_path / "data" / answer_counter.FILE).exists()
    rig.close()
