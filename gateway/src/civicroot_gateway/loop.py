"""The one loop that waits for everything: links, radio bridges, and whatever else has a file descriptor or a time."""

import select
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol


class Source(Protocol):
    """Something that the loop serves. Nobody else touches it while the loop runs."""

    def service(self) -> None:
        """Do what is due by time; called in every turn, cheap when nothing is."""

    def wait(self) -> float:
        """Seconds until `service` must be called though no event came."""

    def wants(self) -> list[tuple[int, int]]:
        """(file descriptor, poll mask) of all that is to be waited for."""

    def serve(self, descriptor: int, events: int) -> None:
        """What poll said of one of them."""


class Periodic:
    """A Source that calls `action()` every `interval` seconds."""

    def __init__(self, interval: float, action: Callable[[], None], monotonic: Callable[[], float]) -> None:
        self._interval = interval
        self._action = action
        self._monotonic = monotonic
        self._due = monotonic() + interval

    def service(self) -> None:
        """Call it, if it is time."""
        now = self._monotonic()
        if now >= self._due:
            self._due = now + self._interval  # after a long turn not twice at once
            self._action()

    def wait(self) -> float:
        """Until it is time."""
        return max(self._due - self._monotonic(), 0.0)

    def wants(self) -> list[tuple[int, int]]:
        """Nothing."""
        return []

    def serve(self, _descriptor: int, _events: int) -> None:
        """Never called."""


class Waker:
    """Ends the loop's wait, from other threads and from signal handlers. A Source."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)

    def wake(self) -> None:
        """Let the loop turn now."""
        try:
            self._write.send(b"\0")
        except BlockingIOError:
            return  # it is full of wake-ups already

    def close(self) -> None:
        """Nobody waits any more."""
        self._read.close()
        self._write.close()

    def on(self, *numbers: signal.Signals, action: Callable[[], None]) -> None:
        """Call `action` when one of the signals comes, and wake."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            action()
            self.wake()

        for number in numbers:
            signal.signal(number, handle)

    def service(self) -> None:
        """Nothing is due."""

    def wait(self) -> float:
        """For ever."""
        return float("inf")

    def wants(self) -> list[tuple[int, int]]:
        """The reading end."""
        return [(self._read.fileno(), select.POLLIN)]

    def serve(self, _descriptor: int, _events: int) -> None:
        """Empty it."""
        self._read.recv(4096)


def turn(sources: Sequence[Source], longest: float) -> None:
    """Service all, wait for events until something is due, at most `longest` seconds, and serve what came."""
    for source in sources:
        source.service()
    poll = select.poll()
    owners: dict[int, Source] = {}
    for source in sources:
        for descriptor, mask in source.wants():
            poll.register(descriptor, mask)
            owners[descriptor] = source
    seconds = min(longest, *(source.wait() for source in sources))
    for descriptor, events in poll.poll(max(seconds, 0.0) * 1000):
        owners[descriptor].serve(descriptor, events)
