"""The data folder that release 0.1 left behind is opened, and all that is in it delivered, wherever it is killed."""

import shutil
from pathlib import Path

import pytest
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.errors import SpoolError
from civicroot_wire import batch, topic

from .city import City, Device, signer
from .rig import Rig
from .test_crash import KillAt, Killed

RELEASE = Path(__file__).parent / "data" / "release-0.1"  # made_by.py in it says what it holds
LIMITS = BatchLimits(max_records=4, max_bytes=4096, max_age=10)


@pytest.fixture
def city() -> City:
    """The city of then: its keys are the same in every run."""
    found = City()
    found.device()
    found.device()
    return found


def _old(folder: Path) -> Path:
    shutil.copytree(RELEASE, folder)
    (folder / "gateway.key").chmod(0o600)  # as it was: version control keeps no more of a mode than the x
    return folder


def _check(city: City, rig: Rig) -> None:
    """Everything is there, and is delivered once, under numbers that go on."""
    device, other = Device(signer(101)), Device(signer(102))
    rig.flush()
    assert (rig.engine.spooled, rig.engine.waiting, rig.spool.contents.next_batch) == (6, [2], 3)
    assert [(item.seq, item.reason) for item in rig.spool.contents.refused] == [(1, "unknown-key-id")]
    header, records = batch.decode_message(rig.engine.batch_message(2))
    assert batch.decode_header(header).sequence.seq == 2
    assert records == [device.record(n) for n in range(8, 12)]
    rig.say(None, topic.ACK, city.commit(rig.engine.batch_message(2)))
    assert rig.spool.requeue() == 4
    rig.up(device, device.record(0), device.record(3, fill=51), device.record(12))
    assert rig.counted("record") == {
        "accepted": 15,
        "committed": 8,
        "duplicate": 1,
        "equivocation": 2,
    }
    assert rig.counted("spool") == {}
    assert [reason for reason, _, _ in rig.evidence()] == ["equivocation", "equivocation"]
    rig.uptime += 100
    rig.flush()
    delivered = [record for message in rig.batches() for record in batch.decode_message(message)[1]]
    assert sorted(delivered) == sorted(
        [device.record(n) for n in (4, 5, 6, 7, 12)] + [other.record(n) for n in range(2)]
    )
    assert rig.spool.devices[other.kid].waiting == 40
    assert rig.spool.load("checkpoint")[b""].startswith(b"log.test.example\n")


def test_folder_of_release_0_1_is_taken_over_and_its_file_is_gone(city: City, tmp_path: Path) -> None:
    rig = Rig(city, _old(tmp_path / "data"), LIMITS)
    assert sorted(path.name for path in rig.folder.iterdir() if "-" not in path.name) == [
        "gateway.key",
        "made_by.py",
        "spool",
        "state.db",
    ]
    _check(city, rig)
    rig.close()


def test_taking_over_may_be_killed_anywhere(city: City, tmp_path: Path) -> None:
    number, fired = 0, True
    while fired:
        number += 1
        fault = KillAt(number)
        folder = _old(tmp_path / str(number))
        try:
            rig = Rig(city, folder, LIMITS, fault=fault)
        except Killed:
            rig = Rig(city, folder, LIMITS)
        rig.kill()
        rig.open()
        _check(city, rig)
        rig.close()
        fired = fault.fired
    assert number > 15


def test_old_folder_of_another_key_is_refused_and_stays(tmp_path: Path) -> None:
    folder = _old(tmp_path / "data")
    city = City()
    city.gateway = signer(77)
    with pytest.raises(SpoolError, match="another key"):
        Rig(city, folder, LIMITS)
    assert (folder / "spool.db").exists()
