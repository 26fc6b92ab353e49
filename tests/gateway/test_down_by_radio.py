"""Commands and contents for devices that no MQTT reaches: told with an answer, fetched ahead, given out in parts."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_gateway.bridges.air_share import HOUR, AirShare
from civicroot_gateway.bridges.asking import Asking
from civicroot_gateway.bridges.bridge import Heard
from civicroot_gateway.bridges.sessions import LIFE, Sessions
from civicroot_gateway.down import by_radio
from civicroot_wire import lora, radio_fetch, state, topic
from civicroot_wire.acknowledgement import CONFIGURATION, RELEASE
from civicroot_wire.bridge_message import ESPNOW, LORA
from civicroot_wire.radio_fetch import Part, Standing, Want
from civicroot_wire.state import State

from .city import REALM, City
from .test_down_pieces import CONTENT, DIGEST, OPERATOR, RELEASER, Scene
from .trust import configured, released

KEY = b"k" * 32
SLOW = ("EU868", 868_100_000, 9, 14)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    yield Scene(tmp_path)


def test_a_release_is_told_by_its_head_and_its_contents_are_here_when_the_device_asks(scene: Scene) -> None:
    (tag,), desk = scene.devices, scene.down.by_radio
    assert desk.waiting(tag.kid) == {}
    scene.release()
    head, size = desk.waiting(tag.kid)[RELEASE]
    manifest = desk.part(tag.kid, head, 0, 4096)
    assert isinstance(manifest, bytes)
    assert (len(manifest), hashlib.sha256(manifest).digest()[:8]) == (size, head)
    scene.turn()
    found = b""
    while len(found) < len(CONTENT):
        octets = desk.part(tag.kid, DIGEST[:8], len(found), 2048)
        assert isinstance(octets, bytes) and octets
        found += octets
    assert found == CONTENT
    assert len(scene.asked) == 6  # each piece once over the uplink


def test_what_is_settled_is_not_told_again_and_a_newer_one_is(scene: Scene) -> None:
    (tag,), desk = scene.devices, scene.down.by_radio
    scene.release()
    subject = scene.desk.book.registry.signer(tag.kid, "device").subject
    scene.desk.say(topic.CMD, tag.kid, configured(OPERATOR, subject, 1))
    told = desk.waiting(tag.kid)
    assert set(told) == {CONFIGURATION, RELEASE}
    desk.settled(tag.kid, [head for head, _ in told.values()])
    assert desk.waiting(tag.kid) == {}
    scene.release(b"another", 2)
    assert set(desk.waiting(tag.kid)) == {RELEASE}


def test_a_device_gets_nothing_that_is_for_another_and_a_stranger_nothing_at_all(tmp_path: Path) -> None:
    scene = Scene(tmp_path, devices=2)
    one, other = scene.devices
    desk = scene.down.by_radio
    scene.release(devices=[one])
    head, _ = desk.waiting(one.kid)[RELEASE]
    assert desk.waiting(other.kid) == {}
    assert desk.part(other.kid, head, 0, 100) == desk.part(other.kid, DIGEST[:8], 0, 100) == "unknown-content"
    assert desk.part(b"stranger", head, 0, 100) == "unknown-content"
    assert desk.part(one.kid, head, 48_000, 100) == "out-of-range"
    assert desk.counts == {"unknown-content": 2, "unknown-key-id": 1, "out-of-range": 1}


def test_what_is_not_here_yet_is_fetched_and_the_device_asks_later(scene: Scene) -> None:
    (tag,), desk = scene.devices, scene.down.by_radio
    scene.release()
    scene.up = False
    assert desk.part(tag.kid, DIGEST[:8], 0, 100) == "not-yet"
    scene.up = True
    scene.turn()
    scene.now += 400
    scene.turn()
    assert desk.part(tag.kid, DIGEST[:8], 0, 100) == CONTENT[:100]


def test_a_device_that_asks_without_end_is_not_answered(scene: Scene) -> None:
    (tag,), desk = scene.devices, scene.down.by_radio
    scene.release()
    head, _ = desk.waiting(tag.kid)[RELEASE]
    answers = [desk.part(tag.kid, head, 0, 10) for _ in range(by_radio.ASKS_AT_ONCE + 5)]
    assert answers.count(None) == 5
    scene.now += 1
    assert desk.part(tag.kid, head, 0, 10)


def test_contents_of_many_files_are_fetched_a_few_at_a_time(scene: Scene) -> None:
    (tag,) = scene.devices
    contents = [bytes([number]) * 100 for number in range(30)]
    scene.offered |= {hashlib.sha256(each).digest(): each for each in contents}
    subject = scene.desk.book.registry.signer(tag.kid, "device").subject
    files = [(f"lib/{number}.mpy", 100, hashlib.sha256(each).digest()) for number, each in enumerate(contents)]
    scene.desk.say(topic.CMD, tag.kid, released(RELEASER, subject, (1, 0, 0), files))
    scene.down.by_radio.waiting(tag.kid)
    scene.turn()
    assert all(scene.cache.size(hashlib.sha256(each).digest()) == 100 for each in contents)


# --- which questions are fresh


def test_a_question_is_fresh_once_after_an_answer_that_was_just_given() -> None:
    sessions = Sessions()
    assert not sessions.take(b"tag", 7, 0, 0.0)
    sessions.answered(b"tag", 7, 0.0)
    sessions.answered(b"tag", 9, 1.0)
    assert sessions.take(b"tag", 7, 0, 1.0)
    assert not sessions.take(b"tag", 7, 0, 1.0)  # a replay
    assert sessions.take(b"tag", 7, 5, 1.0)
    assert not sessions.take(b"tag", 7, 4, 1.0)
    assert not sessions.take(b"tag", 8, 0, 1.0)  # an answer to another device
    assert sessions.take(b"tag", 9, 0, 1.0)
    assert not sessions.take(b"tag", 7, 6, 1.0)
    assert not sessions.take(b"other", 9, 1, 1.0)
    assert not sessions.take(b"tag", 9, 1, 1.0 + LIFE + 1)


# --- airtime


def test_parts_take_half_of_what_the_region_allows_in_an_hour_and_one_after_the_other() -> None:
    share = AirShare(SLOW)
    frame = bytes(222)
    seconds = lora.airtime_us(222, 9) / 1e6
    assert share.plan(b"tag", b"", [frame] * 3, 0.0)
    assert [len(share.due(at)) for at in (0.0, seconds, seconds + 0.2, 2 * seconds + 0.2)] == [1, 0, 1, 1]
    assert share.wait(10.0) is None
    sent, now = 3, 10.0
    while share.plan(b"tag", b"", [frame] * 3, now):
        now += 30
        sent += len(share.due(now))
    assert sent == int(18 / seconds)  # 1 % of an hour are 36 s
    assert not share.plan(b"tag", b"", [frame], now)
    assert share.plan(b"tag", b"", [frame], now + HOUR)


def test_one_device_at_a_time_and_a_new_question_takes_the_place_of_the_old_one() -> None:
    share = AirShare(SLOW)
    assert share.plan(b"one", b"", [b"1", b"2", b"3"], 0.0)
    assert not share.plan(b"two", b"", [b"x"], 0.1)
    assert share.plan(b"one", b"", [b"2", b"3"], 0.2)
    assert [one.frame for one in share.due(60.0)] == [b"2", b"3"]
    assert share.plan(b"two", b"", [b"x"], 60.0)


# --- frames


class Bridge:
    """What Asking touches of one."""

    def __init__(self) -> None:
        self.name, self.lora = "roof", SLOW
        self.counts: Counter[str] = Counter()
        self.sent: list[tuple[int, bytes, bytes]] = []

    def send(self, radio: int, address: bytes, frame: bytes) -> None:
        self.sent.append((radio, address, frame))


class Desk:
    """Has one content."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []

    def part(self, kid: bytes, head: bytes, offset: int, length: int) -> bytes | str | None:
        return CONTENT[offset : offset + length] if head == DIGEST[:8] else "unknown-content"

    def settled(self, kid: bytes, heads: list[bytes]) -> None:
        self.heads = heads

    def waiting(self, kid: bytes) -> dict[int, tuple[bytes, int]]:
        return {}


