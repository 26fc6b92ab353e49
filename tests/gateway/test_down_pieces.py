"""Pieces of content: fetched once, checked as a whole, served to devices that were told of them."""

import hashlib
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from civicroot_gateway.down import content_cache, fetches, pieces
from civicroot_gateway.down.content_cache import FOLDER, ContentCache
from civicroot_gateway.down.down import MAX_AT_ONCE, Down
from civicroot_gateway.down.publication import UPLINK, Publication
from civicroot_wire import piece, topic
from civicroot_wire.piece import MAX_PIECE_BYTES, NOT_YET, UNKNOWN, Piece, Want
from civicroot_wire.sodium import Signer

from .city import City, Device, signer
from .trust import Desk, configured, released

OPERATOR, RELEASER = signer(800), signer(801)
CONTENT = bytes(number % 251 for number in range(5 * MAX_PIECE_BYTES + 100))
DIGEST = hashlib.sha256(CONTENT).digest()


class Told(NamedTuple):
    """What a device was answered."""

    kid: bytes
    piece: Piece


class Scene:
    """A gateway's way down, a clock, and a backend that has `offered` and answers while it is `up`."""

    def __init__(self, folder: Path, devices: int = 1) -> None:
        self.folder = folder
        self.city = City()
        self.city.enrol(OPERATOR, "operator/1", "operator")
        self.city.enrol(RELEASER, "release/1", "release")
        self.devices = [self.city.device() for _ in range(devices)]
        self.desk = Desk(self.city)
        self.desk.trust_all()
        self.offered = {DIGEST: CONTENT}
        self.up = True
        self.asked: list[Want] = []
        self.now = 1000.0
        self.reopen()

    def reopen(self) -> None:
        self.cache = ContentCache(self.folder / FOLDER)
        self.down = Down(self.city.gateway.kid, self.desk.book, self.cache, lambda: self.now, lambda: 1.0)

    def release(self, content: bytes = CONTENT, version: int = 1, devices: list[Device] | None = None) -> bytes:
        """Tell devices of a content; its digest."""
        digest = hashlib.sha256(content).digest()
        for device in devices or self.devices:
            subject = self.desk.book.registry.signer(device.kid, "device").subject
            files = [("main.mpy", len(content), digest)]
            self.desk.say(topic.CMD, device.kid, released(RELEASER, subject, (version, 0, 0), files))
        return digest

    def want(self, key: Signer, digest: bytes = DIGEST, offset: int = 0, length: int = 1024) -> None:
        self.down.receive(topic.WANT, key.kid, piece.encode_want(Want(digest, offset, length)))

    def turn(self) -> list[Told]:
        """Everything that is due, and the backend's answers to it, until nothing is."""
        told = []
        while found := self.down.due(self.now):
            assert len(found) <= MAX_AT_ONCE
            for item in found:
                told += self._deliver(item)
        return told

    def _deliver(self, item: Publication) -> list[Told]:
        _, device, leaf = topic.parse(item.topic)
        if item.link == UPLINK:
            assert (device, leaf, item.qos, item.retain) == (None, topic.WANT, 0, False)
            want = piece.decode_want(item.payload)
            self.asked.append(want)
            if self.up:
                self.down.receive(topic.PIECE, None, piece.encode(self.answer(want)))
        elif leaf == topic.PIECE and device is not None:
            return [Told(device, piece.decode(item.payload))]
        return []

    def answer(self, want: Want) -> Piece:
        content = self.offered.get(want.digest)
        if content is None:
            return Piece(want.digest, reason=UNKNOWN)
        return Piece(want.digest, want.offset, content[want.offset : want.offset + want.length], len(content))

    def files(self) -> set[str]:
        return {path.name for path in (self.folder / FOLDER).iterdir()}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def download(scene: Scene, device: Device, digest: bytes, size: int, length: int = 4096) -> bytes:
    """What a device gets that asks for one piece after another."""
    got = b""
    while len(got) < size:
        scene.want(device.key, digest, len(got), length)
        ((_, found),) = scene.turn()
        assert (found.reason, found.offset, found.size) == (None, len(got), size)
        got += found.octets
        scene.now += 1
    return got


def test_one_fetch_serves_fifty_devices(tmp_path: Path) -> None:
    scene = Scene(tmp_path, devices=50)
    digest = scene.release()
    scene.turn()
    for device in scene.devices:
        scene.want(device.key)
    told = scene.turn()
    assert {item.piece.reason for item in told} == {NOT_YET}
    for device in scene.devices:
        assert download(scene, device, digest, len(CONTENT), 16384) == CONTENT
    assert Counter(want.offset for want in scene.asked) == dict.fromkeys(range(0, len(CONTENT), MAX_PIECE_BYTES), 1)
    assert scene.down.counts()["content"] == {"pieces": 6, "fetched": 1}
    assert scene.files() == {digest.hex()}


