"""Power cuts at the writes of a tag's life through two updates by radio, the second of which cannot report.

After each cut the tag starts again, every second time without its RTC memory. Whatever runs is one whole release
(update_world.py looks at every start), it reports, and ends on the release that works; no record is lost.
"""

import starter
from simulated_flash import OUTCOMES, PowerCut
from tag_update_world import World
from update_world import MUTE

GOOD, BAD = (0, 3, 0), (0, 4, 0)


def life(world) -> None:
    """To the end of the story, from wherever it stands."""
    world.live(30, lambda: "0.3.0 committed" in world.told)
    if len(world.gateway.offered) == 1:
        world.offer(BAD, MUTE)
    world.live(40, lambda: "0.4.0 rolled-back" in world.told)


def run(cut, rtc_lost):
    """A life with one cut (write, outcome), or none; the world after it."""
    world = World(5)
    world.offer(GOOD)
    if cut is not None:
        world.flash.plan(*cut)
    try:
        life(world)
    except PowerCut:
        world.flash.plan(None, None)
        if rtc_lost:
            world.lose_power()
        life(world)
    writes = world.flash.writes
    world.flash.plan(None, None)
    for _ in range(10):
        world.start()
        if not world.waiting():
            break
    check(world)
    return writes


def check(world) -> None:
    """Raise AssertionError unless it runs the good release, and every number is accounted for."""
    state = world.slots.state()
    if world.running != GOOD or state.trial != starter.FACTORY or state.committed != GOOD:
        raise AssertionError(f"it runs {world.running}")
    if world.waiting():
        raise AssertionError(f"records wait: {world.waiting()}")
    records, skipped = world.gateway.records, world.gateway.skipped
    lost = set(range(max(records) + 1)) - set(records) - skipped
    if lost or skipped & set(records):
        raise AssertionError(f"lost: {sorted(lost)}")


def cut_writes(every, ways):
    """Cut every `every`-th write in so many ways; (writes of the life, cases)."""
    writes = run(None, False)
    cases = 0
    for number, write in enumerate(range(0, writes, every)):
        for way in range(ways):
            run((write, OUTCOMES[(number + way) % len(OUTCOMES)]), (number + way) % 2 == 1)
            cases += 1
    return writes, cases