@pytest.fixture
def asked() -> SimpleNamespace:
    kid = City().device().kid
    desk, clock = Desk(), [100.0]
    asking = Asking(REALM, lambda found: KEY if found == kid else None, desk, lambda: clock[0])
    asking.sessions.answered(kid, 50, 100.0)
    return SimpleNamespace(asking=asking, bridge=Bridge(), desk=desk, kid=kid, clock=clock)


def heard(asked: SimpleNamespace, payload: bytes, kind: int = ESPNOW) -> Any:
    return asked.asking.take(asked.bridge, Heard("roof", kind, b"there", -60, payload))


def want(asked: SimpleNamespace, number: int, key: bytes = KEY, head: bytes = DIGEST[:8], length: int = 2048) -> bytes:
    return radio_fetch.encode_want(asked.kid, 50, number, Want(head, 0, length), REALM, key)


def parts(asked: SimpleNamespace, number: int, most: int) -> list[Part]:
    found = [radio_fetch.decode_part(frame, most) for _, _, frame in asked.bridge.sent]
    return [radio_fetch.verify_part(one, REALM, asked.kid, KEY, 50, number) for one in found]


def test_a_question_by_espnow_is_answered_at_once_where_it_came_from(asked: SimpleNamespace) -> None:
    assert heard(asked, want(asked, 0)) is None
    found = parts(asked, 0, 250)
    assert b"".join(part.octets for part in found) == CONTENT[:2048]
    assert len(found) == 11
    assert {(kind, address) for kind, address, _ in asked.bridge.sent} == {(ESPNOW, b"there")}


