"""Tags as they hang in trees: real processes that sleep by ending, bad air, a real bridge, gateway and broker."""

import os
from collections import Counter
from pathlib import Path

import pytest
from civicroot_wire import record

from tests.gateway.bridging import Air, BridgeProcess, Cable
from tests.gateway.city import City
from tests.gateway.live import GatewayProcess, LiveBackend, eventually
from tests.gateway.test_bridge_live import with_bridge
from tests.support.brokers import NatsBroker
from tests.system.tags import TagProcess

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
pytestmark = [pytest.mark.system, pytest.mark.timeout(1800 if SOAK else 120)]

SEED = 11
RECORDS = 100 if SOAK else 10  # of each tag
KILLS = 0.3


def accounted(records: list[bytes]) -> set[int]:
    """Numbers of the records, and those that they say were never used."""
    sequences = [record.decode(data).sequence for data in records]
    numbers = {sequence.seq for sequence in sequences}
    skipped = {seq for sequence in sequences for seq in range(sequence.seq - sequence.skip, sequence.seq)}
    assert not numbers & skipped
    return numbers | skipped


def test_records_of_sleeping_and_dying_tags_are_committed_once_and_acknowledged_by_radio(tmp_path: Path) -> None:
    city = City()
    devices = [city.device() for _ in range(2)]
    with (
        NatsBroker(tmp_path) as broker,
        LiveBackend(city, broker) as backend,
        Cable(tmp_path, SEED) as cable,
        Air(SEED, loss=0.2, twice=0.1, late=0.1) as air,
    ):
        with with_bridge(GatewayProcess(city, tmp_path, broker), cable.port) as gateway, BridgeProcess(cable, air):
            eventually(lambda: gateway.is_ready(city), "the gateway knows its devices")
            calm, dying = (
                TagProcess(city, air, device, tmp_path / f"tag{number}", number, kills=kills, limit=RECORDS)
                for number, (device, kills) in enumerate(zip(devices, (0.0, KILLS), strict=True), 1)
            )
            with calm, dying:
                for goal in range(10, 2 * RECORDS + 1, 10):
                    eventually(
                        lambda goal=goal: calm.failure or dying.failure or len(backend.committed) >= goal, "delivery"
                    )
                for tag in (calm, dying):
                    eventually(lambda tag=tag: tag.failure or " 0 waiting" in tag.lines()[-1], "deletion")
                    tag.stop()
                    assert tag.failure is None
            assert max(Counter(backend.committed).values()) == 1
            committed = {device.kid: _of(backend.committed, device.kid) for device in devices}
            for tag in (calm, dying):
                records = committed[tag.device.kid]
                assert tag.info()["made"] == len(records) == RECORDS
                assert accounted(records) == set(range(max(accounted(records)) + 1))
            assert gateway.stop() == 0
        assert dying.killed > 0
        packs = [record.decode(data) for data in committed[calm.device.kid]]
        assert packs[0].pack.base_time is None and packs[-1].pack.base_time is not None
        assert packs[0].sequence.beacon is None and packs[-1].sequence.beacon is not None


def _of(committed: list[bytes], kid: bytes) -> list[bytes]:
    found = {record.decode(data).seq: data for data in committed if record.decode(data).kid == kid}
    return [found[seq] for seq in sorted(found)]
