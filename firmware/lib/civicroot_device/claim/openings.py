"""Openings that the backend has not said to have yet: durable, few, and deleted as soon as they can be (SPEC.md §8).

A card's text is personal data. It is on this flash from the scan until a claim notice for its number arrives, and for
at most 7 days; there are at most 64 openings, the oldest makes room. A bin whose clock is not set counts the days since
its start, until it knows the time. Nothing of this ever enters a record or a line for the operator.

File `openings` in the key's folder: magic; for each opening its time (uint32, Unix seconds, 0 for unknown), length
(uint16) and bytes; CRC-32. It is replaced atomically. A damaged file is counted and begun anew: those deposits stay on
record and cannot be claimed by that code or card.
"""

import struct
from binascii import crc32

from civicroot_wire import opening
from civicroot_wire.errors import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.opening import Opening

    from civicroot_device.storage.flash import Flash

FILE = "openings"
LIMIT = 64  # a day of deposits while backend or gateway is away
LIMIT_BYTES = 8192  # two erase blocks, of the 32 KB that the outbox leaves (outbox.py); 64 usual cards take 7 KB
LIFE_S = 7 * 86_400  # as long as the outbox lasts: after that nobody can say any more what the card was read for
_MAGIC = b"CRO1"
_ENTRY = "<IH"
_ENTRY_BYTES = struct.calcsize(_ENTRY)
_CRC = "<I"
_FRAME_BYTES = len(_MAGIC) + 4


class Counts:
    """Since the start: files `damaged`; openings that were never kept: `dropped` for room, `expired` by age."""

    def __init__(self) -> None:
        self.damaged = 0
        self.dropped = 0
        self.expired = 0


class _Held:
    """`data` of the opening of `seq`; `time` when it was added (0: unknown), `born_ms` when this process met it."""

    def __init__(self, seq: int, data: bytes, time: int, born_ms: int) -> None:
        self.seq = seq
        self.data = data
        self.time = time
        self.born_ms = born_ms


class Openings:
    """See the module. Each change is durable when its method returns. Raises OSError."""

    def __init__(self, flash: "Flash", limit: int = LIMIT, limit_bytes: int = LIMIT_BYTES) -> None:
        self._flash = flash
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._held: "list[_Held]" = []  # oldest first
        self.counts = Counts()

    def begin(self, now_ms: int) -> None:
        """Read what was left at the last power cut."""
        if FILE not in self._flash.names():
            return
        with self._flash.open(FILE) as file:
            data = file.read(self._limit_bytes + 1)
        try:
            self._held = _parse(data, now_ms)
        except (ValueError, WireError):
            self.counts.damaged += 1
            self._store([])

    def add(self, item: "Opening", now: "int | None", now_ms: int) -> None:
        """Keep an opening; `now` in Unix seconds, None while the clock is not set. The oldest make room."""
        held = self._held + [_Held(item.seq, opening.encode(item), now or 0, now_ms)]
        dropped = 0
        while len(held) - dropped > self._limit or _size(held[dropped:]) > self._limit_bytes:
            dropped += 1
        self._store(held[dropped:])
        self.counts.dropped += dropped

    def remove(self, seq: int) -> bool:
        """The opening of this number is kept, or needed no more; whether it was here."""
        left = [one for one in self._held if one.seq != seq]
        if len(left) == len(self._held):
            return False
        self._store(left)
        return True

    def expire(self, now: "int | None", now_ms: int) -> None:
        """Delete what is too old, and give a time to what has none as soon as the time is known."""
        left = [one for one in self._held if _age(one, now, now_ms) < LIFE_S]
        untimed = [one for one in left if not one.time] if now is not None else []
        if len(left) == len(self._held) and not untimed:
            return
        for one in untimed:
            one.time = (now or 0) - (now_ms - one.born_ms) // 1000
        self.counts.expired += len(self._held) - len(left)
        self._store(left)

    def after(self, seq: int) -> "tuple[int, bytes] | None":
        """(seq, bytes) of the next opening after number `seq`, from the lowest again behind the highest."""
        later = [one for one in self._held if one.seq > seq]
        chosen = min(later or self._held, key=lambda one: one.seq, default=None)
        return None if chosen is None else (chosen.seq, chosen.data)

    def holds(self, seq: int) -> bool:
        """Whether the opening of this number is here."""
        return any(one.seq == seq for one in self._held)

    def __len__(self) -> int:
        return len(self._held)

    def _store(self, held: "list[_Held]") -> None:
        chunks = [_MAGIC]
        for one in held:
            chunks.append(struct.pack(_ENTRY, one.time, len(one.data)))
            chunks.append(one.data)
        crc = 0
        for chunk in chunks:
            crc = crc32(chunk, crc)
        chunks.append(struct.pack(_CRC, crc))
        self._flash.replace(FILE, chunks)
        self._held = held


def _parse(data: bytes, now_ms: int) -> "list[_Held]":
    """What the file holds. Raises ValueError, WireError."""
    if len(data) < _FRAME_BYTES or struct.unpack(_CRC, data[-4:])[0] != crc32(data[:-4]) or data[:4] != _MAGIC:
        raise ValueError("not a whole file of openings")
    found, at = [], len(_MAGIC)
    while at < len(data) - 4:
        time, size = struct.unpack(_ENTRY, data[at : at + _ENTRY_BYTES])
        at += _ENTRY_BYTES + size
        encoded = data[at - size : at]
        found.append(_Held(opening.decode(encoded).seq, encoded, time, now_ms))
    return found


def _size(held: "list[_Held]") -> int:
    return _FRAME_BYTES + sum([_ENTRY_BYTES + len(one.data) for one in held])


def _age(one: _Held, now: "int | None", now_ms: int) -> int:
    """Seconds since it was added, as far as anybody knows: a clock that was wrong does not make it younger."""
    here = (now_ms - one.born_ms) // 1000
    return max(here, now - one.time) if now is not None and one.time else here
