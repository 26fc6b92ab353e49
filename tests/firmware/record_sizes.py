"""Bytes of the records that each kind of device makes: with units, beacon, base time and the promise of the next."""

import sys

from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.sequence import Sequence

from tests.support.micropython import ROOT

sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device.reporting import report
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.sampling import ReportRule, Sample

SEQ = 70_000  # a device that has reported every ten minutes for over a year; a number of four bytes
NOW = 1_790_000_000
PROMISE_S = 3672
REALM = "bench.example"
INTERVAL_MS = 3_600_000


def sizes(kind: str) -> dict[str, list[int]]:
    """Bytes of each record of a report, by the kind of report.

    full        the first of a day: everything
    heartbeat   an hour later, when nothing has changed
    change      one quantity has moved
    alarm       the temperature is that of a fire
    deposit     (bin) the amount, the commitment to its code, and the weight and fill that changed with it
    """
    quantities = KINDS[kind]
    rule = ReportRule(quantities, INTERVAL_MS)
    values = {quantity.name: getattr(quantity, "high", True) for quantity in quantities}
    values.update({"temp": 215, "battery": 100, "tilt": 100, "fill": 62, "knock": False})
    values = {quantity.name: values[quantity.name] for quantity in quantities}

    def told(extra: list[Measurement], **changes: int) -> list[int]:
        values.update(changes)
        due = rule.due(Sample(dict(values), {}), clock[0])
        assert due is not None
        rule.reported(due, clock[0])
        return _frames(extra + report.measurements(quantities, due))

    clock = [0]
    found = {"full": told([])}
    clock[0] += INTERVAL_MS
    found["heartbeat"] = told([])
    found["change"] = told([], temp=-105)
    found["alarm"] = told([], temp=605)
    if kind == "bin":
        deposit = [Measurement("deposit", DecimalFraction(-2, 1234), "kg"), Measurement("led", bytes(32))]
        found["deposit"] = told(deposit, weight=40_000, fill=66)
    return found


def _frames(items: list[Measurement]) -> list[int]:
    found = []
    while items:
        frame = report.fit(bytes(8), REALM, items, NOW, PROMISE_S, Sequence(SEQ, 0, b"\xbe" * 8))
        found.append(frame.size(bytes(8), REALM))
        items = items[frame.count :]
    return found
