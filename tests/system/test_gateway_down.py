"""A gateway that is down is one alarm, and not one for each device behind it."""

from pathlib import Path

import pytest
from civicroot_wire import state, topic
from civicroot_wire.state import State

from tests.gateway.live import Client
from tests.support.brokers import Broker, MosquittoBroker, NatsBroker
from tests.system.gateway_faults.world import World

pytestmark = pytest.mark.system

BROKERS = [NatsBroker, MosquittoBroker]
DEVICES = 20


class Look(Client):
    """Somebody who looks later: retained states by topic."""

    def __init__(self, broker: Broker) -> None:
        self.states: dict[str, State] = {}
        super().__init__(broker, "look", [topic.PREFIX + "+/" + topic.STATE, topic.PREFIX + "+/+/" + topic.STATE])

    def on_message(self, name: str, payload: bytes) -> None:
        self.states[name] = state.decode(payload)


def _say_online(world: World) -> None:
    for kid in world.street.bins:
        world.street.client.publish(world.city.topic(topic.STATE, kid), state.encode(State(True)), qos=1, retain=True)


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_one_alarm_for_a_gateway_that_is_down(kind: type[Broker], tmp_path: Path) -> None:
    """Its retained state says so, by will and on a clean exit, to those who look later too; devices' states stay."""
    with kind(tmp_path) as broker, World(tmp_path / "gateway", broker, devices=DEVICES) as world:
        world.start()
        _say_online(world)
        for end in (world.gateway.kill, world.gateway.stop):
            before = len(world.kept.states)
            assert world.kept.states[-1].online
            end()
            world.until(lambda before=before: len(world.kept.states) > before, "offline")  # type: ignore[misc]
            assert not any(state.online for state in world.kept.states[before:])  # each of its two links may say it
            with Look(broker) as look:
                world.until(lambda look=look: len(look.states) == DEVICES + 1, "retained states")  # type: ignore[misc]
                offline = [name for name, found in look.states.items() if not found.online]
            assert offline == [world.city.topic(topic.STATE)], "one, and not one for each device"
            world.gateway.start()
            world.until(lambda: world.kept.states[-1].online, "online")
        world.audit()
