"""Brokers that die and come back, on the street's side, the backend's, or both; some lose all that they knew."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import Broker, MosquittoBroker, NatsBroker
from tests.system.gateway_faults.world import SOAK, World

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

ROUNDS = 10 if SOAK else 1
PER_STEP = 10  # records of each device
BROKERS = [NatsBroker, MosquittoBroker]


def _progress(world: World) -> None:
    wanted = world.street.heard + len(world.kept.received) + 2
    world.until(lambda: world.street.heard + len(world.kept.received) >= wanted, "progress")


def _strike(world: World, brokers: list[Broker], forget: bool) -> None:
    """Kill the brokers while records flow, and start them again while more are made."""
    world.street.report(PER_STEP)
    _progress(world)
    for broker in brokers:
        broker.kill()
    world.street.report(PER_STEP)
    for broker in brokers:
        if forget:
            shutil.rmtree(broker.folder / "store")
        broker.start()
    _progress(world)


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_brokers_killed_while_records_flow(kind: type[Broker], tmp_path: Path) -> None:
    """Mosquitto loses sessions and retained messages by SIGKILL, NATS its store's last moments; then all of it."""
    with ExitStack() as stack:
        street = stack.enter_context(kind(tmp_path / "street"))
        uplink = stack.enter_context(kind(tmp_path / "uplink"))
        world = stack.enter_context(World(tmp_path / "gateway", street, uplink, max_records=10))
        world.start()
        for _ in range(ROUNDS):
            for brokers in ([street], [uplink], [street, uplink]):
                _strike(world, brokers, forget=False)
            _strike(world, [street, uplink], forget=True)
        world.audit()
        assert world.gateway.lives == 1
        assert [state.online for state in world.kept.states][-1:] == [True]
