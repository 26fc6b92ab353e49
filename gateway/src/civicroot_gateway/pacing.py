"""When a group of messages is committed: soon for who waits, rarely for the card, at once when the broker waits too."""

from collections.abc import Callable

GROUP_SIZE = 512  # messages and records in one commit: fsync costs them 10 µs each
LONGEST = 0.2  # seconds a device waits for its acknowledgement while many others come
QUIET = 0.01  # seconds without a message that end a small group: nobody else comes
# A broker lets only so many messages be unacknowledged (Mosquitto by default 20, NATS 100) and then waits for us. A
# group that may be such a window ends after a shorter silence: what the loop needs to turn a few times.
WINDOW = 16
STALLED = 0.002
# Commits that small groups may make: each costs a flash page however little is in it. Ten at once, so that a lone
# device or a burst is answered at once; then so many a second, at which 50 records/s are groups of ten.
COMMITS_AT_ONCE = 10.0
COMMITS_PER_SECOND = 5.0


class Pacing:
    """Pure; `monotonic()` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: float | None = None
        self._last = 0.0
        self._count = 0
        self._credit = COMMITS_AT_ONCE
        self._credit_at = monotonic()

    def took_in(self, messages: int) -> None:
        """Messages were added to the group."""
        self._last = self._monotonic()
        self._count += messages
        if self._since is None:
            self._since = self._last

    def committed(self) -> None:
        """The group ended."""
        now = self._monotonic()
        small = self._since is not None and self._count < WINDOW
        self._credit = min(self._credit + (now - self._credit_at) * COMMITS_PER_SECOND, COMMITS_AT_ONCE) - small
        self._credit_at = now
        self._since, self._count = None, 0

    def due_in(self) -> float:
        """Seconds until the group is to be committed; inf without one."""
        if self._since is None:
            return float("inf")
        now = self._monotonic()
        end = self._last + (QUIET if self._count < WINDOW else STALLED)
        if self._count < WINDOW:
            missing = max(1.0 - self._credit, 0.0) / COMMITS_PER_SECOND
            end = max(end, self._credit_at + missing)
        return max(min(end, self._since + LONGEST) - now, 0.0)
