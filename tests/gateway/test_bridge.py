"""Radio bridges with the real firmware on a pseudo-terminal: bad air, bad cable, resets, and a bridge that lies."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire import radio, topic
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.bridge_message import ESPNOW, LORA

from .bridging import Air, BridgeProcess, Cable, Frame, RadioDevice, encoded
from .city import REALM, City, Device
from .hub_rig import HubRig, over_serial

SEED = 11
COUNT = 25  # records of each device
LISTENS = 250  # frames at most until a bridge hears the first: ten a second
SEEDS = range(20) if os.environ.get("CIVICROOT_SOAK") else (1,)


def address(number: int) -> bytes:
    return bytes([2, 0, 0, 0, 0, number])


@pytest.fixture
def air() -> Iterator[Air]:
    with Air(SEED) as found:
        yield found


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    with Cable(tmp_path, SEED) as found:
        yield found


@pytest.fixture
def bridge(cable: Cable, air: Air) -> Iterator[BridgeProcess]:
    with BridgeProcess(cable, air) as found:
        yield found


@pytest.fixture
def tags(city: City, air: Air) -> list[RadioDevice]:
    return [RadioDevice(city, air, city.device(), address(number)) for number in range(3)]


@pytest.fixture
def gateway(city: City, tags: list[RadioDevice], cable: Cable, tmp_path: Path) -> Iterator[HubRig]:
    found = HubRig(city, tmp_path / "data", over_serial(cable.port))
    yield found
    found.close()


def finished(tags: list[RadioDevice]) -> bool:
    return not any(tag.waiting for tag in tags)


def expect_all_once(gateway: HubRig, tags: list[RadioDevice], count: int = COUNT) -> None:
    """Every record is in exactly one batch, once, and every one was acknowledged under the link key."""
    expected = Counter(tag.device.record(number) for tag in tags for number in range(count))
    assert Counter(gateway.spooled()) == expected
    for tag in tags:
        assert sorted(tag.acknowledged) == list(range(count))


def test_records_of_tags_are_spooled_and_answered_with_beacon_and_time(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice]
) -> None:
    tag = tags[0]
    tag.add(0, 1)
    gateway.until(lambda: not tag.waiting, tag)
    (answer,) = tag.answers[:1]
    assert (answer.durable, answer.time) == ((0, 0), gateway.rig.now)
    assert not tag.refused and not gateway.published
    assert gateway.hub.devices == 1 and gateway.hub.report()[0]["up"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fifth_lost_repeated_and_reordered_every_record_ends_in_one_batch_once(
    city: City, gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], air: Air, seed: int
) -> None:
    air.loss, air.twice, air.late = 0.2, 0.2, 0.2
    air._chance.seed(seed)
    for tag in tags:
        tag.add(0, COUNT)
    gateway.until(lambda: finished(tags), *tags)
    expect_all_once(gateway, tags)
    assert set().union(*(tag.refused for tag in tags)) <= {"old-counter"}  # answers that the air repeated or held back


def test_a_noisy_cable_killed_bridges_and_killed_gateways_lose_and_double_nothing(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], air: Air, cable: Cable
) -> None:
    cable.noise, air.loss = 0.1, 0.1
    chance = random.Random(SEED)
    for tag in tags:
        tag.add(0, COUNT)
    for round_ in range(6):
        goal = sum(len(tag.waiting) for tag in tags) - chance.randrange(2, 8)
        gateway.until(lambda goal=goal: sum(len(tag.waiting) for tag in tags) <= max(goal, 0), *tags)
        if round_ % 2:
            gateway.restart()
        else:
            bridge.kill()
            cable.inject(b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET)\r\n" + chance.randbytes(200))
            bridge.start()
    gateway.until(lambda: finished(tags), *tags)
    expect_all_once(gateway, tags)
    assert cable.spoilt > 5
    assert set().union(*(tag.refused for tag in tags)) <= {"old-counter"}


def test_garbage_on_the_line_is_counted_and_goes_by(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], cable: Cable
) -> None:
    gateway.until(lambda: gateway.up)
    chance = random.Random(SEED)
    tags[0].add(0, 10)
    for _ in range(20):
        cable.inject(chance.randbytes(chance.randrange(1, 400)))
        gateway.turn()
    gateway.until(lambda: finished(tags), *tags)
    assert gateway.hub.report()[0]["counts"]["line-damaged"] > 0
    assert bridge.alive


def test_unplugged_and_plugged_in_again_it_goes_on(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], cable: Cable
) -> None:
    gateway.until(lambda: gateway.up)
    cable.unplug()
    gateway.until(lambda: not gateway.up)
    assert "ttyBRIDGE" in gateway.hub.report()[0]["trouble"]
    assert gateway.hub.alarms == []  # only after a minute: bridges are restarted too
    tags[0].add(0, 3)
    tags[0].transmit()
    cable.plug()
    gateway.until(lambda: finished(tags), *tags)
    expect_all_once(gateway, tags[:1], 3)


def test_a_lora_device_has_no_address_and_hears_its_own_answers_alone(
    city: City, gateway: HubRig, bridge: BridgeProcess, air: Air
) -> None:
    first = RadioDevice(city, air, city.device(), b"", LORA)
    second = RadioDevice(city, air, city.device(), b"", LORA)

    def both(payload: bytes) -> None:
        first.hear(payload)
        second.hear(payload)

    air.join(b"", both)
    gateway.rig.trust_all()
    first.add(0, 4)
    second.add(0, 4)
    gateway.until(lambda: finished([first, second]), first, second)
    expect_all_once(gateway, [first, second], 4)
    assert first.refused["key-mismatch"] and set(first.refused) <= {"key-mismatch", "old-counter"}


def test_without_room_nothing_is_answered_and_later_everything(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice]
) -> None:
    gateway.until(lambda: gateway.up)
    gateway.room = False
    tags[0].add(0, 4)
    heard = gateway.hub.report()[0]["counts"].get("heard", 0)
    gateway.until(lambda: gateway.hub.report()[0]["counts"].get("heard", 0) > heard + 8, tags[0])
    assert not tags[0].answers and len(tags[0].waiting) == 4
    gateway.room = True
    gateway.until(lambda: finished(tags), *tags)


def test_who_forges_or_replays_a_devices_frames_gets_no_answer_of_use_and_diverts_none(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], air: Air
) -> None:
    victim, attacker = tags[0], address(99)
    caught: list[bytes] = []
    air.join(attacker, caught.append)
    victim.add(0, 1)
    gateway.until(lambda: finished(tags), victim)
    genuine = victim.device.record(0)
    # 1. A forged record under the victim's kid: not signed, so no answer at all.
    forged = bytearray(victim.device.record(1))
    forged[-1] ^= 1
    before = gateway.hub.report()[0]["counts"]["heard"]
    for _ in range(3):
        air.up((ESPNOW, attacker, bytes(forged)))
        gateway.turn(0.1)
    gateway.until(lambda: gateway.hub.report()[0]["counts"]["heard"] >= before + 1)
    gateway.turn()
    assert not caught
    # 2. In one group with the victim's own next record: still only the victim is answered.
    victim.add(1, 1)
    for _ in range(10):
        air.up((ESPNOW, attacker, bytes(forged)))
    gateway.until(lambda: finished(tags), victim)
    assert not caught
    # 3. A replayed genuine record gets a copy of an answer, which says nothing that is secret ...
    gateway.until(lambda: bool(caught) or air.up((ESPNOW, attacker, genuine)))
    answers = len(victim.answers)
    assert radio.decode(caught[0]).kid == victim.device.kid
    # 4. ... and the victim's next record is answered where it came from.
    victim.add(2, 1)
    gateway.until(lambda: finished(tags), victim)
    assert len(victim.answers) > answers
    # 5. The copy, played to the victim, is one more replay.
    victim.hear(caught[0])
    assert victim.refused == {"old-counter": 1}


def test_frames_that_are_no_records_are_counted_and_nobody_is_answered(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], air: Air
) -> None:
    gateway.until(lambda: gateway.up)
    caught: list[bytes] = []
    air.join(address(77), caught.append)
    stranger = Device(type(tags[0].device.key)(bytes(32)))
    frames = [b"\x00", b"hello", bytes(250), stranger.record(0), tags[0].device.record(0) + tags[0].device.record(1)]
    before = 0
    for number in range(LISTENS):  # its line is up a moment before its radio
        air.up((ESPNOW, address(77), b"is anybody there?" + bytes([number])))
        gateway.turn(0.1)
        if before := gateway.hub.report()[0]["counts"].get("heard", 0):
            break
    for payload in frames:
        air.up((ESPNOW, address(77), payload))
        gateway.turn(0.1)
    gateway.until(lambda: gateway.hub.report()[0]["counts"].get("heard", 0) >= before + 4)
    gateway.turn()
    assert not caught and not gateway.spooled()
    counts = gateway.hub.report()[0]["counts"]
    assert sum(count for name, count in counts.items() if name.startswith("frame-")) >= 3


class Liar:
    """A bridge (or the air, which is the same) that does what it likes with frames, by a seed."""

    def __init__(self, seed: int, tags: list[RadioDevice]) -> None:
        self.chance = random.Random(seed)
        self.tags = tags
        self.seen: list[tuple[Frame, bool]] = []
        self.told = 0

    def __call__(self, frame: Frame, up: bool) -> list[Frame]:
        chance = self.chance
        self.seen.append((frame, up))
        self.told += 1
        found = [] if chance.random() < 0.25 else [frame]
        if chance.random() < 0.4:
            found.append(self._altered(frame))
        if chance.random() < 0.3:  # an older frame of the same direction, to somebody
            old, _ = chance.choice([item for item in self.seen if item[1] is up])
            found.append((old[0], chance.choice(self.tags).address, old[2]))
        if chance.random() < 0.2:
            found.append((frame[0], frame[1], chance.randbytes(chance.randrange(1, 200))))
        if not up and chance.random() < 0.4:
            found.append((frame[0], frame[1], self._invented(radio.decode(frame[2]).kid)))
        chance.shuffle(found)
        return found

    def _altered(self, frame: Frame) -> Frame:
        payload = bytearray(frame[2])
        payload[self.chance.randrange(len(payload))] ^= 1 << self.chance.randrange(8)
        return frame[0], frame[1], bytes(payload)

    def _invented(self, kid: bytes) -> bytes:
        """An acknowledgement of everything, under any key but the right one."""
        everything = encoded(Acknowledgement((0, (1 << 32) - 1), [], bytes(8), 1))
        return radio.protect(kid, radio.MAX_COUNTER, everything, REALM, self.chance.randbytes(32))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lying_bridge_makes_nothing_false_and_nothing_acknowledged_that_is_not_durable(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice], air: Air, seed: int
) -> None:
    liar = Liar(seed, tags)
    air.meddle = liar
    for tag in tags:
        tag.add(0, COUNT)

    for left in (60, 40, 20, 0):  # what a tag was told is durable outlives the gateway: the tag has deleted it
        gateway.until(lambda left=left: sum(len(tag.waiting) for tag in tags) <= left, *tags)
        gateway.restart()
    expect_all_once(gateway, tags)
    refused = sum((tag.refused for tag in tags), Counter[str]())
    assert refused["bad-mac"] and refused["old-counter"] and refused["key-mismatch"]
    assert gateway.rig.counted("record").get("bad-signature", 0) > 0
    assert liar.told > 100


def test_a_device_heard_both_ways_is_answered_both_ways(
    gateway: HubRig, bridge: BridgeProcess, tags: list[RadioDevice]
) -> None:
    tag = tags[0]
    name = topic.of_device(gateway.city.gateway.kid, tag.device.kid, topic.ACK)
    gateway.by_mqtt = {tag.device.kid}
    tag.add(0, 1)
    gateway.until(lambda: finished(tags), tag)
    assert [published for published, _ in gateway.published][:1] == [name]
    gateway.by_mqtt, gateway.published = set(), []
    tag.add(1, 1)
    gateway.until(lambda: finished(tags), tag)
    assert gateway.published == []
    gateway.rig.engine.receive(
        topic.of_device(gateway.city.gateway.kid, tag.device.kid, topic.UP), tag.device.record(2)
    )
    gateway.turn()  # over MQTT alone
    assert [published for published, _ in gateway.published] == [name]
