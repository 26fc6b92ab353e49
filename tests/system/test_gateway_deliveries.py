"""Deliveries that are repeated, out of order, cut, spliced or garbled, in both directions."""

import random
import threading
from pathlib import Path

import pytest

from tests.support.brokers import Broker, MosquittoBroker, NatsBroker
from tests.system.gateway_faults.world import SOAK, World, seed

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if SOAK else 300)]

RECORDS = 2000 if SOAK else 60  # of each of three devices
BROKERS = [NatsBroker, MosquittoBroker]


class Spoiler:
    """What a bad network does to messages, from one seed; used by two threads."""

    def __init__(self, start: int) -> None:
        self._chance = random.Random(start)
        self._lock = threading.Lock()
        self._old: list[bytes] = []
        self.spoiled = 0

    def up(self, _kid: bytes, messages: list[bytes]) -> list[bytes]:
        """Device messages: each goes through in the end, because it is sent again until it is acknowledged."""
        with self._lock:
            found = [part for message in messages for part in self._spoil(message)]
            self._chance.shuffle(found)
            return found

    def verdict(self, message: bytes) -> list[bytes]:
        """A verdict once, twice, late and again, or garbled before it comes whole."""
        with self._lock:
            self._old.append(message)
            found = [*self._spoil(message), message, self._chance.choice(self._old)]
            self._chance.shuffle(found)
            return found

    def _spoil(self, message: bytes) -> list[bytes]:
        chance = self._chance
        kind = chance.randrange(7)
        self.spoiled += kind > 0
        cut = chance.randrange(len(message))
        if kind == 1:
            return [message] * chance.randrange(2, 4)
        if kind == 2:
            return [message[:cut]]
        if kind == 3:
            return [message[cut:], message]
        if kind == 4:
            return [message[:cut] + bytes([message[cut] ^ 1 << chance.randrange(8)]) + message[cut + 1 :]]
        if kind == 5:
            return [message + message[:cut]]
        return [message] if kind == 6 or chance.random() < 0.8 else []


@pytest.mark.parametrize("start", [seed()], ids=lambda number: f"seed-{number}")
@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_spoiled_deliveries_harm_no_record(kind: type[Broker], start: int, tmp_path: Path) -> None:
    spoiler = Spoiler(start)
    with kind(tmp_path) as broker, World(tmp_path / "gateway", broker, max_records=10) as world:
        world.start()
        world.street.mangle, world.backend.mangle = spoiler.up, spoiler.verdict
        world.street.report(RECORDS)
        world.settle()
        world.audit()
        status = world.gateway.status()
    assert spoiler.spoiled > RECORDS // 4
    assert status["counters"]["record.duplicate"] > 0
    assert status["refusals"]["record"], "what was cut or garbled is counted"
    assert "equivocation" not in status["refusals"]["record"]


def test_in_order_from_a_device_that_waits_for_each_acknowledgement(tmp_path: Path) -> None:
    """Order is promised to whoever sends the next only when the last is durable, also over kills."""
    with (
        MosquittoBroker(tmp_path) as broker,
        World(tmp_path / "gateway", broker, chunk=2, window=1, max_records=10) as world,
    ):
        world.start()
        for _ in range(3):
            world.street.report(10)
            wanted = world.street.heard + 5
            world.until(lambda wanted=wanted: world.street.heard >= wanted, "progress")  # type: ignore[misc]
            world.gateway.kill()
            world.gateway.start()
        world.audit(ordered=True)
