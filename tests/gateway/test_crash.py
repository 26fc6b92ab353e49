"""A gateway that dies between any two statements of its spool, and is started again, loses and repeats nothing."""

import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from civicroot_gateway.config import BatchLimits
from civicroot_wire import batch, topic

from .city import City, Device
from .rig import Rig

RECORDS = 14


class Killed(BaseException):
    """The process ends here; no handler may stop it."""


class KillAt:
    """Ends the process at the n-th statement, or never if there are fewer."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.fired = False

    def __call__(self, _statement: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            raise Killed


class Outside:
    """Device and backend: resend what is not acknowledged, remember every batch that was ever sent."""

    def __init__(self, city: City, device: Device) -> None:
        self.city = city
        self.device = device
        self.kept = dict(enumerate(device.record(number) for number in range(RECORDS)))
        self.batches: dict[int, set[bytes]] = {}

    def talk(self, rig: Rig) -> None:
        """One exchange: some records up, acknowledgements down, batches up, verdicts down."""
        if self.kept:
            rig.up(self.device, *list(self.kept.values())[:3])
        self.kept = {n: data for n, data in self.kept.items() if not rig.acknowledged(self.device, range(n, n + 1))}
        for message in rig.batches():
            header, _ = batch.decode_message(message)
            self.batches.setdefault(batch.decode_header(header).sequence.seq, set()).add(message)
            rig.say(None, topic.ACK, self.city.commit(message))
        rig.uptime += 100
        rig.flush()

    @property
    def done(self) -> bool:
        return not self.kept

    def check(self, rig: Rig) -> None:
        """Every record in exactly one batch; one content under each batch number, without a gap."""
        assert all(len(contents) == 1 for contents in self.batches.values())
        assert sorted(self.batches) == list(range(len(self.batches)))
        records = Counter(record for (message,) in self.batches.values() for record in batch.decode_message(message)[1])
        assert records == Counter(self.device.record(number) for number in range(RECORDS))
        assert (rig.engine.spooled, rig.engine.waiting, rig.spool.totals()) == (0, [], (0, 0))


def _run(rig: Rig, outside: Outside) -> None:
    for _ in range(60):
        outside.talk(rig)
        if outside.done and not rig.engine.spooled:
            return
    raise AssertionError("records do not get through")


def _rig(city: City, folder: Path) -> Rig:
    rig = Rig(city, folder, BatchLimits(max_records=3, max_bytes=4096, max_age=10))
    rig.trust_all()
    return rig


def test_killed_before_every_single_statement_in_turn(tmp_path: Path) -> None:
    city = City()
    device = city.device()
    kills = 0
    for number in range(1, 1000):
        folder = tmp_path / str(number)
        folder.mkdir()
        rig = _rig(city, folder)
        rig.close()
        fault = KillAt(number)
        outside = Outside(city, device)
        try:
            rig.open(fault)
            _run(rig, outside)
        except Killed:
            rig.close()
            rig.open()
            _run(rig, outside)
        rig.reopen()  # without the fault
        outside.check(rig)
        rig.close()
        kills += fault.fired
        if not fault.fired:
            break
    assert kills > 100, "the run has more statements than that: the fault hook is not called"
    assert not fault.fired, "the last statements were not reached"


@pytest.mark.parametrize("seed", range(5))
def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    chance = random.Random(seed)
    city = City()
    device = city.device()
    rig = _rig(city, tmp_path)
    outside = Outside(city, device)
    for _ in range(30):
        rig.close()
        try:
            rig.open(KillAt(chance.randrange(1, 60)))
            outside.talk(rig)
        except Killed:
            continue
    rig.close()
    rig.open()
    _run(rig, outside)
    outside.check(rig)
    rig.close()


def test_disk_that_fails_leaves_memory_as_the_disk_has_it(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0))
    rig.spool._fault = _no_space
    rig.say(device.kid, topic.UP, device.record(1))
    with pytest.raises(sqlite3.OperationalError):
        rig.flush()
    rig.spool._fault = lambda _statement: None
    rig.engine.reload()
    assert rig.acknowledged(device, range(2)) == [0]
    rig.up(device, device.record(1))
    assert rig.acknowledged(device, range(2)) == [0, 1]
    assert rig.engine.spooled == 2


def _no_space(statement: str) -> None:
    if statement == "COMMIT":
        raise sqlite3.OperationalError("database or disk is full")
