"""The parts that the service is made of: gate, events, announcements, projection, proofs, policy succession."""

import asyncio
import dataclasses
import json
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_backend import projector, realm
from civicroot_backend.announce.announcer import CHECKPOINT_INTERVAL, Announcer, Publication
from civicroot_backend.database.tables import enrolments
from civicroot_backend.errors import ConfigurationError, NotFound, NotYetPublished
from civicroot_backend.events import MAX_QUEUED, CheckpointPublished, Event, EventHub, RecordAccepted
from civicroot_backend.gate import GroupGate
from civicroot_backend.log import city_log
from civicroot_backend.log.publish import Published
from civicroot_backend.log.sequencer import Sequencer
from civicroot_backend.projector import value_of
from civicroot_wire import head, record, registration, senml, tile, topic, verifier
from civicroot_wire import policy as policies
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.errors import SignatureError
from civicroot_wire.senml import Measurement
from civicroot_wire.sodium import Signer, verify
from sqlalchemy import update

from tests.backend.city import NOW, City, batch_message, commit, signed_record
from tests.backend.conftest import Scene

# Gate


def waited(gate: GroupGate, idle: float) -> float:
    begun = time.monotonic()
    gate.wait(idle)
    return time.monotonic() - begun


def test_gate_opens_at_once_for_a_full_group_and_after_a_moment_for_less() -> None:
    gate = GroupGate(10, 0.05)
    gate.add(10)
    assert waited(gate, 30.0) < 5.0
    gate.add(1)
    assert 0.04 < waited(gate, 30.0) < 5.0
    assert 0.04 < waited(gate, 0.05) < 5.0


def test_gate_opens_for_what_comes_while_it_is_waited_for() -> None:
    gate = GroupGate(2, 30.0)
    threading.Timer(0.02, gate.add, [1]).start()
    threading.Timer(0.04, gate.add, [1]).start()
    assert waited(gate, 30.0) < 10.0


def test_closed_gate_stays_open() -> None:
    gate = GroupGate(10, 30.0)
    gate.close()
    assert waited(gate, 30.0) < 5.0


# Events


def test_every_subscriber_gets_every_event_in_order_from_any_thread() -> None:
    async def scenario() -> list[list[Event | None]]:
        hub = EventHub()
        subscriptions = [hub.subscribe() for _ in range(3)]
        events: list[Event] = [RecordAccepted(b"k", seq) for seq in range(20)]
        thread = threading.Thread(target=lambda: [hub.publish([event]) for event in events])
        thread.start()
        found = [[await subscription.next(10) for _ in events] for subscription in subscriptions]
        thread.join()
        for subscription in subscriptions:
            subscription.close()
        hub.publish(events)
        assert await subscriptions[0].next(0.01) is None
        assert found == [events] * 3
        return found

    asyncio.run(scenario())


def test_slow_subscriber_loses_the_oldest_events_and_is_told_how_many() -> None:
    async def scenario() -> None:
        hub = EventHub()
        subscription = hub.subscribe()
        hub.publish([RecordAccepted(b"k", seq) for seq in range(MAX_QUEUED + 10)])
        first = await subscription.next(10)
        assert first == RecordAccepted(b"k", 10)
        assert subscription.dropped == 10

    asyncio.run(scenario())


def test_subscriber_whose_loop_has_ended_is_forgotten() -> None:
    hub = EventHub()

    async def forget() -> None:
        hub.subscribe()

    asyncio.run(forget())
    hub.publish([RecordAccepted(b"k", 0)])
    assert hub._subscriptions == set()


def test_published_checkpoints_and_accepted_records_are_events(scene: Scene) -> None:
    async def scenario() -> list[Event | None]:
        subscription = scene.backend.events.subscribe()
        commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 4)]))
        scene.backend.publish_pending()
        return [await subscription.next(10) for _ in range(2)]

    accepted, published = asyncio.run(scenario())
    assert accepted == RecordAccepted(scene.device.kid, 4)
    assert isinstance(published, CheckpointPublished)
    assert published.checkpoint == scene.backend.published


def test_a_long_backlog_does_not_delay_the_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city_log, "STEP", tile.FULL)
    advance = scene.backend.log.advance

    def told_to_stop_meanwhile() -> Published | None:
        scene.backend._stop.set()
        return advance()

    with scene.backend.database.write() as connection:
        log = Sequencer(connection)
        for number in range(3 * tile.FULL):
            log.append("statement", b"%d" % number)
    monkeypatch.setattr(scene.backend.log, "advance", told_to_stop_meanwhile)
    scene.backend.publish_pending()
    assert scene.backend.published is not None
    assert scene.backend.published.size <= tile.FULL


# Announcements


