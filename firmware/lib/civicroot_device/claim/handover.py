"""When to send which opening to the backend: one at a time, until a claim notice says that it has arrived.

With each connection, with each new opening, and when the last was answered, the next goes out at once. Without an
answer in 30 s another one is tried, so that one that cannot be delivered blocks no other; then later each time, up to
an hour, while nobody answers. Nothing here deletes.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.claim.openings import Openings

DEADLINE_MS = 30_000  # there and back through a gateway that also has records to pass on
LONGEST_MS = 3_600_000


class Handover:
    """`jitter` gives a float in [0, 1)."""

    def __init__(self, openings: "Openings", jitter: "Callable[[], float]") -> None:
        self._openings = openings
        self._jitter = jitter
        self._up = False
        self._flight: "int | None" = None
        self._last = -1  # number that was sent last
        self._sent_at = 0
        self._due_at = 0
        self._vain = 0  # sent without an answer since the last one that had it
        self.sent = 0

    def link(self, up: bool, now_ms: int) -> None:
        """The connection to the broker came up, or was lost."""
        self._up = up
        self._flight = None
        self._vain = 0
        self._due_at = now_ms

    def added(self, seq: int, now_ms: int) -> None:
        """A new opening: somebody stands before the bin and waits for it, so it is the next."""
        self._last = seq - 1
        self._vain = 0
        self._due_at = now_ms if self._flight is None else min(self._due_at, self._sent_at + DEADLINE_MS)

    def gone(self, seq: int, now_ms: int) -> None:
        """The opening of this number is kept or needed no more."""
        if seq == self._flight:
            self._flight = None
            self._vain = 0
            self._due_at = now_ms

    def poll(self, now_ms: int) -> "bytes | None":
        """The opening to publish now, None if none is due."""
        if not self._up or now_ms < self._due_at:
            return None
        if self._flight is not None:
            self._vain += 1
        found = self._openings.after(self._last)
        if found is None:
            self._flight = None
            return None
        self._flight = self._last = found[0]
        self._sent_at = now_ms
        delay = min(LONGEST_MS, DEADLINE_MS << min(self._vain, 8))
        self._due_at = now_ms + delay + int(self._jitter() * (delay // 4))
        self.sent += 1
        return found[1]

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until `poll` has something to do; None: only an event helps."""
        if not self._up or not len(self._openings):
            return None
        return max(0, self._due_at - now_ms)
