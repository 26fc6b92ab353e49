"""Power cuts at every write of updates: three releases one after the other, the last of which does not boot.

After each cut the device starts again. Whatever it runs then is one whole release (update_world.py looks at every
start), nothing older than what had proved itself, and in the end it is the newest version that works.
"""

import random

import starter
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash
from update_world import DEAD, OLD, WORKS, World

STORY = (((0, 3, 0), WORKS), ((0, 4, 0), WORKS), ((0, 5, 0), DEAD))
KEEPS = (1.0, 0.5, 0.0)
BLOCKS = 64
MOUNT = "/cut"


def go_on(world, floor) -> None:
    """Live until the newest release that works is kept; nothing older than `floor` ever reports."""
    before = len(world.reported)
    version = world.live()
    works = [found for found, behaviour in STORY[: len(world.offered)] if behaviour == WORKS]
    if version != max(works):
        raise AssertionError(f"in the end it runs {version}")
    if min(world.reported[before:]) < floor:
        raise AssertionError(f"{min(world.reported[before:])} reports after {floor} was kept")
    state = world.state()
    if state.trial != starter.FACTORY or state.committed != version:
        raise AssertionError("undecided")


def run(cuts):
    """A life with the power cut inside the writes [(after how many more, outcome), …]; the world after it."""
    world = World(SimulatedFlash())
    left = list(cuts)
    _plan(world, left)
    for version, behaviour in STORY:
        floor = world.state().committed if world.state() else OLD
        world.offer(version, behaviour)
        while True:
            try:
                go_on(world, max(floor, OLD))
                break
            except PowerCut:
                _plan(world, left)
    return world


def _plan(world, left) -> None:
    writes = world.flash.writes
    world.flash.plan(*(left.pop(0) if left else (None, None)))
    world.all_writes = getattr(world, "all_writes", 0) + writes


def cut_every_write():
    """(writes of the life, cases)."""
    writes = run([]).flash.writes
    for write in range(writes):
        for outcome in OUTCOMES:
            run([(write, outcome)])
    return writes, writes * len(OUTCOMES)


# --- below littlefs; on MicroPython alone


def on_littlefs(nor, todo, world, marks=None) -> None:
    """Live through what is left of the story on a chip; `marks`: (writes of the journal before it, what was kept)."""
    import vfs  # noqa: PLC0415
    from civicroot_device.storage.flash import Flash  # noqa: PLC0415

    vfs.mount(vfs.VfsLfs2(nor), MOUNT)
    try:
        world.flash = Flash(MOUNT)
        for version, behaviour in todo:
            state = world.state()
            if version not in world.releases:
                world.offer(version, behaviour)
            go_on(world, OLD if state is None else max(OLD, state.committed))
            if marks is not None:
                marks.append((len(nor.journal), len(world.offered)))
    finally:
        vfs.umount(MOUNT)


def cut_littlefs(seed, every=1, outcomes=1):
    """Cut every `every`-th write below littlefs, from one that the seed chooses; (writes, cases)."""
    from littlefs_cut import Random, formatted  # noqa: PLC0415
    from nor_flash import OUTCOMES as CUT_OUTCOMES  # noqa: PLC0415
    from nor_flash import SYNC, Cuts, NorFlash  # noqa: PLC0415

    chance = Random(seed)
    image = formatted(BLOCKS)
    nor = NorFlash(bytearray(image))
    marks = []
    on_littlefs(nor, STORY, World(None), marks)
    cuts = Cuts(image, nor.journal, chance)
    writes = cases = 0
    start = chance.randrange(every)
    for number in range(len(nor.journal)):
        if nor.journal[number][0] == SYNC:
            continue
        writes += 1
        if writes % every != start:
            continue
        over = len([at for at, _ in marks if at <= number])
        for nth in range(outcomes):
            world = World(None)
            for version, behaviour in STORY[: over + 1]:
                world.offer(version, behaviour)
            outcome = CUT_OUTCOMES[(writes // every + nth) % len(CUT_OUTCOMES)]
            keep = KEEPS[(writes // every // len(CUT_OUTCOMES) + nth) % len(KEEPS)]
            left = cuts.after(number, outcome, keep)
            try:
                on_littlefs(NorFlash(left, False), STORY[over:], world)
            except Exception as error:
                print(f"seed {seed}: cut at write {number} of {len(nor.journal)}: {outcome}, keep {keep}")
                raise error
            kept = [version for version, behaviour in STORY[:over] if behaviour == WORKS]
            if kept and min(world.reported) < max(kept):
                raise AssertionError(f"an older version reports after {max(kept)} was kept")
            cases += 1
    return writes, cases


def any_cuts(seed, lives):
    """Lives with cuts at random, up to eight in each; how many writes were made in all."""
    random.seed(seed)
    total = 0
    for _ in range(lives):
        cuts = [(random.randrange(30), OUTCOMES[random.randrange(4)]) for _ in range(random.randrange(8))]
        total += run(cuts).all_writes
    return total
