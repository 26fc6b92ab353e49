"""Serial frames between a radio bridge and its gateway (SPEC.md §8.2): COBS between zero bytes, CRC-32 at the end.

A frame is 0 ‖ COBS(content ‖ CRC-32) ‖ 0. A zero byte stands nowhere else, so after garbage, a reset or a lost byte the
next zero is a frame's beginning. A boot loader's messages are garbage like any other: the CRC has 32 bits because a
CRC-16 would take one in 65,536 of such lines for a frame.
"""

from binascii import crc32

MAX_CONTENT = 320  # a radio frame of 250 bytes with its address, and room for a log line
_CRC_BYTES = 4
_BLOCK = 254  # longest run of bytes under one code
_LONGEST = MAX_CONTENT + _CRC_BYTES + (MAX_CONTENT + _CRC_BYTES) // _BLOCK + 1


def encode(content: bytes) -> bytes:
    """The frame's bytes. ValueError if the content is empty or too long."""
    if not 0 < len(content) <= MAX_CONTENT:
        raise ValueError("a frame has 1 to %d bytes" % MAX_CONTENT)
    return b"\x00" + _stuff(content + crc32(content).to_bytes(_CRC_BYTES, "little")) + b"\x00"


class Decoder:
    """Finds the frames in a stream of bytes. `damaged` counts what lay between zeros and was none."""

    def __init__(self) -> None:
        self.damaged = 0
        self._pending = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> "list[bytes]":
        """The contents of the frames that end in `data`. Never raises for what the line brings."""
        found = []
        parts = bytes(data).split(b"\x00")
        for at in range(len(parts)):
            self._keep(parts[at])
            if at < len(parts) - 1:
                content = self._finish()
                if content is not None:
                    found.append(content)
        return found

    def _keep(self, part: bytes) -> None:
        if self._overlong or len(self._pending) + len(part) > _LONGEST:
            self._overlong = True
            self._pending = bytearray()
        else:
            self._pending.extend(part)

    def _finish(self) -> "bytes | None":
        """What stands before a zero: a content, or None."""
        stuffed, overlong = bytes(self._pending), self._overlong
        self._pending, self._overlong = bytearray(), False
        if not stuffed and not overlong:
            return None  # between two frames
        whole = None if overlong else _unstuff(stuffed)
        if whole is not None and len(whole) > _CRC_BYTES:
            content = whole[:-_CRC_BYTES]
            if crc32(content) == int.from_bytes(whole[-_CRC_BYTES:], "little"):
                return content
        self.damaged += 1
        return None


def _stuff(data: bytes) -> bytes:
    """COBS: each run up to a zero is preceded by its length plus one; 255 is a run of 254 that no zero follows."""
    out = bytearray()
    runs = data.split(b"\x00")
    for at in range(len(runs)):
        run = runs[at]
        while len(run) >= _BLOCK:
            out.append(_BLOCK + 1)
            out.extend(run[:_BLOCK])
            run = run[_BLOCK:]
            if not run and at == len(runs) - 1:
                return bytes(out)
        out.append(len(run) + 1)
        out.extend(run)
    return bytes(out)


def _unstuff(data: bytes) -> "bytes | None":
    """What _stuff was given; None if it made no such bytes. `data` has no zero."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        end = at + code
        if end > len(data):
            return None
        out.extend(data[at + 1 : end])
        at = end
        if code <= _BLOCK and at < len(data):
            out.append(0)
    return bytes(out)
