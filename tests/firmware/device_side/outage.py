"""A bin in a busy street whose gateway is gone: a report every five minutes, 50 deposits a day, with the real reporter.

Records are as long as they get: a number and times of a device that has lived for years, and a beacon. Runs on CPython
and on MicroPython.
"""

from civicroot_device.reporting.sampling import ReportRule
from civicroot_device.storage.segment import ALARM, HEARTBEAT
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement
from reporter_world import NOW, ReporterWorld

EVERY_MS = 300_000
A_DAY = 288
DEPOSITS = 50
FIRST = 70_000  # numbers over 65,535 take two bytes more
PROMISE_S = 361
COMMITMENT = bytes(range(32))  # to the colours of a lamp (SPEC.md §3.1)


class Outage(ReporterWorld):
    """`live` lets days pass; `deposits` and `heartbeats` are numbers of records, `refused` counts reports not made."""

    def __init__(self, limit) -> None:
        super().__init__("bin", limit)
        self.key.reserve(FIRST)
        self.boot()
        self.rule = self.reporter._rule = ReportRule(self.kind, EVERY_MS)
        self.reporter._promise_s = PROMISE_S
        self.greet(NOW)
        self.heartbeats = []
        self.deposits = []
        self.refused = 0
        self.slot = 0

    def live(self, days) -> None:
        for _ in range(days * A_DAY):
            self.ms += EVERY_MS
            self.slot += 1
            if self.slot * DEPOSITS // A_DAY > (self.slot - 1) * DEPOSITS // A_DAY:
                self._deposit()
                self.ms += 1000
            self._beat()

    def _values(self):
        return {"fill": 40 + self.slot // 100 % 2, "temp": 215, "lid": False, "weight": 1234, "tilt": 3, "battery": 87}

    def _beat(self) -> None:
        made = self.reporter.report([], HEARTBEAT, self.ms, self.sampled((), self._values()))
        self.heartbeats += made
        self.refused += not made

    def _deposit(self) -> None:
        """The deposit, its code's commitment, and what a bin tells with it (the rule finds fill and weight changed)."""
        told = [Measurement("deposit", DecimalFraction(-2, 153), "kg"), Measurement("led", COMMITMENT)]
        told.append(Measurement("fill", DecimalFraction(-2, 43), "/"))
        told.append(Measurement("weight", DecimalFraction(-2, 1387), "kg"))
        made = self.reporter.report(told, ALARM, self.ms)
        self.deposits += made
        self.refused += not made

    def records(self):
        """{number: bytes} of all in the outbox."""
        return dict(self.outbox.read())