@dataclasses.dataclass
class Time:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def said(announcer: Announcer) -> dict[str, list[Publication]]:
    found: dict[str, list[Publication]] = {}
    while (publication := announcer.next()) is not None:
        found.setdefault(publication.topic, []).append(publication)
    return found


def test_nothing_is_announced_before_a_checkpoint_covers_it(scene: Scene) -> None:
    announcer = Announcer(scene.backend.database, scene.backend.log, Time())
    assert said(announcer) == {}
    scene.backend.publish_pending()
    names = [
        topic.of_device(scene.gateway.kid, kid, topic.ENROLMENT)
        for kid in (scene.gateway.kid, scene.device.kid, scene.backend.kid)
    ]
    assert set(said(announcer)) == {*names, topic.of_gateway(scene.gateway.kid, topic.CHECKPOINT)}
    late = scene.city.enrolled(scene.backend, "bin/13", "device")
    assert said(announcer) == {}
    scene.backend.publish_pending()
    (name,) = said(announcer)
    assert name == topic.of_device(scene.gateway.kid, late.kid, topic.ENROLMENT)


def test_checkpoints_to_a_gateway_are_a_second_apart(scene: Scene) -> None:
    clock = Time()
    announcer = Announcer(scene.backend.database, scene.backend.log, clock)
    name = topic.of_gateway(scene.gateway.kid, topic.CHECKPOINT)
    sizes = []
    for seq in range(5):
        commit(scene.backend, scene.gateway, batch_message(scene.gateway, seq, [signed_record(scene.device, seq)]))
        scene.backend.publish_pending()
        clock.now += CHECKPOINT_INTERVAL / 2
        sizes += [
            head.verify(item.payload, scene.backend.policy, verify).checkpoint.size
            for item in said(announcer).get(name, [])
        ]
    assert sizes == [5, 7, 9]


def test_a_home_gateway_is_the_only_one_told(scene: Scene) -> None:
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    with scene.backend.database.write() as connection:
        mine = enrolments.c.kid == scene.device.kid
        connection.execute(update(enrolments).where(mine).values(home_gateway=other.kid))
    scene.backend.publish_pending()
    found = said(Announcer(scene.backend.database, scene.backend.log, Time()))
    assert topic.of_device(other.kid, scene.device.kid, topic.ENROLMENT) in found
    assert topic.of_device(scene.gateway.kid, scene.device.kid, topic.ENROLMENT) not in found


def test_a_newer_enrolment_replaces_the_one_that_waits(scene: Scene) -> None:
    announcer = Announcer(scene.backend.database, scene.backend.log, Time())
    scene.backend.publish_pending()
    assert announcer.next() is not None  # it has taken up the first enrolments
    newer = scene.backend.submit(scene.city.enrolment(scene.device, "bin/99", "device"))
    scene.backend.publish_pending()
    name = topic.of_device(scene.gateway.kid, scene.device.kid, topic.ENROLMENT)
    messages = said(announcer)[name]
    assert [registration.decode(item.payload).entry.index for item in messages] == [newer.index]


def test_a_gateway_that_says_online_again_and_again_is_told_once(scene: Scene) -> None:
    announcer = Announcer(scene.backend.database, scene.backend.log, Time())
    scene.backend.publish_pending()
    said(announcer)
    for _ in range(100):
        announcer.gateway_online(scene.gateway.kid)
    assert {name: len(messages) for name, messages in said(announcer).items() if len(messages) > 1} == {}


def test_an_unknown_or_wrong_kind_of_sender_gets_no_announcements(scene: Scene) -> None:
    announcer = Announcer(scene.backend.database, scene.backend.log, Time())
    scene.backend.publish_pending()
    said(announcer)
    announcer.gateway_online(scene.device.kid)
    announcer.gateway_online(bytes(8))
    assert said(announcer) == {}


# Projection


def test_every_measurement_is_projected_once_with_its_exact_value_and_time(scene: Scene) -> None:
    pack = senml.Pack(
        [
            Measurement("fill", DecimalFraction(-2, 62), "/"),
            Measurement("weight", 12, "kg", time=-30),
            Measurement("lid", True),
            Measurement("fault", "sonar"),
            Measurement("led", b"\x01"),
        ],
        NOW - 100,
    )
    signed = record.sign(scene.device.kid, record.Sequence(0), pack, scene.city.realm, scene.device)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed]))
    for _ in range(2):
        scene.backend.project_pending()
    found = {reading.name: reading for reading in scene.backend.telemetry.latest(scene.device.kid)}
    assert {name: reading.value for name, reading in found.items()} == {
        "fill": Decimal("0.62"), "weight": Decimal(12), "lid": True, "fault": "sonar", "led": b"\x01",
    }  # fmt: skip
    assert {name: reading.time - NOW for name, reading in found.items()} == {
        "fill": -100, "weight": -130, "lid": -100, "fault": -100, "led": -100,
    }  # fmt: skip
    assert {(reading.subject, reading.unit) for reading in found.values() if reading.name == "fill"} == {
        ("bin/12", "/")
    }


