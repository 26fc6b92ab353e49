"""Beacons: what devices are told, what comes back in records, and what no lower bound can be had from.

The first test is the whole way, with real processes: witnesses, gateway, broker; the device alone is played.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_backend import realm
from civicroot_backend.announce.announcer import Announcer, Publication
from civicroot_backend.errors import NotFound, NotYetPublished, StoreError
from civicroot_backend.genesis import Outside, Witness
from civicroot_backend.log.beacons import Beacons, name_of
from civicroot_backend.log.below_quorum import PUBLISH
from civicroot_backend.service import Backend
from civicroot_wire import beacon, checkpoint, head, note, proof, topic, verifier
from civicroot_wire.errors import ProofError
from civicroot_wire.head import keys_at
from civicroot_wire.note import VerifierKey
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import Signer, verify
from civicroot_wire.verifier import Report

from tests.backend.api_city import serve
from tests.backend.city import NOW, REALM, City, batch_message, commit, signed_record
from tests.backend.processes import wait_until
from tests.backend.test_witnesses_api import SomeCity
from tests.backend.witness_server import Reply, WitnessServer
from tests.backend.witnessed_city import witnessed_city
from tests.backend.wrapped_store import WrappedStore
from tests.gateway.live import GatewayProcess, LiveDevice
from tests.support.brokers import NatsBroker
from tests.witness import processes


def inflate(_compressed: bytes, _limit: int) -> bytes:
    raise AssertionError("no status list is shown here")


def checked(bundle: bytes, policy: Policy) -> Report:
    return verifier.verify(bundle, policy, verify, inflate)


def beacon_of(text: str, policy: Policy) -> bytes:
    found = note.parse(text)
    return beacon.of(found, keys_at(policy.witnesses, checkpoint.parse_body(found.body).size - 1))


# The whole way


@dataclass
class GatewaySide:
    """What the gateway's tests ask a city for."""

    gateway: Signer
    policy_file: Path

    def write_policy(self, path: Path) -> None:
        path.write_bytes(self.policy_file.read_bytes())

    def topic(self, leaf: str, device: bytes) -> str:
        return topic.of_device(self.gateway.kid, device, leaf)


@dataclass
class Key:
    """A device as `LiveDevice` takes it."""

    key: Signer

    @property
    def kid(self) -> bytes:
        return self.key.kid


def witness_processes(folder: Path, stack: ExitStack) -> list[tuple[Path, Witness]]:
    """Three of them, running."""
    made = []
    for number in (1, 2, 3):
        place, name = folder / f"witness-{number}", f"w{number}.example"
        vkey = processes.init(place, name)
        running = stack.enter_context(processes.WitnessProcess(place))
        made.append((place, Witness(vkey, name, running.url)))
    return made


def test_from_witnesses_to_gateway_to_device_to_record_to_bundle_to_a_lower_bound(tmp_path: Path) -> None:
    begun = int(time.time())
    with ExitStack() as stack:
        witnesses = witness_processes(tmp_path, stack)
        broker = stack.enter_context(NatsBroker(tmp_path / "broker"))
        addresses = realm.Addresses(f"mqtt://{broker.host}:{broker.port}")
        outside = Outside(tuple(witness for _, witness in witnesses), 2)
        city = City(tmp_path / "city", addresses, REALM, outside)
        for place, _ in witnesses:
            processes.add_log(place, str(VerifierKey(f"{REALM}/log", city.log_key.public)))
        settings = dataclasses.replace(city.config, beacon_seconds=0)
        backend = Backend(settings)
        stack.callback(backend.stop)
        gateway, device = city.enrolled(backend, "gateway/1", "gateway"), city.enrolled(backend, "bin/12", "device")
        backend.start(lambda: None)
        side = GatewaySide(gateway, settings.policy_file)
        (tmp_path / "gateway").mkdir()
        stack.enter_context(GatewayProcess(side, tmp_path / "gateway", broker))  # type: ignore[arg-type]
        live = stack.enter_context(LiveDevice(side, broker, Key(device)))  # type: ignore[arg-type]
        # 1. The device reports, and is told a beacon in an acknowledgement.
        told = _told(live, device)
        # 2. Its next record repeats it, and comes to the log through the gateway.
        live.add(signed_record(device, 1000, beacon=told, base_time=None), first=1000)
        bundle = _proof(backend, device, 1000, live)
        # 3. The bundle carries the checkpoint, and the verifier says from when on the record was made.
        carried = proof.decode(bundle).beacon
        assert carried is not None
        assert backend.store.get(name_of(told)) == carried.encode()
        times = [when for _, when in head.verify(carried, backend.policy, verify, True).cosigned]
        report = checked(bundle, backend.policy)
        assert len(times) >= 2
        assert report.not_before == min(times) >= begun
        assert report.not_after is not None
        assert report.not_before <= report.not_after <= time.time() + 1
        # 4. All of that is there after a restart, and nobody may delete it.
        backend.stop()
        again = Backend(settings)
        stack.callback(again.stop)
        assert proof.decode(again.proof(device.kid, 1000)).beacon == carried
        with pytest.raises(StoreError):
            again.store.delete([name_of(told)])


