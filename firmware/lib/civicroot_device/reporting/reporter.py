"""The device's reporting core: sample → sign → outbox → publish → delete when the gateway says that it is durable.

No I/O but the outbox's, no clock, no tasks. Events come in (`on_sample`, `report`, `on_acknowledgement`, `on_link`),
with the monotonic time in milliseconds; `poll` gives the message to publish, `wait_ms` says when to poll again. Records
leave in the order of their numbers, deposits too: a claim is good for longer than a message takes, and the gateway
batches deposits first.
"""

from civicroot_wire import acknowledgement
from civicroot_wire.errors import WireError
from civicroot_wire.record import MAX_FRAME_BYTES
from civicroot_wire.sequence import MAX_THINNED, Sequence

from civicroot_device.errors import OutboxFull
from civicroot_device.reporting import report
from civicroot_device.storage import ranges
from civicroot_device.storage.fill_rate import FillRate
from civicroot_device.storage.segment import CHANGE, HEARTBEAT
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence as Items

    from civicroot_wire.senml import Measurement

    from civicroot_device.clock import Clock
    from civicroot_device.reporting.delivery import Delivery
    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.sampling import ReportRule, Sample
    from civicroot_device.reporting.tuning import Tuning
    from civicroot_device.storage.counter import Counter
    from civicroot_device.storage.identity import Identity
    from civicroot_device.storage.outbox import Outbox
    from civicroot_device.storage.refusals import Refusals


class Counts:
    """Events since the start: acknowledgements that were `malformed`, reports not made for lack of room."""

    def __init__(self) -> None:
        self.records = 0
        self.acknowledged = 0
        self.refused = 0
        self.malformed = 0
        self.unreported = 0


