"""One device life over identity, counter, outbox and all else it keeps, with a gateway that keeps what it receives.

`live` drives them as the reporter does: reserve a number, make the record durable, transmit, delete what is
acknowledged. `check` then demands the promise of SPEC.md §3.1: every number is received, skipped or thinned, no
number has two contents, and none is received that a record said was never used.
"""

import json

from civicroot_device.errors import OutboxFull
from civicroot_device.storage import identity
from civicroot_device.storage.counter import Counter
from civicroot_device.storage.outbox import Outbox
from civicroot_device.storage.segment import CHANGE, HEARTBEAT
from kept import Things
from quick_curve import Curve
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash

RECORD_BYTES = 120
SEGMENT_BYTES = 700  # about four records, so that a short life rotates, compacts and removes segments


class World:
    """Flash and gateway outlive power cuts; `boot` begins a life of the device's memory.

    `received` is what the gateway has, `durable` what the device was told to be on its flash, `things` what else it
    keeps (kept.py). `on_event` hears of each, so that a world can be told again up to any moment.
    """

    def __init__(self, limit=100_000, flash=None, names=(), segment_bytes=SEGMENT_BYTES) -> None:
        self.flash = SimulatedFlash() if flash is None else flash
        self.received = {}
        self.durable = {}
        self.limit = limit
        self.segment_bytes = segment_bytes
        self.lives = 0
        self.things = Things(self.flash, names)
        self.on_event = lambda kind, seq, record: None

    def boot(self) -> None:
        self.lives += 1
        key = identity.load_or_create(self.flash, Curve, lambda n: bytes([7] * n))
        self.kid = key.kid
        self.outbox = Outbox(self.flash, key.reserved == 0, self.limit, self.segment_bytes)
        self.outbox.begin()
        self.counter = Counter(key, self.outbox.highest, self.outbox.uncertain)

    def make(self, priority) -> bool:
        """Make one record, telling in it its number, skip, what it declares thinned, and which life made it."""
        try:
            self.outbox.make_room(RECORD_BYTES, priority)
        except OutboxFull:
            return False
        seq, skip = self.counter.peek()
        thinned = self.outbox.pending[:3]
        record = json.dumps({"seq": seq, "skip": skip, "thinned": thinned, "life": self.lives}).encode()
        record = record + b" " * (RECORD_BYTES - len(record))
        self.outbox.append(seq, record, CHANGE if skip or thinned else priority, len(thinned))
        self.counter.used(seq)
        self.durable[seq] = record
        self.on_event("durable", seq, record)
        return True

    def transmit(self, limit=10_000) -> None:
        """The gateway receives the oldest records; it never accepts two contents under a number."""
        before = -1
        for seq, record in self.outbox.read():
            if limit == 0:
                return
            limit -= 1
            if seq <= before:
                raise AssertionError(f"{seq} after {before}")
            before = seq
            if self.received.get(seq, record) != record:
                raise AssertionError(f"equivocation at {seq}")
            if json.loads(record)["seq"] != seq:
                raise AssertionError(f"wrong record at {seq}")
            self.received[seq] = record
            self.on_event("received", seq, record)

    def acknowledge(self, keep_every=0) -> None:
        """Delete what the gateway has, but for every n-th."""
        for seq in sorted(self.received):
            if not keep_every or seq % keep_every:
                self.outbox.delete([(seq, seq)])


def live(world, rounds) -> None:
    """Rounds of making heartbeats and changes; the gateway is there in the second half."""
    world.boot()
    world.things.check()
    for number in range(rounds):
        world.make(HEARTBEAT if number % 3 else CHANGE)
        if world.things.names:
            names = world.things.names
            world.things.step(names[(world.lives + number) % len(names)])
        if number % 4 == 3 and number * 2 > rounds:
            world.transmit(3)
            world.acknowledge(5)
    world.transmit()
    world.acknowledge()


def check(world) -> None:
    """Raise AssertionError unless every number is accounted for exactly as its records say."""
    skipped, thinned = set(), set()
    for seq, record in world.received.items():
        told = json.loads(record)
        skipped.update(range(seq - told["skip"], seq))
        if told["skip"] > 64:
            raise AssertionError(f"skip over 64 at {seq}")
        for first, last in told["thinned"]:
            thinned.update(range(first, last + 1))
    for first, last in world.outbox.pending:
        thinned.update(range(first, last + 1))
    both = skipped & set(world.received)
    if both:
        raise AssertionError(f"received although said to be skipped: {sorted(both)}")
    highest = max(world.received)
    lost = set(range(highest + 1)) - set(world.received) - skipped - thinned
    if lost:
        raise AssertionError(f"lost: {sorted(lost)}")
    for seq in world.durable:
        if seq not in world.received and seq not in thinned:
            raise AssertionError(f"durable record {seq} never arrived")


def run(cuts, rounds=12, limit=100_000, names=()):
    """Lives that end with the cuts [(write, outcome), …], then one without; the world after it."""
    world = World(limit, None, names)
    for write, outcome in cuts:
        world.flash.plan(write, outcome)
        try:
            live(world, rounds)
        except PowerCut:
            continue  # the next life begins
    world.flash.plan(None, None)
    live(world, rounds)
    check(world)
    return world


def cut_every_write(rounds=12, limit=100_000, then=None, names=()):
    """Cut every single write of a life in every way (then a second time at `then`); how many cases ran."""
    writes = run([], rounds, limit, names).flash.writes
    cases = 0
    for write in range(writes):
        for outcome in OUTCOMES:
            run([(write, outcome)] + ([then] if then else []), rounds, limit, names)
            cases += 1
    return cases
