"""Power cuts below a real littlefs: the life of power_cut.py on a simulated NOR flash. Runs on MicroPython alone.

A run is made once, with a journal of what the chip was told and of what the device and the gateway were promised. Then
the power is cut at the writes of the journal: littlefs mounts what is left, the device starts on it, reports on, and
power_cut.check demands that every number is accounted for.
"""

import random

import vfs
from civicroot_device.storage.flash import Flash
from kept import NAMES
from nor_flash import BEFORE, BLANK, OUTCOMES, PROGRAM, SYNC, Cuts, NorFlash
from power_cut import World, check, live

BLOCKS = 48
MOUNT = "/cut"
SEGMENT = 1024  # a short life rotates, thins and packs segments; the files are long enough not to lie inline
REST = 5  # rounds of the life after a cut
# What is left of the writes since the last sync: all, each with even chance, none.
KEEPS = (1.0, 0.5, 0.0)


class Random:
    """MicroPython has one generator; its seed is part of the test."""

    def __init__(self, seed) -> None:
        random.seed(seed)
        self.random = random.random
        self.getrandbits = random.getrandbits
        self.randrange = random.randrange


def formatted(blocks=BLOCKS):
    """The bytes of a flash with an empty file system."""
    nor = NorFlash(bytearray(BLANK * blocks), False)
    vfs.VfsLfs2.mkfs(nor)
    return nor.image


class Past:
    """What was promised, in order: (writes of the journal before it, what, …)."""

    def __init__(self, world) -> None:
        self.events = []
        self.lives = world.lives
        self.received = dict(world.received)
        self.durable = dict(world.durable)
        self.done = dict(world.things.done)
        self.begun = dict(world.things.begun)
        self._told = 0

    def listen(self, world, nor) -> None:
        world.on_event = lambda kind, seq, record: self.events.append((len(nor.journal), kind, seq, record))
        world.things.on_event = lambda name, what, count: self.events.append((len(nor.journal), what, name, count))

    def world_at(self, write, world):
        """The world outside the flash when write number `write` was cut."""
        kinds = {"received": self.received, "durable": self.durable, "done": self.done, "begun": self.begun}
        while self._told < len(self.events) and self.events[self._told][0] <= write:
            _, kind, key, value = self.events[self._told]
            kinds[kind][key] = value
            self._told += 1
        world = World(world.limit, _Nothing, world.things.names, world.segment_bytes)
        world.lives = self.lives + 1
        world.received, world.durable = dict(self.received), dict(self.durable)
        world.things.done, world.things.begun = dict(self.done), dict(self.begun)
        return world


class _Nothing:
    """In place of a flash that is not mounted yet."""


def on_littlefs(image, world, rounds):
    """Live on the flash with these bytes; (journal, what was promised meanwhile)."""
    nor = NorFlash(image)
    vfs.mount(vfs.VfsLfs2(nor), MOUNT)
    try:
        world.flash = world.things.flash = Flash(MOUNT + "/data")
        past = Past(world)
        past.listen(world, nor)
        live(world, rounds)
        check(world)
    finally:
        vfs.umount(MOUNT)
    return nor.journal, past


def cut_writes(seed, rounds, limit, every=1, outcomes=1, again=0, names=NAMES, segment_bytes=SEGMENT):
    """Cut the power at every `every`-th write, from one that the seed chooses, each in so many ways.

    `again`: how many more times the power goes during the life after the cut. Returns (cases, writes, what happened).
    """
    chance = Random(seed)
    image = formatted()
    before = bytearray(image)
    world = World(limit, _Nothing, names, segment_bytes)
    journal, past = on_littlefs(image, world, rounds)
    thinned = world.outbox.counts.thinned
    cuts = Cuts(before, journal, chance)
    writes = cases = 0
    start = chance.randrange(every)
    for number in range(len(journal)):
        if journal[number][0] == SYNC:
            continue
        writes += 1
        if writes % every != start:
            continue
        for nth in range(outcomes):
            outcome = OUTCOMES[(writes // every + nth) % len(OUTCOMES)]
            keep = KEEPS[(writes // every // len(OUTCOMES) + nth) % len(KEEPS)]
            try:
                _go_on(cuts.after(number, outcome, keep), past.world_at(number, world), chance, again)
            except Exception as error:
                print(f"seed {seed}: cut at write {number} of {len(journal)}: {outcome}, keep {keep}")
                raise error
            cases += 1
    return cases, writes, thinned


def cut_a_lying_flash(seed) -> None:
    """A flash that says that it synced and did not: this must fail, or these tests show nothing."""
    chance = Random(seed)
    image = formatted()
    before = bytearray(image)
    world = World(100_000, _Nothing, (), SEGMENT)
    journal, past = on_littlefs(image, world, 12)
    journal = [(PROGRAM, 0, 0, b"") if write[0] == SYNC else write for write in journal]
    number = len(journal) - 1
    lost = Cuts(before, journal, chance).after(number, BEFORE, 0.0)
    _go_on(lost, past.world_at(number, world), chance, 0)


def _go_on(image, world, chance, again) -> None:
    before = bytearray(image) if again else image
    journal, past = on_littlefs(image, world, REST)
    if again:
        number = chance.randrange(len(journal))
        cuts = Cuts(before, journal, chance)
        image = cuts.after(number, OUTCOMES[chance.randrange(4)], KEEPS[chance.randrange(3)])
        _go_on(image, past.world_at(number, world), chance, again - 1)
