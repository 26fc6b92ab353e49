"""One file of the outbox: a header with the outbox's state at its beginning, then entries, only ever appended.

Header   magic "CRS1", flags (uint8), number of pending ranges (uint8), zero (uint16), next (uint32: highest used
         number + 1), low (uint32: numbers below are done), made (uint32), time (uint32), pending ranges (two uint32
         each), CRC-32 of all that
Entry    kind (uint8), flags (uint8), length of the payload (uint16), seq, low, made, time (uint32 each), CRC-32 of
         those and the payload, payload
Flags    of a record: priority (2 bits); above it, of a heartbeat its rank, of others how many ranges it declares

All little-endian. A segment is created whole, so its header is never torn; a power cut can tear its last entry.
"""

import struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

MAGIC = b"CRS1"
UNCERTAIN = 1  # header flag: the segment before was damaged, so `next` is a lower bound until the next record
RECORD, THIN, NOTE = 1, 2, 3  # kinds of entries; the payload of THIN is the ranges that are being dropped
HEARTBEAT, CHANGE, ALARM = 0, 1, 2  # priorities of records; only heartbeats are ever dropped
MAX_PAYLOAD = 512  # SPEC.md §10: record; also 64 ranges
MAX_PENDING = 64  # ranges of dropped numbers waiting to be declared
_HEADER = "<4sBBHIIII"
_HEADER_BYTES = struct.calcsize(_HEADER)
_ENTRY = "<BBHIIIII"
ENTRY_BYTES = struct.calcsize(_ENTRY)
_CRC_AT = ENTRY_BYTES - 4


class Marks:
    """What every entry repeats, so that the newest one tells it after a start.

    next   highest used number + 1
    low    numbers below are no longer in the outbox: acknowledged, refused or dropped
    made   records made in the life of the key
    time   Unix seconds when last known, else 0
    """

    __slots__ = ("low", "made", "next", "time")

    def __init__(self, next_seq: int = 0, low: int = 0, made: int = 0, time: int = 0) -> None:
        self.next = next_seq
        self.low = low
        self.made = made
        self.time = time


class Entry:
    """An entry of the file: where its payload is, and its fields. `priority`, `rank` and `declared` only for RECORD.

    rank      of a heartbeat: how late it is thinned (thinning.py)
    declared  how many of the pending ranges the record declares; a heartbeat none, for it could be dropped with them
    """

    __slots__ = ("declared", "kind", "length", "marks", "offset", "priority", "rank", "seq")

    def __init__(self, offset: int, kind: int, flags: int, length: int, seq: int, marks: Marks) -> None:
        self.offset = offset
        self.kind = kind
        self.priority = flags & 3
        heartbeat = self.priority == HEARTBEAT
        self.rank = flags >> 2 & 3 if heartbeat else 0
        self.declared = 0 if heartbeat else flags >> 2
        self.length = length
        self.seq = seq
        self.marks = marks


def encode_ranges(ranges: "Iterable[tuple[int, int]]") -> bytes:
    """Pairs as uint32."""
    return b"".join([struct.pack("<II", first, last) for first, last in ranges])


def decode_ranges(data: bytes) -> "list[tuple[int, int]]":
    """The pairs of encode_ranges."""
    return [struct.unpack_from("<II", data, at) for at in range(0, len(data), 8)]


def header_bytes(pending: int) -> int:
    """Size of a header with that many pending ranges."""
    return _HEADER_BYTES + 8 * pending + 4


def encode_header(marks: Marks, pending: "list[tuple[int, int]]", flags: int = 0) -> bytes:
    """A segment's first bytes."""
    head = struct.pack(
        _HEADER, MAGIC, flags, len(pending), 0, marks.next, marks.low, marks.made, marks.time
    ) + encode_ranges(pending)
    return head + struct.pack("<I", crc32(head))


def read_header(file: "BinaryIO") -> "tuple[Marks, list[tuple[int, int]], int, int] | None":
    """(marks, pending, flags, bytes) at the beginning of an open file; None if it is not a whole header."""
    head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES:
        return None
    magic, flags, count, _, next_seq, low, made, time = struct.unpack(_HEADER, head)
    body = file.read(count * 8 + 4)
    if magic != MAGIC or len(body) != count * 8 + 4:
        return None
    if struct.unpack("<I", body[-4:])[0] != crc32(body[:-4], crc32(head)):
        return None
    marks = Marks(next_seq, low, made, time)
    return marks, decode_ranges(body[:-4]), flags, _HEADER_BYTES + len(body)


def flags_of(priority: int, rank: int, declared: int) -> int:
    """The flags of a record. Raises ValueError for a heartbeat that declares."""
    if priority != HEARTBEAT:
        return priority | declared << 2
    if declared:
        raise ValueError("a heartbeat declares dropped numbers")
    return priority | rank << 2


def encode_entry(kind: int, seq: int, marks: Marks, payload: bytes, flags: int = 0) -> bytes:
    """An entry's bytes."""
    head = struct.pack(_ENTRY[:-1], kind, flags, len(payload), seq, marks.low, marks.made, marks.time)
    return head + struct.pack("<I", crc32(payload, crc32(head))) + payload


class Walk:
    """Reads the entries of an open segment file from `offset` on, one at a time.

    After the iteration: `end` is the offset after the last valid entry; `torn` says that bytes of an unfinished
    write follow it; `damaged` counts places where bytes that are no entry lie before a valid one, or are more than
    one write can leave.
    """

    def __init__(self, file: "BinaryIO", offset: int, size: int) -> None:
        self._file = file
        self._size = size
        self.end = offset
        self.torn = False
        self.damaged = 0

    def __iter__(self) -> "Iterator[Entry]":
        while self.end < self._size:
            entry = self._read(self.end)
            if entry is None:
                entry = self._find(self.end + 1)
                if entry is None:
                    self.torn = True
                    self.damaged += self._size - self.end > ENTRY_BYTES + MAX_PAYLOAD
                    return
                self.damaged += 1
            self.end = entry.offset + entry.length
            yield entry

    def _find(self, start: int) -> "Entry | None":
        """The next valid entry at any offset: what follows a damaged one is not to be lost with it."""
        for at in range(start, self._size - ENTRY_BYTES + 1):
            entry = self._read(at)
            if entry is not None:
                return entry
        return None

    def _read(self, at: int) -> "Entry | None":
        """The entry at an offset, None if there is no valid one."""
        self._file.seek(at)
        head = self._file.read(ENTRY_BYTES)
        if len(head) < ENTRY_BYTES:
            return None
        kind, flags, length, seq, low, made, time, crc = struct.unpack(_ENTRY, head)
        if kind not in (RECORD, THIN, NOTE) or length > min(MAX_PAYLOAD, self._size - at - ENTRY_BYTES):
            return None
        if crc != crc32(self._file.read(length), crc32(head[:_CRC_AT])):
            return None
        next_seq = seq + 1 if kind == RECORD else 0
        return Entry(at + ENTRY_BYTES, kind, flags, length, seq, Marks(next_seq, low, made, time))