def test_a_device_is_served_only_what_a_signed_message_told_it_of(tmp_path: Path) -> None:
    scene = Scene(tmp_path, devices=2)
    told, other = scene.devices
    scene.release(devices=[told])
    scene.turn()
    scene.want(other.key)
    assert [(item.kid, item.piece.reason) for item in scene.turn()] == [(other.kid, UNKNOWN)]
    scene.want(told.key, bytes(32))
    assert [(item.kid, item.piece.reason) for item in scene.turn()] == [(told.kid, UNKNOWN)]
    assert scene.asked == [], "nobody makes the gateway fetch junk"
    scene.want(signer(999))
    scene.want(scene.city.backend)
    assert scene.turn() == []
    assert scene.down.counts()["want"] == {UNKNOWN: 2, "unknown-key-id": 1, "wrong-role": 1}


def test_a_configuration_names_content_by_its_hash(scene: Scene) -> None:
    (device,) = scene.devices
    scene.desk.say(topic.CMD, device.kid, configured(OPERATOR, "bin/1", 1, model=DIGEST.hex()))
    scene.want(device.key)
    scene.turn()
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_a_device_that_asks_too_fast_is_not_answered(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.want(device.key)
    scene.turn()
    for _ in range(100):
        scene.want(device.key)
    assert len(scene.turn()) == pieces.WANTS_AT_ONCE - 1
    scene.now += 10
    scene.want(device.key)
    assert len(scene.turn()) == 1
    assert scene.down.counts()["want"]["too-fast"] == 100 - (pieces.WANTS_AT_ONCE - 1)


def test_answers_that_wait_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MAX_ANSWERS", 3)
    scene = Scene(tmp_path, devices=5)
    for device in scene.devices:
        scene.want(device.key)
    assert len(scene.turn()) == 3


def test_malformed_messages_are_counted_and_harm_nothing(scene: Scene) -> None:
    (device,) = scene.devices
    scene.down.receive(topic.WANT, device.kid, b"\xff")
    scene.down.receive(topic.PIECE, None, b"\xff")
    scene.down.receive(topic.PIECE, None, piece.encode(Piece(bytes(32), 0, b"x", 1)))  # nobody asked
    scene.down.receive(topic.PIECE, device.kid, piece.encode(Piece(bytes(32), 0, b"x", 1)))
    assert scene.turn() == []
    assert scene.down.counts()["content"] == {"malformed": 1, "stray": 1}


def test_what_does_not_come_is_asked_for_again_ever_more_rarely(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.up = False
    scene.want(device.key)
    begun = scene.now
    while scene.now < begun + 600:
        scene.turn()
        wait = scene.down.next_due(scene.now)
        assert wait is not None
        scene.now += wait
    attempts = Counter(want.offset for want in scene.asked)
    assert len(attempts) == fetches.WINDOW
    assert set(attempts.values()) <= {7, 8}, "5 s, 10 s, 20 s …"
    scene.up = True
    scene.down.link_up(UPLINK)
    scene.turn()
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_what_no_device_wants_any_more_is_not_fetched(scene: Scene) -> None:
    scene.release()
    scene.up = False
    scene.want(scene.devices[0].key)
    scene.turn()
    scene.now += fetches.WANTED_FOR + 1
    assert scene.down.next_due(scene.now) is None
    assert scene.turn() == []


def test_pieces_may_come_in_any_order_twice_and_shorter_than_asked_for(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.up = False
    scene.want(device.key)
    scene.turn()
    for _ in range(40):
        for want in reversed(scene.asked):
            found = scene.answer(want)
            found.octets = found.octets[: max(1, want.length // 2)]
            for _ in range(2):
                scene.down.receive(topic.PIECE, None, piece.encode(found))
        scene.asked.clear()
        scene.turn()
    assert scene.down.counts()["content"]["fetched"] == 1
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_content_that_is_not_what_its_name_says_is_never_served_and_rests(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.offered[DIGEST] = CONTENT[:-1] + b"?"
    rest = fetches.FIRST_REST
    for _ in range(3):
        scene.want(device.key)
        assert {item.piece.reason for item in scene.turn()} == {NOT_YET}
        asked = len(scene.asked)
        scene.now += rest - 1
        scene.want(device.key)
        assert [item.piece.reason for item in scene.turn()] == [UNKNOWN]
        assert len(scene.asked) == asked, "it rests"
        assert scene.files() == set()
        scene.now += 2
        rest *= 2
    scene.offered[DIGEST] = CONTENT
    scene.want(device.key)
    scene.turn()
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_content_of_another_size_is_not_fetched(scene: Scene) -> None:
    scene.release()
    scene.offered[DIGEST] = CONTENT + b"more"
    scene.want(scene.devices[0].key)
    scene.turn()
    assert len(scene.asked) <= fetches.WINDOW
    assert scene.down.counts()["content"]["failed"] == 1


def test_what_the_backend_does_not_have_is_unknown(scene: Scene) -> None:
    scene.release()
    scene.offered.clear()
    scene.want(scene.devices[0].key)
    scene.turn()
    scene.want(scene.devices[0].key)
    assert [item.piece.reason for item in scene.turn()] == [UNKNOWN]


def test_a_fetch_goes_on_after_a_restart_where_it_was(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.up = False
    scene.want(device.key)
    scene.turn()
    scene.down.receive(topic.PIECE, None, piece.encode(scene.answer(scene.asked[0])))
    assert scene.files() == {DIGEST.hex() + ".part"}
    scene.reopen()
    scene.asked.clear()
    scene.up = True
    scene.want(device.key)
    scene.turn()
    assert 0 not in {want.offset for want in scene.asked}
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_a_beginning_that_a_crash_garbled_is_fetched_again(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    (scene.folder / FOLDER / (DIGEST.hex() + ".part")).write_bytes(bytes(MAX_PIECE_BYTES))
    scene.reopen()
    scene.want(device.key)
    scene.turn()
    assert scene.files() == set()
    scene.now += fetches.FIRST_REST + 1
    scene.want(device.key)
    scene.turn()
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_all_of_it_had_come_when_the_power_went(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    (scene.folder / FOLDER / (DIGEST.hex() + ".part")).write_bytes(CONTENT)
    scene.reopen()
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT
    assert scene.asked == []


def test_what_the_card_damaged_is_fetched_again_and_not_served(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.want(device.key)
    scene.turn()
    path = scene.folder / FOLDER / DIGEST.hex()
    path.write_bytes(CONTENT[:100] + b"\0" + CONTENT[101:])
    scene.reopen()
    scene.want(device.key)
    assert {item.piece.reason for item in scene.turn()} == {NOT_YET}
    assert download(scene, device, DIGEST, len(CONTENT)) == CONTENT


def test_the_cache_is_bounded_and_what_was_not_read_for_longest_gives_way(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path, most=250)
    contents = [bytes([number]) * 100 for number in range(3)]
    first, second, third = digests = [hashlib.sha256(content).digest() for content in contents]
    for digest, content in zip(digests[:2], contents, strict=False):
        cache.append(digest, content)
        assert cache.finish(digest)
    assert cache.read(first, 10, 5) == b"\0" * 5
    cache.append(third, contents[2])
    assert cache.finish(third)
    assert [cache.size(digest) for digest in digests] == [100, None, 100]
    assert cache.octets == 200
    assert not (tmp_path / second.hex()).exists()


def test_beginnings_are_bounded(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    for number in range(20):
        cache.append(bytes([number]) * 32, b"x")
    assert len(list(tmp_path.iterdir())) == content_cache.MAX_PARTS


def test_a_full_disk_rests_the_fetch_and_leaves_room_for_records(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.release()
    usage = shutil.disk_usage(scene.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=content_cache.DISK_RESERVE - 1))
    scene.want(scene.devices[0].key)
    scene.turn()
    assert scene.files() == set()
    scene.want(scene.devices[0].key)
    assert [item.piece.reason for item in scene.turn()] == [UNKNOWN]
    monkeypatch.undo()
    scene.now += fetches.FIRST_REST + 1
    scene.want(scene.devices[0].key)
    scene.turn()
    assert download(scene, scene.devices[0], DIGEST, len(CONTENT)) == CONTENT


def test_a_failing_disk_is_no_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("Input/output error")

    scene.release()
    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", fail)
        scene.want(scene.devices[0].key)
        scene.turn()
    assert scene.down.counts()["content"]["failed"] == 1
    scene.want(scene.devices[0].key, offset=len(CONTENT) - 1)
    assert [item.piece.reason for item in scene.turn()] == [UNKNOWN]


def test_only_so_many_are_fetched_at_a_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path, devices=4)
    scene.up = False
    for number, device in enumerate(scene.devices):
        content = bytes([number]) * 100
        scene.want(device.key, scene.release(content, devices=[device]))
    scene.turn()
    assert len({want.digest for want in scene.asked}) == fetches.MAX_FETCHES


def test_past_the_end_there_is_nothing(scene: Scene) -> None:
    (device,) = scene.devices
    scene.release()
    scene.want(device.key)
    scene.turn()
    scene.want(device.key, offset=len(CONTENT))
    assert [item.piece.reason for item in scene.turn()] == ["out-of-range"]
    scene.want(device.key, offset=len(CONTENT) - 1, length=9)
    assert [item.piece.octets for item in scene.turn()] == [CONTENT[-1:]]