def test_record_without_clock_is_placed_when_its_batch_was_closed(scene: Scene) -> None:
    pack = senml.Pack([Measurement("lid", False)])
    signed = record.sign(scene.device.kid, record.Sequence(0), pack, scene.city.realm, scene.device)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed], closed=NOW - 5))
    scene.backend.project_pending()
    assert [reading.time for reading in scene.backend.telemetry.latest(scene.device.kid)] == [NOW - 5]


@pytest.mark.parametrize("value", [0, -5, True, "x", b"x"])
def test_values_keep_their_type(value: int | str | bytes) -> None:
    assert type(value_of(Measurement("fill", value))) in (Decimal, bool, str, bytes)
    assert value_of(Measurement("fill", value)) == value


# Proofs


def inflate(_compressed: bytes, _limit: int) -> bytes:
    raise AssertionError("these proofs carry no status list")


def test_every_record_of_a_batch_is_provable_once_published(scene: Scene) -> None:
    listed = [signed_record(scene.device, seq) for seq in range(37)]
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, listed))
    with pytest.raises(NotYetPublished):
        scene.backend.proof(scene.device.kid, 0)
    scene.backend.publish_pending()
    for seq in range(37):
        report = verifier.verify(scene.backend.proof(scene.device.kid, seq), scene.backend.policy, verify, inflate)
        assert report.record.encoded == listed[seq]


def test_unknown_record_has_no_proof(scene: Scene) -> None:
    for kid, seq in ((scene.device.kid, 5), (bytes(8), 0)):
        with pytest.raises(NotFound):
            scene.backend.proof(kid, seq)


def test_proof_carries_the_enrolment_that_was_in_force(scene: Scene) -> None:
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0)]))
    moved = scene.backend.submit(scene.city.enrolment(scene.device, "bin/99", "device"))
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 1, [signed_record(scene.device, 1)]))
    scene.backend.publish_pending()
    reports = [
        verifier.verify(scene.backend.proof(scene.device.kid, seq), scene.backend.policy, verify, inflate)
        for seq in (0, 1)
    ]
    assert [report.device.subject for report in reports] == ["bin/12", "bin/99"]
    assert reports[1].bundle.device.index == moved.index


# Policy


ANCHOR = {"name": "chain", "kind": "evm", "first": 0, "chain": 1, "contract": "0x" + "0" * 40}


def write_policy(city: City, version: int, *roots: Signer, other: bool = False) -> None:
    document = json.loads((city.folder / realm.POLICY_FILE).read_text())
    model = document["policy"] | {"version": version, "anchors": [ANCHOR] * other}
    signed = policies.sign(model, [(root.public, root) for root in roots])
    (city.folder / realm.POLICY_FILE).write_text(json.dumps(policies.to_document(signed)))


@pytest.fixture
def root(city: City) -> Signer:
    return Signer((city.folder / realm.ROOT_KEY).read_bytes())


def test_every_version_of_the_policy_is_logged_once(city: City, root: Signer) -> None:
    with city.backend() as backend:
        backend.publish_pending()
    for version in (2, 2, 3):
        write_policy(city, version, root)
        with city.backend() as backend:
            backend.publish_pending()
            published = backend.published
    assert published is not None
    assert published.size == 4  # versions 1, 2, 3 and the backend's enrolment


def test_a_policy_that_does_not_succeed_the_logged_one_is_refused(city: City, root: Signer) -> None:
    with city.backend():
        pass
    write_policy(city, 1, root, other=True)
    with pytest.raises(ConfigurationError, match="version 1"), city.backend():
        pass
    stranger = city.key()
    write_policy(city, 2, stranger)
    with pytest.raises((ConfigurationError, SignatureError)), city.backend():
        pass


def test_a_log_key_that_the_policy_does_not_know_is_refused(city: City) -> None:
    with (
        pytest.raises(ConfigurationError, match="log key"),
        city.backend(log_key_file=Path(city.folder / realm.BACKEND_KEY)),
    ):
        pass


def test_texts_of_one_name_reach_telemetry_as_one() -> None:
    items = [Measurement("fault", "fill:no-answer"), Measurement("temp", 21), Measurement("fault", "weight:saturated")]
    joined = [(item.name, item.value) for item in projector.texts_joined(items)]
    assert joined == [("fault", "fill:no-answer weight:saturated"), ("temp", 21)]
