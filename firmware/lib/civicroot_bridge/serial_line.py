"""The serial line on standard input and output: USB on a board, a terminal or pipe on the Unix port."""

import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_AT_ONCE = 512  # bytes in one turn, so that the radios are looked at as well


class LineClosed(Exception):
    """Nobody is at the other end any more (only on the Unix port)."""


class SerialLine:
    """Reads what is there and never waits for more. `watch` adds what else ends a wait, like a socket."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._own = select.poll()
        for poll in (self._poll, self._own):
            poll.register(sys.stdin, select.POLLIN)

    def watch(self, source: "Any") -> None:
        """Let wait() end also when `source` has something to read."""
        self._poll.register(source, select.POLLIN)

    def wait(self, ms: int) -> None:
        """Until something is there to read, or `ms` have passed."""
        self._poll.poll(ms)

    def read(self) -> bytes:
        """What has come. Raises LineClosed."""
        found = bytearray()
        while len(found) < MAX_AT_ONCE and self._own.poll(0):
            byte = sys.stdin.buffer.read(1)  # one at a time: MicroPython's read(n) waits for all n
            if not byte:
                raise LineClosed
            found.extend(byte)
        return bytes(found)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        sys.stdout.buffer.write(data)
