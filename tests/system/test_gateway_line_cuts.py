"""Lines that are cut, dark, slow or lossy, on both sides; for hours, in simulated time: test_gateway_long_cuts.py."""

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import MosquittoBroker, NatsBroker
from tests.support.tcp_proxy import TcpProxy
from tests.system.gateway_faults.world import SOAK, World, seed

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

SECONDS = [0.1, 0.3, 1.0, 3.0, 10.0] if SOAK else [0.1, 0.5, 2.0]  # of a cut
ROUNDS = 20 if SOAK else 3
PER_STEP = 8  # records of each device


class Lines:
    """A world with a line on each side."""

    def __init__(self, stack: ExitStack, folder: Path, chance: random.Random) -> None:
        street = stack.enter_context(MosquittoBroker(folder / "street"))
        uplink = stack.enter_context(NatsBroker(folder / "uplink"))
        self.down = stack.enter_context(TcpProxy(street.host, street.port))
        self.up = stack.enter_context(TcpProxy(uplink.host, uplink.port))
        self.chance = chance
        self.world = stack.enter_context(
            World(folder / "gateway", street, uplink, broker_at=self.down, uplink_at=self.up, max_records=10)
        )

    def progress(self, steps: int) -> None:
        """Wait until the gateway said something more to devices or backend."""
        world = self.world
        wanted = world.street.heard + len(world.kept.received) + steps
        world.until(lambda: world.street.heard + len(world.kept.received) >= wanted, "progress")

    def cut(self, lines: list[TcpProxy], fault: Callable[[TcpProxy], None], seconds: float) -> None:
        """In the middle of traffic, for so long, while more is made."""
        self.world.street.report(PER_STEP)
        self.progress(self.chance.randrange(1, 4))
        for line in lines:
            fault(line)
        self.world.street.report(PER_STEP)
        threading.Event().wait(seconds)  # the length of the cut is what is tested
        for line in lines:
            line.restore()


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
def test_lines_cut_and_dark_for_a_while(start: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        here = Lines(stack, tmp_path, random.Random(start))
        here.world.start()
        for seconds in SECONDS:
            here.cut([here.up], TcpProxy.refuse, seconds)
            here.cut([here.down, here.up], TcpProxy.blackhole, seconds / 2)
            here.cut([here.down], TcpProxy.refuse, seconds / 4)
        here.world.audit()
        assert here.world.gateway.lives == 1


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
def test_slow_and_lossy_lines_cut_in_the_middle_of_packets(start: int, tmp_path: Path) -> None:
    with ExitStack() as stack:
        here = Lines(stack, tmp_path, random.Random(start))
        for line in (here.up, here.down):
            line.delay, line.loss, line.rate = 0.05, 0.05, 50_000
        here.world.start()
        for _ in range(ROUNDS):
            for line in (here.up, here.down):
                line.cut_after(here.chance.randrange(1, 3000))
            here.world.street.report(2 * PER_STEP)
            here.progress(5)
        here.world.audit()
        assert here.up.connections > 1 or here.down.connections > 1, "nothing was cut"
        assert here.world.gateway.lives == 1
