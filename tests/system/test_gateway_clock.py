"""The gateway's wall clock is wrong, or jumps: nothing is lost, no batch tells a time that cannot be, nobody is needed.

Records are taken in all the time. While the clock is not to be trusted no batch is sealed and devices are told no time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.city import City
from tests.support.brokers import MosquittoBroker
from tests.system.gateway_faults.wall_clock import WallClock
from tests.system.gateway_faults.world import World

pytestmark = pytest.mark.system

HOUR = 3600
DAY = 24 * HOUR
YEAR = 365 * DAY
ALARMS = {"clock-unset", "clock-back", "clock-ahead"}


class Timed:
    """A world whose gateway has a clock of its own, and whose checkpoints tell when they were signed."""

    def __init__(self, world: World, clock: WallClock) -> None:
        self.world = world
        self.clock = clock
        world.gateway.environment = clock.environment
        world.backend.checkpoint = lambda: world.city.cosigned(time=int(time.time()))

    def taken_in(self) -> None:
        """More records are made, and acknowledged."""
        self.world.street.report(5)
        self.world.until(lambda: not self.world.street.waiting, "records are taken in whatever the clock says")

    def warned(self, in_state: bool = False) -> str:
        """The alarm about the clock, in its status; and in its state, which changes every ten seconds."""
        self.world.until(lambda: ALARMS & self.world.gateway.alarms(), "an alarm about the clock in its status")
        if in_state:
            self.world.until(lambda: ALARMS & set(self.world.kept.states[-1].alarms), "and in its state")
        (found,) = ALARMS & self.world.gateway.alarms()
        return found

    def calm(self) -> None:
        """No alarm about the clock."""
        self.world.until(lambda: not ALARMS & self.world.gateway.alarms(), "the alarm ends by itself")

    def news(self) -> None:
        """The log grows, and its checkpoint is cosigned now."""
        self.world.city.device()
        self.world.backend.publish_checkpoint()


@contextmanager
def timed(folder: Path) -> Iterator[Timed]:
    city = City(quorum=1)
    with MosquittoBroker(folder) as broker:
        world = World(folder / "gateway", broker, city=city, max_records=10)
        found = Timed(world, WallClock(folder / "clock"))
        with world:
            yield found


def test_a_clock_that_is_not_set_at_the_start(tmp_path: Path) -> None:
    with timed(tmp_path) as found:
        found.clock.move(100 - time.time())  # 1970
        found.world.start()
        found.taken_in()
        assert found.warned(in_state=True) == "clock-unset"
        assert found.world.street.times == [], "a device was told a wrong time"
        assert found.world.kept.received == []
        found.world.gateway.kill()  # and what it took in is there after a power cut
        found.world.gateway.start()
        found.taken_in()
        assert found.world.kept.received == []
        found.clock.move(0)
        found.world.settle()
        found.calm()
        assert found.world.kept.refused == {}
        found.world.audit()


@pytest.mark.parametrize("back", [2 * HOUR, DAY, None], ids=["hours", "day", "1970"])
def test_a_clock_that_jumps_back_while_records_flow(back: int | None, tmp_path: Path) -> None:
    with timed(tmp_path) as found:
        found.world.start()
        found.world.settle()
        sealed = len(found.world.kept.committed)
        found.clock.move(100 - time.time() if back is None else -back)
        assert found.warned() in ("clock-unset", "clock-back")
        found.taken_in()
        assert len(found.world.kept.committed) == sealed, "a batch from the past"
        found.clock.move(0)
        found.calm()
        found.world.audit()


@pytest.mark.parametrize("ahead", [HOUR, YEAR], ids=["hour", "year"])
def test_a_clock_that_jumps_ahead_while_records_flow(ahead: int, tmp_path: Path) -> None:
    """The gateway cannot know at once: the backend refuses a batch; its records go into another when it is right."""
    with timed(tmp_path) as found:
        found.world.start()
        found.world.settle()
        found.clock.move(ahead)
        found.taken_in()
        found.world.until(lambda: found.world.kept.refused, "the backend refuses a batch from the future")
        assert found.warned(in_state=ahead == HOUR) == "clock-ahead"
        found.taken_in()
        assert set(found.world.kept.refused.values()) == {"bad-time"}
        found.clock.move(0)
        found.world.settle()
        found.calm()
        assert found.world.gateway.status()["batches_refused"] == 0, "somebody would have to requeue them"
        found.world.audit()


def test_a_start_in_the_future_does_not_stop_the_gateway_for_ever(tmp_path: Path) -> None:
    """It used times of next year, and remembers; a new checkpoint says which of the two clocks was right."""
    with timed(tmp_path) as found:
        found.clock.move(YEAR)
        found.world.start()
        found.world.until(lambda: found.world.kept.refused, "the backend refuses a batch from the future")
        found.taken_in()
        found.world.gateway.stop()
        found.clock.move(0)
        found.world.gateway.start()
        found.taken_in()
        found.news()
        found.world.settle()
        found.calm()
        found.world.audit()
