"""SIGKILL of the gateway, and of gateway and broker together, at random points; nothing is lost or there twice.

25 kills in `make test`, 500 in `make soak`. The seed is in each test's name; CIVICROOT_FAULT_SEED repeats a run with it
(kill times are then the same as far as the machine's own timing is).
"""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.brokers import Broker, MosquittoBroker, NatsBroker
from tests.system.gateway_faults.world import SOAK, World, seed

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

KILLS = 250 if SOAK else 13  # with each broker: 500 and 26
BOTH = 50 if SOAK else 2  # gateway and broker together
START_UP = 0.6  # seconds: interpreter, recovery, connections
MOMENT = 0.03  # seconds: some commits
PER_LIFE = 12  # records of each device
BROKERS = [NatsBroker, MosquittoBroker]


def _random_moment(world: World, chance: random.Random) -> None:
    """Return at a random point: of start-up, or of work after some progress."""
    if chance.random() < 1 / 3:
        threading.Event().wait(chance.uniform(0, START_UP))
        return
    wanted = world.street.heard + len(world.kept.received) + chance.randrange(1, 10)
    world.until(lambda: world.street.heard + len(world.kept.received) >= wanted, "progress")
    threading.Event().wait(chance.uniform(0, MOMENT))


def _kill_again_and_again(world: World, kills: int, chance: random.Random, strike: Callable[[], None]) -> None:
    for _ in range(kills):
        world.street.report(PER_LIFE)
        _random_moment(world, chance)
        strike()
        world.gateway.start()


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_gateway_killed_at_random_points(kind: type[Broker], start: int, tmp_path: Path) -> None:
    with kind(tmp_path) as broker, World(tmp_path / "gateway", broker, max_records=10) as world:
        world.start()
        _kill_again_and_again(world, KILLS, random.Random(start), world.gateway.kill)
        report = world.audit()
    assert len(report.positions) == 3 * (1 + KILLS * PER_LIFE)


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_gateway_and_broker_killed_together(kind: type[Broker], start: int, tmp_path: Path) -> None:
    """Mosquitto loses sessions and retained messages; NATS loses none."""
    with kind(tmp_path) as broker, World(tmp_path / "gateway", broker, max_records=10) as world:

        def strike() -> None:
            broker.kill()
            world.gateway.kill()
            broker.start()

        world.start()
        _kill_again_and_again(world, BOTH, random.Random(start), strike)
        world.audit()