def _told(live: LiveDevice, device: Signer) -> bytes:
    found: list[bytes] = []
    number = iter(range(1000))

    def ask() -> bool:
        if not live.waiting:
            seq = next(number)
            live.add(signed_record(device, seq, base_time=None), first=seq)
        live.pump()
        found.extend(ack.beacon for ack in list(live.acks) if ack.beacon is not None)
        return bool(found)

    wait_until(ask, "an acknowledgement with a beacon")
    return found[-1]


def _proof(backend: Backend, device: Signer, seq: int, live: LiveDevice) -> bytes:
    found: list[bytes] = []

    def there() -> bool:
        live.pump()
        try:
            found.append(backend.proof(device.kid, seq))
        except (NotFound, NotYetPublished):
            return False
        return True

    wait_until(there, "the record's proof")
    return found[0]


# What gives a lower bound and what does not


@dataclass
class Scene:
    """An opened backend with witnesses, a gateway and a device, published once."""

    city: City
    backend: Backend
    witnesses: list[WitnessServer]
    gateway: Signer
    device: Signer

    def report(self, seq: int, told: bytes | None) -> bytes:
        """A record that repeats a beacon, committed and published a while later; its bundle."""
        self.city.now += 60
        message = batch_message(self.gateway, seq, [signed_record(self.device, seq, beacon=told)])
        commit(self.backend, self.gateway, message)
        self.backend.publish_pending()
        return self.backend.proof(self.device.kid, seq)

    def tell(self) -> bytes:
        """Tell the gateways of the newest checkpoint; its beacon."""
        publications = said(Announcer(self.backend.database, self.backend.log, lambda: 0.0, self.beacons))
        (found,) = (item for item in publications if item.topic.endswith(topic.CHECKPOINT))
        return beacon_of(found.payload.decode(), self.backend.policy)

    @property
    def beacons(self) -> Beacons:
        return Beacons(self.backend.store, self.backend.policy)


def said(announcer: Announcer) -> list[Publication]:
    found = []
    while (publication := announcer.next()) is not None:
        found.append(publication)
    return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with witnessed_city(tmp_path) as (city, witnesses), city.backend() as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        device = city.enrolled(backend, "bin/12", "device")
        backend.publish_pending()
        yield Scene(city, backend, witnesses, gateway, device)


def test_a_beacon_that_was_told_gives_the_earliest_time_of_its_witnesses(scene: Scene) -> None:
    for number, witness in enumerate(scene.witnesses):
        witness.clock = lambda number=number: scene.city.now + number  # type: ignore[misc]
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0)]))
    scene.city.now = NOW + 100
    scene.backend.publish_pending()
    told = scene.tell()
    bundle = scene.report(1, told)
    report = checked(bundle, scene.backend.policy)
    assert report.not_before is not None
    assert NOW + 100 <= report.not_before <= NOW + 101, "the earliest of two of three"
    assert report.not_after is not None
    assert report.not_after >= NOW + 160


