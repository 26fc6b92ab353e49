"""Power cuts: a disk has what was synced and any part of the rest; nothing acknowledged is lost, no number used twice.

A life of the gateway is recorded by strace: every write, every sync, every message that it sent. For random points of
it a disk is made as a cut at that point may leave it, and the real gateway starts on it. Devices have forgotten what
they were told is durable; the backend has the batches that were sent. The seed is in the test's name, and
CIVICROOT_FAULT_SEED repeats it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from civicroot_wire import acknowledgement, batch, topic

from tests.support import system_calls, torn_disk
from tests.support.brokers import MosquittoBroker
from tests.support.torn_disk import Disk, Op
from tests.system.gateway_faults.backend import Kept
from tests.system.gateway_faults.stage import restore
from tests.system.gateway_faults.street import Bin
from tests.system.gateway_faults.tap import publications
from tests.system.gateway_faults.world import SOAK, World, seed

pytestmark = [pytest.mark.system, pytest.mark.timeout(7200 if SOAK else 300)]

CUTS = 10  # at random points; in `make soak` after every operation, so many times
REPORTS = 12


@dataclass
class Life:
    """What was recorded, and the world that goes on from points of it."""

    world: World
    broker: MosquittoBroker
    before: dict[str, bytes]
    ops: list[Op]
    bins: list[Bin]

    def told(self, until: int) -> tuple[Kept, list[Bin]]:
        """Backend and devices as they are if the power went after operation `until`."""
        kept, bins = Kept(), {one.device.kid: deepcopy(one) for one in self.bins}
        for one in bins.values():
            one.waiting, one.acknowledged, one.due = dict(one.signed), set(), {}
        for number, name, payload in publications(self.ops):
            _, kid, leaf = topic.parse(name)
            if number > until:
                break
            if leaf == topic.BATCH:
                header, records = batch.decode_message(payload)
                kept.received.append(payload)
                seq = batch.decode_header(header).sequence.seq
                kept.records += 0 if seq in kept.committed else len(records)
                kept.committed[seq] = payload
            elif leaf == topic.ACK and kid is not None:
                _hear(bins[kid], payload)
        return kept, list(bins.values())

    def go_on(self, disk: Disk, until: int, chance: random.Random) -> None:
        """Start on what the disk has, take in more, deliver all; then the audit."""
        kept, bins = self.told(until)
        restore(self.world, self.broker, disk.cut(chance), kept, bins)
        self.world.gateway.start()
        try:
            self.world.wait_online()  # the broker, which remembers nothing, would throw records away until then
            self.world.street.silent = False
            self.world.street.report(1)
            self.world.audit()
        finally:
            self.world.gateway.kill()
            self.world.leave()


def _hear(one: Bin, payload: bytes) -> None:
    ack = acknowledgement.decode(payload)
    for seq in [seq for seq in one.waiting if ack.covers(seq)]:
        one.acknowledged.add(seq)
        del one.waiting[seq]


@contextmanager
def recorded(folder: Path) -> Iterator[Life]:
    """A life with records, batches and verdicts, some of them late."""
    log = folder / "strace.log"
    with (
        MosquittoBroker(folder) as broker,
        World(folder / "gateway", broker, max_records=7, max_age=0.05) as world,
    ):
        before = torn_disk.contents(world.gateway.data)
        world.gateway.prefix = torn_disk.traced(log)
        world.start()
        pid = world.gateway.pid
        world.gateway.prefix = ()
        for number in range(REPORTS):
            world.backend.answering = number % 3 > 0
            world.street.report(2)
            world.until(lambda: not world.street.waiting, "acknowledgements")
        world.gateway.kill()
        system_calls.last_lines(log, pid)
        world.leave()
        ops = torn_disk.operations(log, world.gateway.data, before)
        yield Life(world, broker, before, ops, list(world.street.bins.values()))
        world.come_back(world.kept, [])


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
def test_nothing_is_lost_by_power_cuts_at_random_points(start: int, tmp_path: Path) -> None:
    chance = random.Random(start)
    with recorded(tmp_path) as life:
        kinds = {op.kind for op in life.ops}
        assert kinds >= {"create", "write", "sync", "send"}, kinds
        points = sorted(chance.randrange(len(life.ops)) for _ in range(CUTS))
        if SOAK:
            points = [point for point in range(len(life.ops)) for _ in range(CUTS)]
        disk, done = Disk(life.before), 0
        for number, point in enumerate(points):
            for op in life.ops[done : point + 1]:
                disk.apply(op)
            done = point + 1
            last = life.ops[point]
            print(f"cut {number} after operation {point} of {len(life.ops)}: {last.kind} {last.name}")
            life.go_on(disk, point, random.Random(f"{start} {number}"))


def test_a_disk_that_kept_nothing_is_found_out(tmp_path: Path) -> None:
    """The test's own test: if nothing was written, what was acknowledged would be lost."""
    with recorded(tmp_path) as life:
        kept, bins = life.told(len(life.ops))
        left = Disk(life.before).cut(random.Random(1))  # nothing of it came to the disk
        assert any(one.acknowledged for one in bins)
        restore(life.world, life.broker, left, kept, bins)
        life.world.gateway.start()
        life.world.street.silent = False
        life.world.street.report(1)
        life.world.until(lambda: not life.world.street.waiting, "acknowledgements")
        with pytest.raises(AssertionError):
            life.world.look()
        life.world.gateway.kill()
        life.world.leave()
