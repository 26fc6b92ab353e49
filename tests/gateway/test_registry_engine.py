"""The registry inside the engine: what revocations do to records, batches and verdicts; weeks without the backend."""

from pathlib import Path

import pytest
from civicroot_wire import batch, revocation, topic

from .city import City, signer
from .rig import Rig
from .trust import configured, revoke, rotate

DAY = 86_400


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def rig(city: City, tmp_path: Path) -> Rig:
    made = Rig(city, tmp_path)
    made.trust_all()
    return made


def test_records_of_a_withdrawn_device_are_refused_for_now_and_for_ever(city: City, rig: Rig) -> None:
    device, other = city.device(), city.device()
    rig.trust_all()
    rig.up(device, device.record(0))
    rig.say(device.kid, topic.REVOCATION, revoke(city, device.key))
    rig.flush()
    for _ in range(2):
        rig.up(device, device.record(1))
        rig.up(other, other.record(0))
        assert rig.acknowledged(device, range(3)) == [0]
        assert rig.refused(device) == {}, "the device keeps it: whether it was withdrawn, the backend says"
        rig.reopen()
    assert rig.acknowledged(other, range(1)) == [0]
    assert rig.counted("record")["revoked"] == 2
    assert ("revoked", device.record(1), None) in rig.evidence()


def test_a_rotated_device_delivers_what_it_had_signed_and_no_more(city: City, rig: Rig) -> None:
    device, successor = city.device(), city.device()
    rig.trust_all()
    rig.say(device.kid, topic.REVOCATION, rotate(city, device.key, 5, successor.key))
    rig.up(device, *(device.record(seq) for seq in range(8)))
    rig.up(successor, successor.record(0))
    assert rig.acknowledged(device, range(8)) == list(range(6))
    assert rig.acknowledged(successor, range(1)) == [0]


def test_a_withdrawn_gateway_takes_nothing_in_so_that_its_devices_go_elsewhere(city: City, rig: Rig) -> None:
    device = city.device()
    rig.trust_all()
    rig.up(device, device.record(0))
    assert rig.engine.alarms == []
    rig.say(city.gateway.kid, topic.REVOCATION, revoke(city, city.gateway))
    for _ in range(2):
        rig.up(device, *(device.record(seq) for seq in range(1, 9)))
        assert rig.acknowledged(device, range(9)) == [0]
        assert rig.engine.alarms == ["revoked"]
        rig.uptime += 100
        rig.flush()
        assert rig.engine.waiting == [], "it seals no batch that nobody would take"
        assert rig.engine.spooled == 1, "and keeps what it had taken in"
        rig.reopen()
    assert rig.counted("message") == {"revoked": 2}


def test_a_rotated_gateway_delivers_the_batches_up_to_its_last_number(city: City, rig: Rig) -> None:
    device = city.device()
    rig.trust_all()
    rig.up(device, *(device.record(seq) for seq in range(10)))  # two batches of four are sealed at once
    rig.say(city.gateway.kid, topic.REVOCATION, rotate(city, city.gateway, 2, signer(900)))
    for _ in range(3):
        rig.uptime += 100
        rig.flush()
    numbers = [batch.decode_header(batch.decode_message(item)[0]).sequence.seq for item in rig.batches()]
    assert numbers == [0, 1, 2]
    assert rig.engine.alarms == ["revoked"]


def test_verdicts_of_a_withdrawn_backend_count_no_more(city: City, rig: Rig) -> None:
    device, successor = city.device(), signer(901)
    rig.trust_all()
    rig.up(device, *(device.record(seq) for seq in range(4)))
    (message,) = rig.batches()
    city.enrol(successor, "backend/2", "backend")
    rig.trust_all()
    rig.say(city.backend.kid, topic.REVOCATION, revoke(city, city.backend, revocation.RETIRED))
    rig.say(None, topic.ACK, city.commit(message))
    rig.flush()
    assert rig.engine.spooled == 4
    assert rig.counted("verdict")["revoked"] == 1
    city.backend = successor
    rig.say(None, topic.ACK, city.commit(message))
    rig.flush()
    assert rig.engine.spooled == 0


def test_forged_revocations_are_refused_with_evidence(city: City, rig: Rig) -> None:
    device = city.device()
    rig.trust_all()
    forged = revoke(city, device.key, registrar=signer(66))
    rig.say(device.kid, topic.REVOCATION, forged)
    rig.flush()
    rig.up(device, device.record(0))
    assert rig.acknowledged(device, range(1)) == [0]
    assert rig.counted("revocation") == {"untrusted": 1}
    assert rig.evidence() == [("untrusted", forged, None)]


def test_six_weeks_without_the_backend(city: City, rig: Rig) -> None:
    """Nothing depends on a newer checkpoint, on the time, or on a process that goes on running."""
    devices, withdrawn = [city.device() for _ in range(3)], city.device()
    rig.trust_all()
    rig.say(None, topic.CHECKPOINT, city.cosigned())
    rig.say(withdrawn.kid, topic.REVOCATION, revoke(city, withdrawn.key))
    rig.flush()
    beacon = rig.engine.trust.newest.beacon
    for day in range(42):
        rig.now += DAY
        rig.uptime += DAY
        for device in devices:
            rig.up(device, device.record(day, beacon=beacon))
        rig.up(withdrawn, withdrawn.record(day))
        if day % 3 == 0:
            rig.kill()
            rig.open()
        else:
            rig.reopen()
    for device in devices:
        assert rig.acknowledged(device, range(42)) == list(range(42))
    assert rig.acknowledged(withdrawn, range(42)) == []
    assert rig.engine.spooled == 3 * 42
    # The backend comes back and has its say: everything that was told again is no news.
    rig.trust_all()
    assert rig.counted("registration").keys() <= {"accepted"}
    for _ in range(2):  # while the uplink is behind, no small batch is closed
        for message in rig.batches():
            rig.say(None, topic.ACK, city.commit(message))
        rig.uptime += 100
        rig.flush()
    assert rig.engine.spooled == 0


def test_commands_survive_the_end_of_the_process(city: City, rig: Rig) -> None:
    operator, device = signer(902), city.device()
    city.enrol(operator, "operator/1", "operator")
    rig.trust_all()
    message = configured(operator, "bin/1", 1)
    rig.say(device.kid, topic.CMD, message)
    assert list(rig.engine.trust.configurations.due(9, city.gateway.kid)) == []
    rig.flush()
    for _ in range(2):
        (told,) = rig.engine.trust.configurations.due(9, city.gateway.kid)
        assert (told.topic, told.payload) == (city.topic(topic.CMD, device.kid), message)
        rig.kill()
        rig.open()
