"""A reporter over a simulated flash and a model of a gateway; runs on CPython and on MicroPython."""

from civicroot_device.clock import Clock
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.reporting.sampling import ReportRule, Sample
from civicroot_device.sensors.sensor import NO_ANSWER
from civicroot_device.storage import identity
from civicroot_device.storage.counter import Counter
from civicroot_device.storage.outbox import Outbox
from civicroot_device.storage.refusals import Refusals
from civicroot_device.version import BUILD_TIME
from civicroot_wire import acknowledgement, record
from civicroot_wire.acknowledgement import Acknowledgement
from civicroot_wire.cbor import first_item
from quick_curve import Curve
from simulated_flash import SimulatedFlash

REALM = "test.example"
NOW = BUILD_TIME + 1_000_000
INTERVAL_MS = 60_000
BEACON = bytes(range(8))


def split(message):
    """The decoded records of an `up` message."""
    found, start = [], 0
    while start < len(message):
        end = first_item(message, start)
        found.append(record.decode(message[start:end]))
        start = end
    return found


class ReporterWorld:
    """`boot` begins a life; `received` is what the gateway has; `poison` numbers spoil every message they are in."""

    def __init__(self, kind="bin", limit=100_000, segment_bytes=4096, start=()) -> None:
        self.flash = SimulatedFlash()
        self.kind = KINDS[kind]
        self.limit = limit
        self.segment_bytes = segment_bytes
        self.start = start
        self.ms = 0
        self.received = {}
        self.made = {}
        self.poison = set()
        self.refuse = {}
        self.accounted = set()
        self.messages = []
        self.boot()

    def boot(self) -> None:
        self.key = identity.load_or_create(self.flash, Curve, lambda size: bytes([3] * size))
        self.outbox = Outbox(self.flash, self.key.reserved == 0, self.limit, self.segment_bytes)
        self.outbox.begin()
        self.refusals = Refusals(self.flash)
        self.refusals.begin()
        self.outbox.delete([(seq, seq) for seq, _, _ in self.refusals.read()])
        self.clock = Clock(self.outbox.time)
        self.delivery = Delivery(self.outbox, lambda: 0.0)
        self.reporter = Reporter(
            identity=self.key,
            realm=REALM,
            counter=Counter(self.key, self.outbox.highest, self.outbox.uncertain),
            outbox=self.outbox,
            refusals=self.refusals,
            kind=self.kind,
            rule=ReportRule(self.kind, INTERVAL_MS),
            promise_s=72,
            clock=self.clock,
            delivery=self.delivery,
            start=self.start,
        )

    def sample(self, faults=(), **values) -> int:
        """Hand in a sample; how many records it became. New records are looked at and kept in `made`."""
        before = self.outbox.highest
        count = self.reporter.on_sample(self.sampled(faults, values), self.ms)
        self.look(before)
        return count

    def report(self, measurements, priority, sample=None):
        """Hand in a report; the numbers of its records."""
        before = self.outbox.highest
        made = self.reporter.report(measurements, priority, self.ms, sample)
        self.look(before)
        return made

    @staticmethod
    def sampled(faults, values):
        """A sample; `faults` are names of silent sensors, or name -> flag."""
        return Sample(values, faults if isinstance(faults, dict) else dict.fromkeys(faults, NO_ANSWER))

    def look(self, before) -> None:
        for seq, data in self.outbox.read(before):
            self.made[seq] = data

    def decoded(self, seq):
        return record.decode(self.made[seq])

    def poll(self):
        """The numbers in the message that is published now, None if there is none."""
        message = self.reporter.poll(self.ms)
        if message is None:
            return None
        self.messages.append(message)
        return [found.seq for found in split(message)]

    def deliver(self) -> None:
        """The newest message reaches the gateway, which keeps what it can and says nothing yet."""
        found = split(self.messages[-1])
        if self.poison & {one.seq for one in found}:
            return
        for one in found:
            if self.received.get(one.seq, one.encoded) != one.encoded:
                raise AssertionError(f"two contents of {one.seq}")
            if one.seq not in self.refuse:
                self.received[one.seq] = one.encoded
            sequence = one.sequence
            self.accounted.update(range(sequence.seq - sequence.skip, sequence.seq))
            for first, last in sequence.thinned:
                self.accounted.update(range(first, last + 1))

    def acknowledge(self, time=None) -> None:
        """The gateway says what it has: up to its highest number, with holes."""
        if not self.received and not self.refuse:
            return self.greet()
        top = max(self.received) if self.received else -1
        holes = []
        for seq in range(top + 1):
            if seq in self.received or seq in self.accounted:
                continue
            if holes and holes[-1][1] == seq - 1:
                holes[-1] = (holes[-1][0], seq)
            elif len(holes) == acknowledgement.MAX_RANGES:
                top = seq - 1
                break
            else:
                holes.append((seq, seq))
        refused = sorted(self.refuse.items())
        durable = (0, top) if top >= 0 else None
        self.hear(Acknowledgement(durable, holes, BEACON, time, refused))
        return None

    def greet(self, time=None) -> None:
        self.hear(Acknowledgement(None, None, BEACON, time))

    def hear(self, ack) -> None:
        self.reporter.on_acknowledgement(acknowledgement.encode(ack), self.ms)

    def settle(self, rounds=2000) -> None:
        """A patient link and gateway, until nothing moves any more."""
        self.reporter.on_link(True, self.ms)
        for _ in range(rounds):
            if self.poll() is not None:
                self.deliver()
                if not self.poison & {one.seq for one in split(self.messages[-1])}:
                    self.acknowledge()
            wait = self.reporter.wait_ms(self.ms)
            if wait is None:
                return
            self.ms += wait
            if set(self.holding()) <= self.poison:
                return

    def holding(self):
        return [seq for seq, _ in self.outbox.read()]
