"""A day without an uplink, at small scale: what waited in the spool and in the devices comes, once and in order."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import MosquittoBroker, NatsBroker
from tests.system.gateway_faults.world import World

pytestmark = pytest.mark.system

DEVICES = 100
DAY = 144  # a record every ten minutes


def test_a_day_of_backlog_in_spool_and_devices(tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = stack.enter_context(MosquittoBroker(tmp_path / "street"))
        uplink = stack.enter_context(NatsBroker(tmp_path / "uplink"))
        world = stack.enter_context(
            World(tmp_path / "gateway", street, uplink, devices=DEVICES, chunk=24, window=1, max_records=512)
        )
        world.start()
        world.until(lambda: world.kept.records == DEVICES, "the first records are committed")
        uplink.kill()
        world.street.report(DAY // 2)
        world.until(lambda: not world.street.waiting, "half a day is spooled")
        assert world.kept.records == DEVICES
        world.gateway.kill()
        world.street.report(DAY // 2 - 1)  # and half a day more, which stays in the devices
        world.gateway.start()
        uplink.start()
        report = world.audit(ordered=True)
    assert len(report.positions) == DEVICES * DAY
