"""A gate that lets one thread work in groups: it opens when enough waits, or a moment after the first came."""

import time
from threading import Condition


class GroupGate:
    """Opens at `limit` items, `window` seconds after the first, and at the latest after the `idle` given to wait."""

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._changed = Condition()
        self._waiting = 0
        self._closed = False

    def add(self, number: int) -> None:
        """So many items more are waiting."""
        with self._changed:
            self._waiting += number
            self._changed.notify()

    def close(self) -> None:
        """Stay open from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def wait(self, idle: float) -> None:
        """Return when there is a group to work on, or to look whether there is."""
        with self._changed:
            until = time.monotonic() + (self._window if self._waiting else idle)
            while not self._closed and self._waiting < self._limit:
                rest = until - time.monotonic()
                if rest <= 0:
                    break
                had = self._waiting
                self._changed.wait(rest)
                if had == 0 and self._waiting:
                    until = min(until, time.monotonic() + self._window)
            self._waiting = 0
