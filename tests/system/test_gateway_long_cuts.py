"""An uplink that is gone for up to six hours, in simulated time: engine, spool and schedule under moved clocks."""

import random
from pathlib import Path

import pytest
from civicroot_gateway.config import BatchLimits
from civicroot_gateway.uplink.delivery import FIRST_PAUSE, LONGEST_PAUSE, Delivery
from civicroot_wire import topic

from tests.gateway.city import NOW, REALM, City, Device
from tests.gateway.rig import Rig
from tests.system.gateway_faults.outside import Evidence, audit
from tests.system.gateway_faults.world import seed

pytestmark = pytest.mark.system

CUTS = [0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 6 * 3600.0]  # seconds
INTERVAL = 60.0  # seconds between two records
STEP = 1.0  # seconds between two looks while the line is up
LOSS = 0.5  # of what is under way when the line goes


class Simulated:
    """A gateway, a device, and a backend behind a line that is up, lossy or down."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.city = City()
        self.device: Device = self.city.device()
        self.rig = Rig(self.city, folder, BatchLimits(max_records=64, max_bytes=1 << 16, max_age=10))
        self.rig.trust_all()
        self.chance = chance
        self.delivery = Delivery(chance.random)
        self.signed: dict[int, bytes] = {}
        self.received: list[bytes] = []
        self.committed: list[bytes] = []

    def report(self) -> None:
        """The device signs a record and hands it over."""
        seq = len(self.signed)
        self.signed[seq] = self.device.record(seq)
        self.rig.up(self.device, self.signed[seq])

    def pass_time(self, seconds: float, loss: float) -> None:
        """So much later, with a line that loses that share: 1.0 is a line that is down."""
        self.rig.uptime += seconds
        self.rig.now += round(seconds)
        self._flush()
        for one in self.delivery.due(self._lanes, self.rig.uptime):
            message = self.rig.engine.batch_message(one.seq)
            self.delivery.sent(one.seq, self.rig.uptime)
            if self.chance.random() >= loss:
                self.received.append(message)
                self.committed.append(message)
                if self.chance.random() >= loss:
                    self.rig.say(None, topic.ACK, self.city.commit(message))
        self._flush()

    @property
    def _lanes(self) -> list[list[int]]:
        return [[], self.rig.engine.waiting]

    def _flush(self) -> None:
        for seq in self.rig.flush().settled:
            self.delivery.forget(seq)

    def delivered_within(self, limit: float) -> float:
        """Let time pass on a good line until nothing waits; how long it took, which is at most `limit` seconds."""
        start = self.rig.uptime
        while self.rig.engine.spooled:
            self.pass_time(STEP, 0.0)
            assert self.rig.uptime - start <= limit, f"{self.rig.engine.spooled} records after {limit} s"
        return self.rig.uptime - start

    def audit(self) -> None:
        """Nothing lost, nothing twice, in order."""
        told = set(self.rig.acknowledged(self.device, range(len(self.signed))))
        assert told == set(self.signed)
        kid = self.device.kid
        gateway = self.city.gateway.public
        found = Evidence(REALM, gateway, self.received, self.committed, [], {kid: self.signed}, {kid: told})
        found.since, found.until = NOW, self.rig.now
        report = audit(found, ordered=True)
        assert report.repeats <= 2 * len(CUTS), "a storm of repetitions"


@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "unnoticed"])
@pytest.mark.parametrize("start", [seed() + number for number in range(5)], ids=lambda number: f"seed-{number}")
def test_cuts_of_up_to_six_hours(noticed: bool, start: int, tmp_path: Path) -> None:
    """A connection that comes up again sends all at once; one that never knew of the cut sends after its pause."""
    here = Simulated(tmp_path, random.Random(start))
    for cut in CUTS:
        here.report()
        here.pass_time(here.chance.uniform(10, 12), LOSS)  # a batch closes, and goes while the line does
        sent = len(here.received)
        gone = 0.0
        while gone < cut:
            part = min(INTERVAL, cut - gone)
            here.report()
            here.pass_time(part, 1.0)
            gone += part
        assert len(here.received) == sent
        if noticed:
            here.delivery.restart()
        took = here.delivered_within(2 * FIRST_PAUSE + 10 if noticed else 1.25 * LONGEST_PAUSE + 20)
        print(f"cut of {cut} s: all delivered {took:.0f} s after it")
    here.audit()
    here.rig.close()