@pytest.mark.parametrize("told", [None, bytes(8), b"\xff" * 8])
def test_no_beacon_or_an_unknown_one_gives_none(scene: Scene, told: bytes | None) -> None:
    scene.tell()
    bundle = scene.report(0, told)
    assert proof.decode(bundle).beacon is None
    assert checked(bundle, scene.backend.policy).not_before is None


def test_a_checkpoint_that_nobody_was_told_of_gives_none(scene: Scene) -> None:
    published = scene.backend.published
    assert published is not None
    bundle = scene.report(0, beacon_of(published.note, scene.backend.policy))
    assert checked(bundle, scene.backend.policy).not_before is None


def own_signature_alone(scene: Scene) -> str:
    """What the city has before it asks any witness."""
    published = scene.backend.published
    assert published is not None
    found = note.parse(published.note)
    return note.render(note.Note(found.body, found.lines[:1]))


def below_the_quorum(scene: Scene) -> str:
    """What the city has when a single witness, perhaps its own, has signed."""
    published = scene.backend.published
    assert published is not None
    found = note.parse(published.note)
    return note.render(note.Note(found.body, found.lines[:2]))


def by_a_stranger(scene: Scene) -> str:
    """The quorum's cosignatures, and a line by a key that nobody knows."""
    published = scene.backend.published
    assert published is not None
    return published.note + note.line(VerifierKey("w9.example", bytes(32), note.COSIGNATURE), bytes(72))


def broken(scene: Scene) -> str:
    """A cosignature that is none."""
    published = scene.backend.published
    assert published is not None
    found = note.parse(published.note)
    found.lines[1].signature = found.lines[1].signature[:-1] + bytes([found.lines[1].signature[-1] ^ 1])
    return note.render(found)


def no_note(_scene: Scene) -> str:
    """What is no note at all."""
    return "nothing"


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("precompute", [own_signature_alone, below_the_quorum, broken])
def test_a_beacon_that_the_city_can_compute_before_the_witnesses_signed_gives_none(
    scene: Scene, precompute: Callable[[Scene], str], stored: bool
) -> None:
    """The city gives it to a device, and even puts the note where beacons are."""
    text = precompute(scene)
    told = beacon_of(text, scene.backend.policy)
    if stored:
        scene.backend.store.put([(name_of(told), text.encode())])
    bundle = scene.report(0, told)
    assert proof.decode(bundle).beacon is None
    assert checked(bundle, scene.backend.policy).not_before is None
    # Nor does a bundle that somebody makes by hand: it is refused for its beacon.
    forged = proof.decode(bundle)
    forged.beacon = text
    with pytest.raises(ProofError) as refused:
        checked(proof.encode(forged), scene.backend.policy)
    assert refused.value.step == "beacon"
    assert refused.value.reason in ("quorum-missed", "bad-signature")


@pytest.mark.parametrize("made", [by_a_stranger, no_note])
def test_what_else_lies_under_a_beacon_gives_none(scene: Scene, made: Callable[[Scene], str]) -> None:
    told = b"\x01" * 8
    scene.backend.store.put([(name_of(told), made(scene).encode())])
    bundle = scene.report(0, told)
    assert proof.decode(bundle).beacon is None


def test_a_true_checkpoint_under_another_beacon_gives_none(scene: Scene) -> None:
    published = scene.backend.published
    assert published is not None
    told = b"\x01" * 8
    scene.backend.store.put([(name_of(told), published.note.encode())])
    assert proof.decode(scene.report(0, told)).beacon is None


def test_a_beacon_younger_than_its_batch_gives_none(scene: Scene) -> None:
    """A device cannot know a checkpoint that its own batch is in."""
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, [signed_record(scene.device, 0)]))
    scene.backend.publish_pending()
    told = scene.tell()
    record = signed_record(scene.device, 1, beacon=told)
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 1, [record]))
    scene.backend.publish_pending()
    assert checked(scene.backend.proof(scene.device.kid, 1), scene.backend.policy).not_before is not None
    # The same beacon in a record of an earlier batch: the city rewrote its database, not the log.
    assert scene.backend._prover._beacon(record, 4) is None


