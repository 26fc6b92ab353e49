"""Cuts what comes over the serial line into lines and Improv frames. A frame is told by its header."""

from civicroot_device.provisioning import improv

# The longest request sets a certificate authority: 2 KB in DER are 2.7 KB in base64.
MAX_LINE = 4096

LINE, FRAME, LONG = "line", "frame", "long"


class Stream:
    """`feed` gives what is complete: (LINE, bytes without its end), (FRAME, bytes), (LONG, b"") for a line too long."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._dropping = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> "list[tuple[str, bytes]]":
        """Take in more bytes."""
        self._buffer.extend(data)
        found: "list[tuple[str, bytes]]" = []
        while True:
            item = self._next()
            if item is None:
                return found
            if item[1] or item[0] != LINE:  # Improv clients end a frame with a line end
                found.append(item)

    def _next(self) -> "tuple[str, bytes] | None":
        buffer = self._buffer
        if not self._dropping and len(buffer) >= len(improv.HEADER) and buffer.startswith(improv.HEADER):
            size = improv.size(buffer)
            return None if size is None or len(buffer) < size else (FRAME, self._take(size))
        end = buffer.find(b"\n")
        if end < 0:
            return self._unended()
        line = self._take(end + 1)
        if self._dropping:
            self._dropping = False
            return LINE, b""
        return (LONG, b"") if end > MAX_LINE else (LINE, line.strip())

    def _unended(self) -> "tuple[str, bytes] | None":
        if self._dropping:
            self._take(len(self._buffer))
            return None
        if len(self._buffer) <= MAX_LINE:
            return None
        self._take(len(self._buffer))
        self._dropping = True
        return LONG, b""

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        self._buffer = self._buffer[count:]
        return taken
