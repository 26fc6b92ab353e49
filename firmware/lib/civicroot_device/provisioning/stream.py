"""Cuts what comes over the serial line into lines, Improv frames and Ctrl-C. A frame is told by its header.

Every frame that a client sends has a byte 3 as its type, and may have more: those are no Ctrl-C. So the port itself
must not look for it while a device is provisioned (usb.py).
"""

from civicroot_device.provisioning import improv

# The longest request sets a certificate authority: 2 KB in DER are 2.7 KB in base64.
MAX_LINE = 4096

LINE, FRAME, LONG, INTERRUPT = "line", "frame", "long", "interrupt"
CTRL_C = b"\x03"
_FRAME = improv.HEADER + bytes([improv.VERSION])  # within a line; no text has that byte


class Stream:
    """`feed` gives what is complete.

    (LINE, bytes without its end), (FRAME, bytes), (LONG, b"") for a line too long, (INTERRUPT, b"") for Ctrl-C, of
    which there is none within a frame; a line that was begun before a frame or Ctrl-C is (LINE, bytes), too
    """

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
        if buffer.startswith(improv.HEADER):
            size = improv.size(buffer)
            return None if size is None or len(buffer) < size else (FRAME, self._take(size))
        frame, interrupt, end = buffer.find(_FRAME), buffer.find(CTRL_C), buffer.find(b"\n")
        if interrupt == 0:
            self._dropping = False
            self._take(1)
            return INTERRUPT, b""
        # A line ends with its end, or where something else begins.
        ends = [at for at in (frame, interrupt, end) if at > 0 or at == end >= 0]
        if not ends:
            return self._unended()
        at = min(ends)
        line = self._take(at + 1 if at == end else at)
        if self._dropping:
            self._dropping = False
            return LINE, b""
        return (LONG, b"") if at > MAX_LINE else (LINE, line.strip())

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
