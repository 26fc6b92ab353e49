"""Where the page's threads ask for a snapshot and the loop leaves one. Only this is touched by more than one thread."""

import threading
from collections.abc import Callable

from .snapshot import Snapshot

ANSWER_SECONDS = 5.0  # the loop turns in milliseconds; a commit on a bad SD card may take seconds


class Exchange:
    """Snapshots on demand: nothing is made while nobody asks, and one serves all who ask at the same time."""

    def __init__(self, wake: Callable[[], None], monotonic: Callable[[], float]) -> None:
        self.wanted = False
        self._wake = wake
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._newest: Snapshot | None = None
        self._made = float("-inf")
        self._closed = False

    def ask(self, max_age: float = 0.0) -> Snapshot | None:
        """A snapshot at most `max_age` seconds old; None if the loop makes none in time. Never called by the loop."""
        with self._changed:
            since = self._monotonic() - max_age
            if self._made <= since:
                self.wanted = True
                self._wake()
                self._changed.wait_for(lambda: self._made > since or self._closed, ANSWER_SECONDS)
            return self._newest if self._made > since else None

    def put(self, made: Snapshot) -> None:
        """The loop's answer."""
        with self._changed:
            self.wanted = False
            self._newest = made
            self._made = self._monotonic()
            self._changed.notify_all()

    def close(self) -> None:
        """No more answers: whoever waits gets None at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
