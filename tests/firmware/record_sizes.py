"""Bytes of the records that each kind of device makes: with units, beacon, base time and the promise of the next."""

import sys
from collections.abc import Iterator
from itertools import product

from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from civicroot_wire.sequence import MAX_SKIP, MAX_THINNED, Sequence

from tests.support.micropython import ROOT

sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device.reporting import report
from civicroot_device.reporting.kinds import KINDS, Quantity
from civicroot_device.reporting.sampling import Due, ReportRule, Sample
from civicroot_device.storage.segment import CHANGE, HEARTBEAT

SEQ = 70_000  # a device that has reported every ten minutes for over a year; a number of four bytes
NOW = 1_790_000_000
PROMISE_S = 3672
REALM = "bench.example"
INTERVAL_MS = 3_600_000
BEACON = b"\xbe" * 8
LAST_SEQ, LAST_TIME = (1 << 32) - 1, (1 << 32) - 1
LONGEST_PROMISE_S = 2 * 86_400  # the longest interval and a sample as rare
STEPS = (23, 24, 255, 256, 65_535, 65_536)  # where a CBOR integer takes another byte


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


def heartbeats(kind: str) -> Iterator[int]:
    """Bytes of a kind's heartbeat with the highest number, at each mixture of its values, `skip` and promise."""
    beating = [item for item in KINDS[kind] if isinstance(item, Quantity) and item.beat]
    for values in product(*(_extremes(item) for item in beating)):
        told = {item.name: value for item, value in zip(beating, values, strict=True)}
        items = report.measurements(KINDS[kind], Due(Sample(told, {}), HEARTBEAT, list(told), None, False))
        for skip, promise_s in product((0, 23, MAX_SKIP), (60, LONGEST_PROMISE_S)):
            frame = report.fit(bytes(8), REALM, items, LAST_TIME, promise_s, Sequence(LAST_SEQ, skip, BEACON))
            assert frame.count == len(items) == 3
            yield frame.size


def widest(kind: str, names: list[str], ranges: int = 0) -> list[int]:
    """Bytes of each record of a report of these quantities at their widest, with so many pending thinned ranges."""
    values = {
        item.name: max(item.low, item.high, key=abs) if isinstance(item, Quantity) else True for item in KINDS[kind]
    }
    items = report.measurements(KINDS[kind], Due(Sample(values, {}), CHANGE, names, None, False))
    pending = [(LAST_SEQ - 100_000 * n - 60_000, LAST_SEQ - 100_000 * n - 10) for n in range(ranges, 0, -1)]
    found = []
    while items:
        sequence = Sequence(LAST_SEQ, MAX_SKIP, BEACON, pending[:MAX_THINNED])
        frame = report.fit(bytes(8), REALM, items, LAST_TIME, LONGEST_PROMISE_S, sequence)
        found.append(frame.size)
        items, pending = items[frame.count :], pending[len(frame.sequence.thinned) :]
    return found


def _extremes(item: Quantity) -> list[int]:
    around = [sign * step for step in STEPS for sign in (1, -1)]
    return sorted({item.low, item.high, *(value for value in around if item.low <= value <= item.high)})


def _frames(items: list[Measurement]) -> list[int]:
    found = []
    while items:
        frame = report.fit(bytes(8), REALM, items, NOW, PROMISE_S, Sequence(SEQ, 0, BEACON))
        found.append(frame.size)
        items = items[frame.count :]
    return found