# What is told, and what is kept


def test_it_is_kept_before_anybody_is_told(scene: Scene) -> None:
    class Full(WrappedStore):
        def put(self, blobs: object) -> None:
            raise StoreError("the disk is full")

    beacons = Beacons(Full(scene.backend.store), scene.backend.policy)
    announcer = Announcer(scene.backend.database, scene.backend.log, lambda: 0.0, beacons)
    with pytest.raises(StoreError):
        announcer.next()
    told = scene.tell()
    published = scene.backend.published
    assert published is not None
    assert scene.backend.store.get(name_of(told)) == published.note.encode()


def test_a_gateway_that_comes_online_is_told_the_last_one_again_and_no_newer(scene: Scene) -> None:
    uptime = [0.0]
    announcer = Announcer(scene.backend.database, scene.backend.log, lambda: uptime[0], scene.beacons, 60.0)
    name = topic.of_gateway(scene.gateway.kid, topic.CHECKPOINT)

    def sizes() -> list[int]:
        return [checkpoint.size_in(item.payload.decode()) for item in said(announcer) if item.topic == name]

    assert sizes() == [4]
    scene.report(0, None)
    assert sizes() == []
    announcer.gateway_online(scene.gateway.kid)
    assert sizes() == [4]
    announcer.restart()
    assert sizes() == [4]
    uptime[0] = 60.0
    assert sizes() == [5]
    assert len(list((scene.city.config.data_directory / "public/log/beacon").glob("*/*"))) == 2


def test_a_gateway_that_is_enrolled_later_is_told_the_last_one_too(scene: Scene) -> None:
    announcer = Announcer(scene.backend.database, scene.backend.log, lambda: 0.0, scene.beacons, 60.0)
    said(announcer)
    other = scene.city.enrolled(scene.backend, "gateway/2", "gateway")
    scene.backend.publish_pending()
    told = {item.topic: item.payload for item in said(announcer)}
    assert checkpoint.size_in(told[topic.of_gateway(other.kid, topic.CHECKPOINT)].decode()) == 4


def test_without_a_quorum_there_are_no_beacons_to_keep(tmp_path: Path) -> None:
    city = City(tmp_path / "city")
    with city.backend() as backend:
        backend.publish_pending()
        published = backend.published
        assert published is not None
        beacons = Beacons(backend.store, backend.policy)
        beacons.keep(published)
        told = beacon_of(published.note, backend.policy)
        assert backend.store.get(name_of(told)) is None
        assert beacons.find(told) is None


def test_below_the_quorum_nothing_is_told_and_nothing_kept(tmp_path: Path) -> None:
    with witnessed_city(tmp_path) as (city, witnesses), city.backend(below_quorum=PUBLISH) as backend:
        for witness in witnesses[1:]:
            witness.lie = lambda _asked: Reply(500)
        city.enrolled(backend, "gateway/1", "gateway")
        backend.publish_pending()
        beacons = Beacons(backend.store, backend.policy)
        assert said(Announcer(backend.database, backend.log, lambda: 0.0, beacons)) == []
        assert not (city.config.data_directory / "public/log/beacon").exists()


def test_a_beacons_checkpoint_is_served_to_everybody(scene: Scene) -> None:
    told = scene.tell().hex()
    with serve(SomeCity(scene.city, scene.backend)) as served:  # type: ignore[arg-type]
        answer = served.client.get(f"/log/beacon/{told[:2]}/{told}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert len(head.verify(answer.content, scene.backend.policy, verify, True).cosigned) >= 2
        other = "00" if told[:2] != "00" else "01"
        for path in (f"{other}/{told}", f"{other}/{other}{told[2:]}"):
            assert served.client.get(f"/log/beacon/{path}").status_code == 404
        assert served.client.get(f"/log/beacon/{told[:2]}/{told.upper()}x").status_code == 422
