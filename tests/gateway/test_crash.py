"""A gateway whose disk fails at any call of its spool, or that dies there, loses and repeats nothing."""

import errno
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.errors import SpoolError, SpoolFault
from civicroot_gateway.spool.spool import no_fault
from civicroot_wire import batch, topic

from .city import City, Device
from .rig import Rig

RECORDS = 8
LIMITS = BatchLimits(max_records=3, max_bytes=4096, max_age=10)
Begin = Callable[[City, int], Rig]


class Killed(BaseException):
    """The process ends here; no handler may stop it."""


class KillAt:
    """Ends the process at the n-th call of the spool to the disk, or never if there are fewer."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.fired = False

    def __call__(self, call: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            self.fail(call)

    def fail(self, _call: str) -> None:
        raise Killed


class FailAt(KillAt):
    """Lets the disk fail there, once."""

    def __init__(self, number: int, error: int) -> None:
        super().__init__(number)
        self._error = error

    def fail(self, call: str) -> None:
        if call == "committed":
            return  # no call to the disk
        if call.split(maxsplit=1)[0].isupper():
            raise sqlite3.OperationalError("disk I/O error")
        raise OSError(self._error, "injected")


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
        messages = rig.batches()
        for message in messages:
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
        assert (rig.engine.spooled, rig.engine.waiting) == (0, [])


def _run(rig: Rig, outside: Outside) -> None:
    for _ in range(60):
        outside.talk(rig)
        if outside.done and not rig.engine.spooled:
            return
    raise AssertionError("records do not get through")


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Makes closed gateways of a city, each in a folder of its own."""
    made: dict[int, Path] = {}

    def begin(city: City, number: int) -> Rig:
        template = made.get(id(city))
        if template is None:
            template = made[id(city)] = tmp_path / "template"
            rig = Rig(city, template, LIMITS)
            rig.trust_all()
            rig.close()
        folder = tmp_path / str(number)
        shutil.copytree(template, folder)
        rig = Rig(city, folder, LIMITS)
        rig.close()
        return rig

    return begin


def test_killed_before_every_single_call_in_turn(begin: Begin) -> None:
    city = City()
    device = city.device()
    kills = 0
    for number in range(1, 1000):
        rig = begin(city, number)
        fault = KillAt(number)
        outside = Outside(city, device)
        try:
            rig.open(fault)
            _run(rig, outside)
            rig.close()
        except Killed:
            rig.kill()
        rig.open()
        _run(rig, outside)
        rig.reopen()  # without the fault
        outside.check(rig)
        rig.close()
        shutil.rmtree(rig.folder)
        kills += fault.fired
        if not fault.fired:
            break
    assert kills > 80, "the run has more calls than that: the fault hook is not called"
    assert not fault.fired, "the last calls were not reached"


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_disk_that_fails_at_every_single_call_in_turn(begin: Begin, error: int) -> None:
    """The daemon's part: after SpoolFault it reloads, and device and broker send again."""
    city = City()
    device = city.device()
    failed = 0
    for number in range(1, 1000):
        rig = begin(city, number)
        fault = FailAt(number, error)
        outside = Outside(city, device)
        try:
            rig.open(fault)
        except SpoolError:
            rig.open(fault)  # as systemd does
        for _ in range(60):
            try:
                outside.talk(rig)
            except SpoolFault:
                failed += 1
                rig.engine.reload()
            if outside.done and not rig.engine.spooled:
                break
        outside.check(rig)
        rig.kill()
        rig.open()
        outside.check(rig)
        rig.close()
        shutil.rmtree(rig.folder)
        if not fault.fired:
            break
    assert failed > 50, "the disk never failed under a commit"
    assert not fault.fired, "the last calls were not reached"


@pytest.mark.parametrize("seed", range(5))
def test_killed_again_and_again(begin: Begin, seed: int) -> None:
    print("seed", seed)
    chance = random.Random(seed)
    city = City()
    device = city.device()
    rig = begin(city, 0)
    rig.open()
    outside = Outside(city, device)
    for _ in range(30):
        rig.kill()
        try:
            rig.open(KillAt(chance.randrange(1, 60)))
            outside.talk(rig)
        except Killed:
            continue
    rig.kill()
    rig.open()
    _run(rig, outside)
    outside.check(rig)
    rig.close()


def test_disk_that_fails_leaves_memory_as_the_disk_has_it(rig: Rig, device: Device) -> None:
    rig.up(device, device.record(0))
    rig.spool._journal._fault = _no_space
    rig.say(device.kid, topic.UP, device.record(1))
    with pytest.raises(SpoolFault):
        rig.flush()
    rig.spool._journal._fault = no_fault
    rig.engine.reload()
    assert rig.acknowledged(device, range(2)) == [0]
    rig.up(device, device.record(1))
    assert rig.acknowledged(device, range(2)) == [0, 1]
    assert rig.engine.spooled == 2


def _no_space(call: str) -> None:
    if call == "write":
        raise OSError(errno.ENOSPC, "injected")
