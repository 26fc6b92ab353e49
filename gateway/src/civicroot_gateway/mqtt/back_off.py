"""How long to wait before the next attempt to connect: exponential, with jitter."""

from collections.abc import Callable

FIRST_PAUSE = 0.5  # seconds; most cuts are shorter than the time it takes to notice them
LONGEST_PAUSE = 30.0  # seconds; a long outage costs 3,000 small packets a day, and ends half a minute late at most
# Seconds up that make a connection good. One that dies sooner is a failed attempt, whose pauses go on growing: not as
# far, because on a line that is cut every few seconds a gateway must be connected for most of the time between.
STABLE = 10.0
LONGEST_AFTER_UP = 4.0


class BackOff:
    """Pure. `jitter()` is 0 … 1: a thousand gateways whose broker restarts must not all come back at once."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._pause = FIRST_PAUSE
        self._up_since: float | None = None

    def came_up(self, now: float) -> None:
        """The connection is usable since `now`, monotonic seconds."""
        self._up_since = now

    def failed(self, now: float) -> float:
        """The attempt failed or the connection ended; returns when to try again, half to one and a half pauses on."""
        since, self._up_since = self._up_since, None
        if since is not None:
            self._pause = FIRST_PAUSE if now - since >= STABLE else min(self._pause, LONGEST_AFTER_UP)
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return now + pause * (0.5 + self._jitter())
