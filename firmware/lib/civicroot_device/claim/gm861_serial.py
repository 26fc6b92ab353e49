"""What passes over the serial line of a GM861 code reader: commands, replies, and lines of scanned text.

Source: Hangzhou Grow, GM861 Barcode Reader Module User Manual, chapter on control by serial port (read and write of
zone bytes) and its appendix of common serial commands. A command is `7E 00 type length address(2) data CRC(2)`, a reply
`02 00 type length data CRC(2)`; the CRC (CRC-CCITT, polynomial 0x1021, begins with 0, high byte first) covers what
stands after the first two bytes. A scanned code comes as its text and a carriage return, with nothing around it.
"""

READ, WRITE = 0x07, 0x08  # types of commands
_COMMAND = b"\x7e\x00"
_STX = 0x02
_SUCCESS = 0x00  # type of a reply to a command that was understood
_HEAD_BYTES = 4
_CRC_BYTES = 2
_POLYNOMIAL = 0x1021
_ENDS = b"\r\n"
_FIRST, _LAST = 0x20, 0x7E  # printable ASCII
MAX_REPLY_BYTES = 0x62  # all zone bytes at once, the longest that the manual asks for
GAP_MS = 300  # a byte takes 1 ms at 9600 baud; behind a longer silence nothing continues

REPLY, LINE = "reply", "line"


def crc(data: bytes) -> int:
    """CRC-CCITT as the manual computes it."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ _POLYNOMIAL if value & 0x8000 else value << 1) & 0xFFFF
    return value


def command(kind: int, address: int, data: bytes) -> bytes:
    """A command to READ (data: how many, one byte) or WRITE zone bytes from `address`."""
    size = len(data) if kind == WRITE else 1
    body = bytes([kind, size, address >> 8, address & 0xFF]) + data
    return _COMMAND + body + crc(body).to_bytes(_CRC_BYTES, "big")


class Reader:
    """Takes the line apart. Counts since the start: `noise` bytes, lines too `long`, replies with a `bad_crc`."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._line = bytearray()
        self._frame: "bytearray | None" = None
        self._skipping = False  # until the line's end: something of it was lost
        self._at = 0
        self.noise = 0
        self.long = 0
        self.bad_crc = 0

    def feed(self, data: bytes, now_ms: int) -> "list[tuple[str, bytes]]":
        """What `data` completes: (REPLY, its data bytes) or (LINE, text without its end)."""
        if data and now_ms - self._at > GAP_MS:
            self.clear()
        found = []
        for byte in data:
            self._at = now_ms
            event = self._take(byte)
            if event is not None:
                found.append(event)
        return found

    def clear(self) -> None:
        """Forget what is half read."""
        self._line = bytearray()
        self._frame = None
        self._skipping = False

    def _take(self, byte: int) -> "tuple[str, bytes] | None":
        if self._frame is not None:
            return self._take_of_frame(self._frame, byte)
        if byte == _STX:
            self.clear()
            self._frame = bytearray([byte])
        elif byte in _ENDS:
            line = bytes(self._line)
            self.clear()
            return (LINE, line) if line else None
        elif self._skipping:
            self.noise += 1
        elif not _FIRST <= byte <= _LAST:
            self.noise += 1
            self._skip()
        elif len(self._line) == self._longest:
            self.long += 1
            self._skip()
        else:
            self._line.append(byte)
        return None

    def _take_of_frame(self, frame: bytearray, byte: int) -> "tuple[str, bytes] | None":
        frame.append(byte)
        if len(frame) <= _HEAD_BYTES:
            if (len(frame) == 2 and byte) or (len(frame) == _HEAD_BYTES and not 1 <= byte <= MAX_REPLY_BYTES):
                self.noise += len(frame) - 1
                self._frame = None
                self._skip()
                return self._take(byte)  # it may be the beginning of a reply
            return None
        size = frame[_HEAD_BYTES - 1]
        if len(frame) < _HEAD_BYTES + size + _CRC_BYTES:
            return None
        self.clear()
        if crc(bytes(frame[2:-_CRC_BYTES])) != int.from_bytes(frame[-_CRC_BYTES:], "big"):
            self.bad_crc += 1
            return None
        return (REPLY, bytes(frame[_HEAD_BYTES:-_CRC_BYTES])) if frame[2] == _SUCCESS else None

    def _skip(self) -> None:
        self._line = bytearray()
        self._skipping = True
