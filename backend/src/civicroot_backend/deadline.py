"""A deadline for a whole conversation with a server: time-outs of single reads do not end one that drips."""

import socket
from contextlib import suppress
from threading import Event, Timer


class Deadline:
    """While it lasts, a `line` is cut after `seconds`, in whatever the reader waits. Raises TimeoutError if it was."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self._line = line
        self._passed = Event()
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._passed.is_set():  # what looks like an end, or any error, was the cut
            raise TimeoutError("the answer takes too long")

    def _cut(self) -> None:
        self._passed.set()
        with suppress(OSError):  # it ended by itself in this moment
            self._line.shutdown(socket.SHUT_RDWR)