def test_by_lora_parts_are_spread_and_without_airtime_the_gateway_says_so(asked: SimpleNamespace) -> None:
    heard(asked, want(asked, 0, length=501), LORA)
    for _ in range(20):
        asked.asking.service({"roof": asked.bridge})
        asked.clock[0] += 1
    found = parts(asked, 0, 222)
    assert b"".join(part.octets for part in found) == CONTENT[:501]
    for number in range(1, 60):
        asked.bridge.sent.clear()
        heard(asked, want(asked, number, length=150), LORA)  # what is left then is too little for a part, not for this
        asked.clock[0] += 20
        asked.asking.service({"roof": asked.bridge})
        if asked.bridge.counts["part-not-yet"]:
            break
    assert [part.reason for part in parts(asked, number, 222)] == ["not-yet"]


def test_refusals_by_lora_take_no_more_than_their_half_of_the_hour_and_then_nothing_is_said(
    asked: SimpleNamespace,
) -> None:
    for number in range(200):  # more than a minute of airtime, were each refused aloud
        heard(asked, want(asked, number, head=b"nothing!"), LORA)
    assert asked.bridge.counts["part-unknown-content"] == 200
    airtime = [lora.airtime_us(len(frame), 9) / 1e6 for _, _, frame in asked.bridge.sent]
    assert 0 < sum(airtime) <= 18 < sum(airtime) + max(airtime)  # half of 1 % of an hour
    assert asked.bridge.counts["part-unsaid"] == 200 - len(airtime)
    heard(asked, want(asked, 200), LORA)
    asked.asking.service({"roof": asked.bridge})
    assert asked.bridge.counts["parts"] == 0, "parts share that half"
    heard(asked, want(asked, 201, head=b"nothing!"))  # ESP-NOW has no such limit
    assert asked.bridge.sent[-1][0] == ESPNOW
    asked.clock[0] += HOUR
    asked.asking.sessions.answered(asked.kid, 50, asked.clock[0])
    heard(asked, want(asked, 202, head=b"nothing!"), LORA)
    assert asked.bridge.sent[-1][0] == LORA


@pytest.mark.parametrize(
    ("spoil", "count"),
    [
        (lambda asked: want(asked, 0, b"x" * 32), "ask-bad-mac"),
        (lambda asked: want(asked, 0)[:-1], "ask-truncated"),
        (lambda asked: radio_fetch.encode_want(b"stranger", 50, 0, Want(DIGEST[:8], 0, 1), REALM, KEY), "unknown"),
        (lambda asked: radio_fetch.encode_want(asked.kid, 49, 0, Want(DIGEST[:8], 0, 1), REALM, KEY), "old-counter"),
        (lambda asked: radio_fetch.encode_want(asked.kid, 50, 0, Want(DIGEST[:8], 0, 1), "b.example", KEY), "bad-mac"),
    ],
    ids=["another key", "cut", "a stranger", "an old answer", "another realm"],
)
def test_nobody_else_makes_the_bridge_transmit(asked: SimpleNamespace, spoil: Any, count: str) -> None:
    assert heard(asked, spoil(asked)) is None
    assert not asked.bridge.sent
    assert [name for name in asked.bridge.counts if count in name]


def test_a_replayed_question_is_answered_once(asked: SimpleNamespace) -> None:
    frame = want(asked, 3)
    heard(asked, frame)
    sent = len(asked.bridge.sent)
    heard(asked, frame)
    assert (len(asked.bridge.sent), asked.bridge.counts["ask-old-counter"]) == (sent, 1)


def test_what_nobody_offers_is_refused_by_name(asked: SimpleNamespace) -> None:
    heard(asked, want(asked, 0, head=b"nothing!"))
    assert [part.reason for part in parts(asked, 0, 250)] == ["unknown-content"]


def test_a_state_goes_to_the_engine_and_what_is_settled_to_the_desk(asked: SimpleNamespace) -> None:
    said = Standing(State(True, "0.2.0", 3, configuration=4, refused="home"), [DIGEST[:8]])
    found = heard(asked, radio_fetch.encode_standing(asked.kid, 50, 0, said, REALM, KEY))
    kid, message = found
    assert kid == asked.kid
    assert asked.desk.heads == [DIGEST[:8]]
    assert state.decode(message).refused == "home"
