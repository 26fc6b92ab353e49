"""Shows pages on an e-paper: on recorded traffic, or on the model; runs on CPython and on MicroPython."""

import asyncio

from civicroot_device.display.errors import DisplayFault
from civicroot_device.display.ssd1681 import Ssd1681
from civicroot_simulator.ssd1681 import Ssd1681Model
from replay_bus import ReplayInput, ReplayOutput, ReplaySpi, Tape


class Naps:
    """Sleeps no time and notes how long it should have been."""

    def __init__(self) -> None:
        self.total = 0
        self.longest = 0

    async def sleep_ms(self, ms) -> None:
        self.total += ms
        self.longest = max(self.longest, ms)
        await asyncio.sleep(0)


def attempt(display, page):
    """The flag of the fault, or None."""
    try:
        asyncio.run(display.show(page))
    except DisplayFault as fault:
        return fault.flag
    return None


def replay(transactions, pages):
    """What comes of each page on the tape, and the milliseconds waited."""
    tape = Tape(transactions)
    naps = Naps()
    dc, reset, busy = ReplayOutput(tape, "dc"), ReplayOutput(tape, "reset"), ReplayInput(tape, "busy")
    display = Ssd1681(ReplaySpi(tape, "spi"), dc, reset, busy, naps.sleep_ms)
    flags = [attempt(display, page) for page in pages]
    tape.done()
    return flags, naps.total, naps.longest


def simulate(pages, switches):
    """Shows each page on the model with the switches that are named for it: (flag, picture, asleep) of each."""
    model = Ssd1681Model()
    naps = Naps()
    display = Ssd1681(model.spi, model.dc, model.reset, model.busy, naps.sleep_ms)
    seen = []
    for page, switch in zip(pages, switches):  # noqa: B905 (MicroPython has no strict)
        for name in ("silent", "stuck"):
            setattr(model, name, name == switch)
        seen.append((attempt(display, page), bytes(model.picture), model.asleep))
    return seen


def pbm(page, path):
    """The model's picture of a page as a file."""
    model = Ssd1681Model()
    display = Ssd1681(model.spi, model.dc, model.reset, model.busy, Naps().sleep_ms)
    asyncio.run(display.show(page))
    model.write_pbm(path)
