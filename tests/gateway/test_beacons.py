"""Beacons at the gateway: devices are told only what a quorum of witnesses has signed, also after a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire import beacon, note, topic

from .city import NOW, City, Device
from .rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A gateway of a city with one witness, whose word the policy asks for."""
    city = City(quorum=1)
    made = Rig(city, tmp_path)
    yield made
    made.close()


def told(rig: Rig, device: Device, seq: int) -> bytes | None:
    """The beacon in the acknowledgement of a record."""
    rig.up(device, device.record(seq))
    return rig.acks[device.kid][-1].beacon


def of(rig: Rig, signed: bytes) -> bytes:
    return beacon.of(note.parse(signed), [rig.city.witness_key])


def test_a_device_is_told_the_beacon_of_the_cosigned_checkpoint(rig: Rig) -> None:
    device = rig.city.device()
    rig.trust_all()
    assert told(rig, device, 0) is None
    signed = rig.city.cosigned()
    rig.say(None, topic.CHECKPOINT, signed)
    assert told(rig, device, 1) == of(rig, signed)
    assert of(rig, signed) != beacon.of(note.parse(signed), []), "the cosignature is in it"
    rig.reopen()
    assert told(rig, device, 2) == of(rig, signed)


def test_a_checkpoint_without_the_quorum_gives_no_beacon(rig: Rig) -> None:
    device = rig.city.device()
    rig.trust_all()
    rig.say(None, topic.CHECKPOINT, rig.city.log.note().encode())
    assert told(rig, device, 0) is None
    signed = rig.city.cosigned()
    broken = note.parse(signed)
    broken.lines[1].signature = broken.lines[1].signature[:-1] + bytes([broken.lines[1].signature[-1] ^ 1])
    rig.say(None, topic.CHECKPOINT, note.render(broken).encode())
    assert told(rig, device, 1) is None
    assert rig.counted("checkpoint") == {"quorum-missed": 1, "bad-signature": 1}


def test_a_newer_checkpoint_without_the_quorum_leaves_the_beacon_as_it_is(rig: Rig) -> None:
    device = rig.city.device()
    rig.trust_all()
    signed = rig.city.cosigned()
    rig.say(None, topic.CHECKPOINT, signed)
    rig.city.device()  # the log grows
    rig.say(None, topic.CHECKPOINT, rig.city.log.note().encode())
    assert told(rig, device, 0) == of(rig, signed)
    newer = rig.city.cosigned(time=NOW + 60)
    rig.say(None, topic.CHECKPOINT, newer)
    rig.say(None, topic.CHECKPOINT, signed)
    assert told(rig, device, 1) == of(rig, newer)
