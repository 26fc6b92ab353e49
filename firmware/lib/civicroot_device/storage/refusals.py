"""Records that the gateway will never accept: set aside with its reason, for whoever services the device.

File `refused.log`, entries as in a segment but without header: seq, reason's length, reason, record. When it is full
it becomes `refused.old`, replacing the one before.
"""

import struct
from binascii import crc32

from civicroot_device.storage.segment import MAX_PAYLOAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicroot_device.storage.flash import Flash

FILE, OLD = "refused.log", "refused.old"
LIMIT_BYTES = 8192  # about 30 records: enough to see what is wrong, little enough for the flash
MAX_REASON = 32
CHUNK = 512  # bytes copied at a time
_HEAD = "<IBHI"  # seq, length of the reason, length of the record, CRC-32 of reason and record
_HEAD_BYTES = struct.calcsize(_HEAD)
MAX_ENTRY = _HEAD_BYTES + MAX_REASON + MAX_PAYLOAD


class Refusals:
    """`counts`: how many since the start, by reason. Raises OSError."""

    def __init__(self, flash: "Flash", limit: int = LIMIT_BYTES) -> None:
        self._flash = flash
        self._limit = limit
        self.counts: "dict[str, int]" = {}

    def begin(self) -> "list[int]":
        """Bring the file into order after a start; the numbers in it. There is none before the first refusal."""
        if FILE not in self._flash.names():
            return []
        numbers, whole = [], 0
        for entry in self.read():
            numbers.append(entry[0])
            whole += _bytes(*entry)
        rest = self._flash.size(FILE) - whole
        if rest > MAX_ENTRY:
            self._turn()  # damaged: kept as it is, for whoever services the device
        elif rest:
            self._flash.replace(FILE, self._chunks(whole))  # a power cut tore the last addition
        return numbers

    def add(self, seq: int, reason: str, record: bytes) -> None:
        """Keep the record durably. Raises OSError."""
        name = reason.encode()[:MAX_REASON]
        if FILE not in self._flash.names():
            self._flash.replace(FILE, [])
        if self._flash.size(FILE) + _bytes(seq, reason, record) > self._limit:
            self._turn()
        head = struct.pack(_HEAD, seq, len(name), len(record), crc32(record, crc32(name)))
        self._flash.append(FILE, head + name + record)
        self.counts[reason] = self.counts.get(reason, 0) + 1

    def read(self) -> "Iterator[tuple[int, str, bytes]]":
        """Iterate over (seq, reason, record) of the newest file; a torn or damaged entry ends it."""
        if FILE not in self._flash.names():
            return
        with self._flash.open(FILE) as file:
            while True:
                head = file.read(_HEAD_BYTES)
                if len(head) < _HEAD_BYTES:
                    return
                seq, name_bytes, record_bytes, crc = struct.unpack(_HEAD, head)
                name, record = file.read(name_bytes), file.read(record_bytes)
                if crc32(record, crc32(name)) != crc:
                    return
                yield seq, name.decode(), record

    def _turn(self) -> None:
        self._flash.replace(OLD, self._chunks(self._flash.size(FILE)))
        self._flash.replace(FILE, [])

    def _chunks(self, size: int) -> "Iterator[bytes]":
        """The first `size` bytes of the file."""
        with self._flash.open(FILE) as file:
            while size:
                data = file.read(min(size, CHUNK))
                size -= len(data)
                yield data


def _bytes(_: int, reason: str, record: bytes) -> int:
    return _HEAD_BYTES + len(reason.encode()[:MAX_REASON]) + len(record)
