"""A tag's life with the power cut inside every write to its flash, with its RTC memory kept or lost, and an attacker.

After each cut the tag starts anew. The attacker plays back all answers of earlier lives at each wake. In the end every
number is accounted for with one content, every record that was durable has arrived, and the clock was never late by
more than an honest answer can make it.
"""

from simulated_flash import OUTCOMES, PowerCut
from tag_world import HOUR_MS, World

LATE_S = 60 + 200  # step 7, and what the sleep clock keeps back in the first hour


def live(world, wakes) -> None:
    """Wakes with changes, silences of the gateway, losses of power by the way, and the attacker's frames."""
    for number in range(wakes):
        world.gateway_is_there = number % 5 < 3
        world.inject = [frame for _, frame in world.overheard]
        if number % 4 == 3:
            world.lose_power()
            world.true_ms += 5 * HOUR_MS  # before somebody puts the battery back
        world.hour()
        check_clock(world)


def check_clock(world) -> None:
    """Raise AssertionError if the tag believes in a time that no honest answer just told."""
    lag = world.lag()
    if lag is not None and not -1 <= lag <= LATE_S + world.silence_s():
        raise AssertionError(f"the clock is {lag} s late")


class CutWorld(World):
    """Counts how long the gateway was silent: meanwhile the sleep clock may fall behind by its margin of 5 %."""

    def __init__(self) -> None:
        super().__init__(seed=5)
        self.told_at = self.unix

    def send(self, frame):
        answers = len(self.overheard)
        super().send(frame)
        if len(self.overheard) > answers:
            self.told_at = self.unix
        return True

    def silence_s(self):
        return (self.unix - self.told_at) // 20


def run(cut, rtc_lost, wakes):
    """A life with one cut (write, outcome), and the rest of it after a new start; the world after it."""
    world = CutWorld()
    if cut is not None:
        world.flash.plan(*cut)
        try:
            live(world, wakes)
        except PowerCut:
            if rtc_lost:
                world.lose_power()
        world.flash.plan(None, None)
    live(world, wakes)
    world.gateway_is_there = True
    for _ in range(20):
        world.hour()
        if not world.waiting():
            break
    check(world)
    return world


def check(world) -> None:
    """Raise AssertionError unless every number is accounted for, and every durable record arrived as it was."""
    records, skipped = world.gateway.records, world.gateway.skipped
    if world.waiting():
        raise AssertionError(f"still waiting: {world.waiting()}")
    if skipped & set(records):
        raise AssertionError("used although said to be skipped")
    lost = set(range(max(records) + 1)) - set(records) - skipped
    if lost:
        raise AssertionError(f"lost: {sorted(lost)}")
    for seq, data in world.durable.items():
        if records.get(seq) != data:
            raise AssertionError(f"durable record {seq} did not arrive")


def cut_every_write(rtc_lost, wakes=8):
    """Cut each write of a life in each way; how many cases ran."""
    writes = run(None, False, wakes).flash.writes
    for write in range(writes):
        for outcome in OUTCOMES:
            run((write, outcome), rtc_lost, wakes)
    return writes * len(OUTCOMES)
