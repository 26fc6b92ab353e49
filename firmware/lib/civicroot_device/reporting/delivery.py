"""What to send to the gateway, and when: no I/O, no clock of its own; the outbox says what waits.

One message is in flight at a time: as many of the oldest records as fit. It is done when the gateway's
acknowledgement has emptied it. Without one in time it is sent again, later each time; if the connection is lost first,
with the next. Three times in vain, and its records become suspects: something in it may be what the gateway (or the
broker) cannot take. Suspects are sent singly, between messages of the others, so that a bad record holds up nothing
but itself. Nothing here deletes.
"""

from civicroot_wire.record import MAX_RECORD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.storage.outbox import Outbox

MAX_RECORDS = 32  # SPEC.md §8
MAX_MESSAGE_BYTES = 8192
DEADLINE_MS = 5_000  # a gateway acknowledges within a second of its commit; this is a slow link's patience
LONGEST_MS = 300_000  # an outage of hours costs little; its end is noticed within five minutes
MISSES = 3  # deliveries in vain before a message is taken apart
MAX_SUSPECTS = 64  # two messages; an outage, which proves nothing against a record, adds no more
LONGEST_SUSPECT_MS = 3_600_000


class Delivery:
    """See the module. `random` gives a float in [0, 1); `deadline_ms` is the first deadline."""

    def __init__(self, outbox: "Outbox", random: "Callable[[], float]", deadline_ms: int = DEADLINE_MS) -> None:
        self._outbox = outbox
        self._random = random
        self._deadline_ms = deadline_ms
        self.up = False
        self.sent = 0  # messages
        self.resent = 0  # messages sent in vain
        self.suspects: "list[int]" = []
        self._flight: "list[int]" = []  # numbers in flight
        self._single = False  # whether they are one suspect
        self._sent_at = 0
        self._due_at = 0
        self._vain = 0  # deadlines since the last progress: the back-off
        self._misses = 0  # of the oldest message
        self._suspect_at = 0  # not before
        self._suspect_vain = 0

    def link(self, up: bool, now_ms: int) -> None:
        """The connection to the broker came up or was lost: what was in flight is sent again.

        A loss counts against the message in flight: a broker that cannot take it may answer by cutting it off.
        """
        self.up = up
        if self._flight:
            self._missed(now_ms)
        self._vain = 0
        self._suspect_at = now_ms

    def heard(self, progress: bool, now_ms: int) -> None:
        """The gateway said something; `progress` if records left the outbox by it."""
        if not progress:
            # It is alive: an outage's long deadline is not waited for, but what is being answered is not repeated.
            self._vain = 0
            self._due_at = min(self._due_at, self._sent_at + self._deadline_ms)
            self._suspect_at = min(self._suspect_at, now_ms)
            return
        before = len(self._flight)
        self._flight = [seq for seq in self._flight if self._outbox.holds(seq)]
        if len(self._flight) < before and not self._single:
            self._misses = 0
        suspects = [seq for seq in self.suspects if self._outbox.holds(seq)]
        if len(suspects) < len(self.suspects):
            self.suspects = suspects
            self._suspect_vain = 0
            self._suspect_at = now_ms
        self._vain = 0

    def poll(self, now_ms: int) -> "bytes | None":
        """The message to publish now, a CBOR sequence of records; None if nothing is due."""
        if not self.up:
            return None
        if self._flight:
            if now_ms < self._due_at:
                return None
            self._missed(now_ms)
        self.suspects = [seq for seq in self.suspects if self._outbox.holds(seq)]
        after_single = self._single
        message = b"" if after_single else self._next_suspect(now_ms)
        message = message or self._next_batch() or self._next_suspect(now_ms)
        if not message:
            return None
        self.sent += 1
        self._sent_at = now_ms
        self._due_at = now_ms + self._backoff(self._deadline_ms, self._vain, LONGEST_MS)
        return message

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until `poll` has something to do if no event comes first; None: only an event helps."""
        if not self.up:
            return None
        if self._flight:
            return max(0, self._due_at - now_ms)
        if self._outbox.waiting > len(self.suspects):
            return 0
        return max(0, self._suspect_at - now_ms) if self.suspects else None

    def _missed(self, now_ms: int) -> None:
        """What is in flight was sent in vain: its deadline has passed, or the connection was lost with it."""
        self.resent += 1
        self._vain += 1
        flight, self._flight = self._flight, []
        if self._single:
            self._suspect_vain += 1
            self._suspect_at = now_ms + self._backoff(self._deadline_ms, self._suspect_vain, LONGEST_SUSPECT_MS)
            return
        self._misses += 1
        if self._misses >= MISSES and len(self.suspects) + len(flight) <= MAX_SUSPECTS:
            self._misses = 0
            self.suspects = self.suspects + flight
            self._suspect_at = now_ms

    def _next_suspect(self, now_ms: int) -> bytes:
        """The suspect that has waited longest, alone."""
        if not self.suspects or now_ms < self._suspect_at:
            return b""
        seq = self.suspects.pop(0)
        self.suspects.append(seq)
        self._flight = [seq]
        self._single = True
        return self._outbox.get(seq) or b""  # never empty: `poll` left only suspects that the outbox holds

    def _next_batch(self) -> bytes:
        self._single = False
        message = bytearray()
        for seq, record in self._outbox.read():
            if seq not in self.suspects:
                self._flight.append(seq)
                message.extend(record)
                if len(self._flight) == MAX_RECORDS or len(message) > MAX_MESSAGE_BYTES - MAX_RECORD_BYTES:
                    break
        return bytes(message)

    def _backoff(self, base: int, attempt: int, longest: int) -> int:
        """Doubling, capped; a random quarter more, so that devices do not answer an outage's end all at once."""
        delay = min(longest, base << min(attempt, 16))
        return delay + int(self._random() * (delay // 4))