class Reporter:
    """See the module. Methods raise StorageFailed, OSError and KeyExhausted; the process then has to end.

    identity   kid and sign (identity.py);     realm     the city's name
    counter    counter.py;  outbox  outbox.py;  refusals  refusals.py
    kind       quantities (kinds.py);          rule      ReportRule (sampling.py)
    promise_s  seconds in which the next report comes at the latest (SenML `ut`)
    clock      clock.py;  delivery  delivery.py
    start      measurements that the first record tells: why and how often the device started
    """

    def __init__(
        self,
        *,
        identity: "Identity",
        realm: str,
        counter: "Counter",
        outbox: "Outbox",
        refusals: "Refusals",
        kind: "Kind",
        rule: "ReportRule",
        promise_s: int,
        clock: "Clock",
        delivery: "Delivery",
        start: "Items[Measurement]" = (),
    ) -> None:
        self._identity = identity
        self._realm = realm
        self._counter = counter
        self._outbox = outbox
        self._refusals = refusals
        self._kind = kind
        self._rule = rule
        self._promise_s = promise_s
        self._clock = clock
        self._delivery = delivery
        self._start = list(start)
        self._rate = FillRate()
        self.beacon: "bytes | None" = None
        self.delivered = -1  # the highest number of this start's acknowledgements: proves that such a record arrives
        self.counts = Counts()

    def tune(self, tuning: "Tuning", kind: "Kind") -> None:
        """Go on with other intervals, and with `kind`: the tuning's quantities that this device has."""
        self._kind = kind
        self._rule.tune(kind, tuning.interval_ms)
        self._promise_s = tuning.promise_s

    def on_sample(self, sample: "Sample", now_ms: int) -> int:
        """Report the sample if the rule says so; how many records it became."""
        return len(self.report([], HEARTBEAT, now_ms, sample))

    def tell_start(self, now_ms: int) -> None:
        """A record of its own for why the device started, if no record told it: nothing else was worth one."""
        start, self._start = self._start, []
        if start and not self.report(start, CHANGE, now_ms):
            self._start = start

    def report(
        self, measurements: "list[Measurement]", priority: int, now_ms: int, sample: "Sample | None" = None
    ) -> "list[int]":
        """Make records of measurements, and of what is worth telling of `sample` with them; their numbers.

        The given measurements come first, so that they are in the first record unless they are many. What must not be
        lost is a CHANGE; an ALARM, as deposits are, may take the outbox's last bytes. Fewer records than were needed,
        perhaps none, if there is no room; the sample is then tried again with the next.
        """
        due = None if sample is None else self._rule.due(sample, now_ms)
        items = list(measurements)
        if items or due is not None:
            items += self._start
        if self._start:
            priority = max(priority, CHANGE)
        if due is not None:
            priority = max(priority, due.priority)
            items += report.measurements(self._kind, due)
        made: "list[int]" = []
        try:
            while items:
                seq, count = self._make(items, priority, now_ms)
                made.append(seq)
                items = items[count:]
        except OutboxFull:
            self.counts.unreported += 1
            return made
        if made:
            self._start = []
        if due is not None:
            self._rule.reported(due, now_ms)
        return made

    def on_link(self, up: bool, now_ms: int) -> None:
        """The connection to the broker came up, or was lost."""
        self._delivery.link(up, now_ms)

    def on_acknowledgement(self, data: bytes, now_ms: int) -> None:
        """Take in the gateway's message. A malformed one is counted and changes nothing.

        1. Refused records are set aside, durably, before they leave the outbox.
        2. What is durable at the gateway leaves the outbox. Numbers not used yet are nothing that it could have.
        3. Beacon and time are taken.
        """
        try:
            ack = acknowledgement.decode(data)
        except WireError:
            self.counts.malformed += 1
            return
        before = self._outbox.waiting
        self._set_aside(ack.refused)
        if ack.durable is not None:
            first, last = ack.durable
            gone = ranges.without(first, min(last, self._outbox.highest), ack.holes)
            if gone and self._outbox.holds(gone[-1][1]):  # one that was refused is gone by now
                self.delivered = max(self.delivered, gone[-1][1])
            self.counts.acknowledged += self._outbox.delete(gone)
        self._delivery.heard(self._outbox.waiting < before, now_ms)
        if ack.beacon is not None:
            self.beacon = ack.beacon
        if ack.time is not None:
            self._clock.tell(ack.time, now_ms)

    def poll(self, now_ms: int) -> "bytes | None":
        """The message to publish now, if one is due."""
        return self._delivery.poll(now_ms)

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until the next poll; None until the next event."""
        return self._delivery.wait_ms(now_ms)

    def hours_left(self, now_ms: int) -> "float | None":
        """Hours that the outbox lasts at the present rate without a gateway; None before there is a rate."""
        return self._rate.hours(max(0, self._outbox.limit - self._outbox.size), now_ms)

    def online(self, configuration: "int | None" = None, refused: "str | None" = None) -> bytes:
        """The device's state message while it is connected (SPEC.md §8).

        configuration, refused   version of the operator's that it follows, and why not a newer one (places.py)
        """
        from civicroot_wire import state  # noqa: PLC0415 (not in a tag's wakes)

        said = state.State(True, VERSION, self._outbox.waiting, configuration=configuration, refused=refused)
        return state.encode(said)

    @staticmethod
    def will() -> bytes:
        """The state message of a device that falls silent or says goodbye."""
        from civicroot_wire import state  # noqa: PLC0415 (not in a tag's wakes)

        return state.encode(state.State(False))

    def _make(self, items: "list[Measurement]", priority: int, now_ms: int) -> "tuple[int, int]":
        """Make a record of as many items as fit, durable when this returns; its number, and how many they were."""
        self._outbox.make_room(MAX_FRAME_BYTES, priority)
        seq, skip = self._counter.peek()
        now = self._clock.now(now_ms)
        sequence = Sequence(seq, skip, self.beacon, self._to_declare(priority))
        frame = report.fit(self._identity.kid, self._realm, items, now, self._promise_s, sequence)
        signed = frame.signed(self._identity.sign)
        declared = len(frame.sequence.thinned)
        if skip or declared:
            priority = max(priority, CHANGE)  # accounts for other numbers: not to be dropped
        self._outbox.append(seq, signed, priority, declared, now or 0)
        self._counter.used(seq)
        self._rate.add(len(signed), now_ms)
        self.counts.records += 1
        return seq, frame.count

    def _to_declare(self, priority: int) -> "list[tuple[int, int]]":
        """Dropped ranges to declare now. During an outage they gather, so that neighbours become one range.

        Then a heartbeat declares only what no other record came for: it can never be dropped itself any more.
        """
        pending = self._outbox.pending
        many = MAX_THINNED if priority > HEARTBEAT else 2 * MAX_THINNED
        return pending[:MAX_THINNED] if self._delivery.up or len(pending) >= many else []

    def _set_aside(self, refused: "list[tuple[int, str]]") -> None:
        for seq, reason in refused:
            data = self._outbox.get(seq)
            if data is not None:
                self._refusals.add(seq, reason, data)
                self._outbox.delete([(seq, seq)])
                self.counts.refused += 1
