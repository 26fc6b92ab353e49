"""Signed records that wait for the gateway's acknowledgement, on flash (segment.py says how they lie there).

A record is in the outbox when `append` returns; it leaves by `delete` (acknowledged or refused), or is dropped when
the outbox overflows. A segment takes a whole block of the flash, however little is in it. Overflow policy: first
neighbouring segments that fit into one are merged; then the heartbeats of the oldest segment that has any are dropped,
their numbers kept in `pending` until a later record declares them; changes and alarms are never dropped. Where nothing
is left to drop, new records are refused (OutboxFull), and the last eighth of the space is for alarms alone. In memory
each record costs two small integers.
"""

from civicroot_device.errors import OutboxFull, StorageFailed
from civicroot_device.storage import ranges, segment
from civicroot_device.storage.segment import ALARM, HEARTBEAT, MAX_PENDING, NOTE, RECORD, THIN, Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from civicroot_device.storage.flash import Flash
    from civicroot_device.storage.segment import Entry

SEGMENT_BYTES = 4096  # one erase block of the ESP32's flash; about 18 records
LIMIT_BYTES = 256 * 1024  # 1,200 records: a day at one a minute; a quarter of the ESP32's smallest data partition
RESERVE_BYTES = 32 * 1024  # of the flash, not for records: files being rewritten, the identity, the log of refusals
ALARM_SHARE = 8  # 1/8 of the space is for alarms alone
_SUFFIX = ".seg"


class Counts:
    """Since the start: entries torn, damaged and dropped (`thinned`), and records refused for lack of room (`full`)."""

    def __init__(self) -> None:
        self.torn = 0
        self.damaged = 0
        self.thinned = 0
        self.full = 0


class _Segment:
    """A file: `number`, `size`, `head` (bytes of its header), `seqs` and `places` of its records not deleted."""

    def __init__(self, number: int, head: int, size: int) -> None:
        self.number = number
        self.head = head
        self.size = size
        self.seqs: "list[int]" = []
        self.places: "list[int]" = []  # (offset << 10 | length) << 2 | priority

    @property
    def name(self) -> str:
        return "%08x%s" % (self.number, _SUFFIX)

    def add(self, entry: "Entry") -> None:
        self.seqs.append(entry.seq)
        self.places.append((entry.offset << 10 | entry.length) << 2 | entry.priority)

    def keep(self, wanted: "Callable[[int, int], bool]") -> int:
        """Forget the records for which wanted(seq, priority) is false; how many they were."""
        kept = [at for at in range(len(self.seqs)) if wanted(self.seqs[at], self.places[at] & 3)]
        gone = len(self.seqs) - len(kept)
        if gone:
            self.seqs = [self.seqs[at] for at in kept]
            self.places = [self.places[at] for at in kept]
        return gone

    def live_bytes(self) -> int:
        return sum([(place >> 2 & 1023) + segment.ENTRY_BYTES for place in self.places])


class Outbox:
    """The outbox in `flash`, scanned but not changed (OSError if that fails); `begin` makes it ready for use.

    `fresh` says that no record was ever made with this key: only then may the flash be empty.

    highest    highest number used, -1 for none
    uncertain  damage may hide higher ones
    pending    ranges of dropped numbers that no record has declared yet
    waiting    records in it;  size: bytes of flash taken;  made: records made in the life of the key
    time       Unix seconds when last known, 0 for never
    """

    def __init__(
        self, flash: "Flash", fresh: bool, limit: int = LIMIT_BYTES, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._flash = flash
        self._segment_bytes = segment_bytes
        self._segments: "list[_Segment]" = []
        self._marks = Marks()
        self._failed = False
        self._clean = False  # whether the newest segment may be appended to
        self._unfinished: "list[_Segment]" = []  # segments with records that were to be dropped when the power went
        self.pending: "list[tuple[int, int]]" = []
        self.uncertain = not fresh
        self._scanned = -1  # highest number of a record met by the scan
        self.counts = Counts()
        self._scan()
        # A flash that has less room than the limit overflows by the policy, too, and not by a write that fails.
        self._limit = min(limit, self.size + max(0, flash.free() - RESERVE_BYTES))

    @property
    def highest(self) -> int:
        return self._marks.next - 1

    @property
    def made(self) -> int:
        return self._marks.made

    @property
    def time(self) -> int:
        return self._marks.time

    @property
    def waiting(self) -> int:
        return sum([len(part.seqs) for part in self._segments])

    @property
    def size(self) -> int:
        # Of the newest segment, what is written: the rest is still to be had.
        return (len(self._segments) - 1) * self._segment_bytes + self._segments[-1].size if self._segments else 0

    @property
    def limit(self) -> int:
        return self._limit

    def append(self, seq: int, record: bytes, priority: int, declared: int = 0, time: int = 0) -> None:
        """Make a record durable; it declares the first `declared` ranges of `pending`.

        Call `make_room` first. Raises StorageFailed: then nothing more is written by this object.
        """
        if seq < self._marks.next:
            raise ValueError("number %d was used before" % seq)
        marks = Marks(seq + 1, self._low(), self._marks.made + 1, max(time, self._marks.time))
        data = segment.encode_entry(RECORD, seq, marks, record, priority, declared)
        offset = self._append(data) + segment.ENTRY_BYTES
        self._segments[-1].add(segment.Entry(offset, RECORD, priority, len(record), seq, marks))
        self._marks = marks
        self.pending = self.pending[declared:]
        self.uncertain = False

    def make_room(self, size: int, priority: int) -> None:
        """Drop what the policy says until a record of `size` bytes fits. Raises OutboxFull, StorageFailed."""
        ceiling = self._limit if priority == ALARM else self._limit - self._limit // ALARM_SHARE
        while self._size_with(size + segment.ENTRY_BYTES) > ceiling:
            if not self._merge() and not self._thin():
                self.counts.full += 1
                raise OutboxFull("%d bytes are taken" % self.size)

    def _size_with(self, entry: int) -> int:
        """`size` after an entry of so many bytes is appended, which may begin a new segment."""
        if self._segments[-1].size + entry <= self._segment_bytes:
            return self.size + entry
        return len(self._segments) * self._segment_bytes + segment.header_bytes(len(self.pending)) + entry

    def delete(self, gone: "list[tuple[int, int]]") -> int:
        """Forget the records with numbers in the ranges; how many there were. Raises StorageFailed."""
        deleted = 0
        for part in self._segments:
            if part.seqs and any(first <= part.seqs[-1] and last >= part.seqs[0] for first, last in gone):
                deleted += self._forget(part, gone)
        self._remove_empty()
        return deleted

    def note(self) -> None:
        """Make it durable which records are deleted, at a clean end; else they are sent once more after a start.

        (The next record would do it; a note for every acknowledgement would wear the flash for nothing.)
        """
        self._marks.low = self._low()
        self._append(segment.encode_entry(NOTE, 0, self._marks, b""))

    def read(self, after: int = -1) -> "Iterator[tuple[int, bytes]]":
        """Iterate over (seq, record) of the records above `after`, ascending. Read it before the next change."""
        for part in self._segments:
            if part.seqs and part.seqs[-1] > after:
                with self._flash.open(part.name) as file:
                    for seq, place in zip(part.seqs, part.places):  # noqa: B905 (MicroPython's has no strict)
                        if seq > after:
                            yield seq, _read_at(file, place)

    def get(self, seq: int) -> "bytes | None":
        """The record with that number, None if it is not in the outbox."""
        for part in self._segments:
            if seq in part.seqs:
                with self._flash.open(part.name) as file:
                    return _read_at(file, part.places[part.seqs.index(seq)])
        return None

    def holds(self, seq: int) -> bool:
        """Whether the record is in the outbox."""
        return any(seq in part.seqs for part in self._segments)

    def _low(self) -> int:
        for part in self._segments:
            if part.seqs:
                return part.seqs[0]
        return self._marks.next

    # --- start

    def _scan(self) -> None:
        for name in [name for name in self._flash.names() if name.endswith(_SUFFIX)]:
            self._clean = self._scan_segment(name)
        for part in self._segments:
            part.keep(lambda seq, _: seq >= self._marks.low)
        self._unfinished = [part for part in self._segments if self._forget(part, self.pending)]

    def begin(self) -> None:
        """Bring the flash into order after a start. Raises StorageFailed.

        1. Where the last write was torn, begin a new segment. Else make sure that the newest segment's bytes are on
           the medium: a process that was killed leaves some written but not synced, and they count as used.
        2. Finish drops that a power cut interrupted.
        3. Remove segments with no record left.
        """
        if self._clean and not self._unfinished:
            self._guarded(self._flash.append, self._segments[-1].name, b"")
        else:
            self._rotate()
        for part in self._unfinished:
            self._rewrite(part)
        self._unfinished = []
        self._remove_empty()

    def _scan_segment(self, name: str) -> bool:
        """Take in one segment; whether more may be appended to it."""
        size = self._flash.size(name)
        with self._flash.open(name) as file:
            header = segment.read_header(file)
            if header is None:
                self.counts.damaged += 1
                self.uncertain = True
                return False
            marks, self.pending, flags, offset = header
            self._marks = Marks(max(self._marks.next, marks.next), marks.low, marks.made, marks.time)
            self.uncertain = bool(flags & segment.UNCERTAIN)
            part = _Segment(int(name[: -len(_SUFFIX)], 16), offset, size)
            walk = segment.Walk(file, offset, size)
            for entry in walk:
                self._apply(part, entry, file)
        self.counts.torn += walk.torn
        self.counts.damaged += walk.damaged
        if walk.damaged:
            self.uncertain = True
        self._segments.append(part)
        return not walk.torn

    def _apply(self, part: _Segment, entry: "Entry", file: "BinaryIO") -> None:
        marks = entry.marks
        self._marks = Marks(max(self._marks.next, marks.next), marks.low, marks.made, marks.time)
        if entry.kind == THIN:
            file.seek(entry.offset)
            for first, last in segment.decode_ranges(file.read(entry.length)):
                self.pending = ranges.add(self.pending, first, last)
        elif entry.kind == RECORD:
            if entry.seq > self._scanned:  # else a power cut came before the rest of a merge was removed
                part.add(entry)
                self._scanned = entry.seq
            self.pending = self.pending[entry.declared :]
            self.uncertain = False

    def _forget(self, part: _Segment, gone: "list[tuple[int, int]]") -> int:
        return part.keep(lambda seq, _: not ranges.contain(gone, seq)) if gone else 0

    # --- writing

    def _append(self, data: bytes) -> int:
        """Append to the newest segment, or to a new one if it is full; the offset."""
        if self._segments[-1].size + len(data) > self._segment_bytes:
            self._rotate()
        newest = self._segments[-1]
        self._guarded(self._flash.append, newest.name, data)
        offset = newest.size
        newest.size += len(data)
        return offset

    def _rotate(self) -> None:
        """Begin a new segment whose header carries the state on, so that older ones can go when they are empty."""
        self._marks.low = self._low()
        flags = segment.UNCERTAIN if self.uncertain else 0
        header = segment.encode_header(self._marks, self.pending, flags)
        part = _Segment(self._next_number(), len(header), len(header))
        self._guarded(self._flash.replace, part.name, [header])
        self._segments.append(part)
        self._remove_empty()

    def _next_number(self) -> int:
        # Also above files that could not be read: they are kept as evidence.
        names = [name for name in self._flash.names() if name.endswith(_SUFFIX)]
        return int(names[-1][: -len(_SUFFIX)], 16) + 1 if names else 0

    def _remove_empty(self) -> None:
        for part in self._segments[:-1]:
            if not part.seqs:
                self._segments.remove(part)
                self._guarded(self._flash.remove, part.name)

    def _guarded(self, operation: "Callable[..., None]", *arguments: object) -> None:
        """Run a writing operation. After a failure only a new scan can tell what is on the flash."""
        if self._failed:
            raise StorageFailed("an earlier write failed")
        self._failed = True
        try:
            operation(*arguments)
        except OSError as error:
            raise StorageFailed("%s: %r" % (arguments[0], error))
        self._failed = False

    # --- overflow

    def _merge(self) -> bool:
        """Win back a segment: move the live records of one into the one before it; whether there were such two."""
        for at in range(len(self._segments) - 2):
            part, following = self._segments[at], self._segments[at + 1]
            if part.head + part.live_bytes() + following.live_bytes() <= self._segment_bytes:
                self._rewrite(part, following)
                return True
        return False

    def _thin(self) -> bool:
        """Drop the heartbeats of the oldest segment that has any; whether there was one.

        1. Write which numbers are dropped: from now on a start finishes the drop.
        2. Rewrite the segment without them.
        """
        for part in self._segments:
            numbers = [seq for seq, place in zip(part.seqs, part.places) if place & 3 == HEARTBEAT]  # noqa: B905
            if numbers:
                return self._drop(part, ranges.of(numbers))
        return False

    def _drop(self, part: _Segment, dropped: "list[tuple[int, int]]") -> bool:
        pending = self.pending
        for first, last in dropped:
            pending = ranges.add(pending, first, last)
        if len(pending) > MAX_PENDING:
            return False
        entry = segment.encode_entry(THIN, 0, self._marks, segment.encode_ranges(dropped))
        if part is self._segments[-1]:
            self._rotate()
        self._append(entry)
        self.pending = pending
        self.counts.thinned += self._forget(part, dropped)
        self._rewrite(part)
        return True

    def _rewrite(self, part: _Segment, *following: _Segment) -> None:
        """Replace a segment by one with its live records and those of the `following`, and remove what is then empty.

        None is the newest. A power cut may leave the records of the following twice: a scan takes the first.
        """
        sources = (part,) + following
        seqs: "list[int]" = []
        places: "list[int]" = []
        size = part.head
        for source in sources:
            seqs.extend(source.seqs)
            for place in source.places:
                length = place >> 2 & 1023
                places.append((size + segment.ENTRY_BYTES << 10 | length) << 2 | place & 3)
                size += segment.ENTRY_BYTES + length
        if seqs:
            self._guarded(self._flash.replace, part.name, self._copied(sources))
        part.seqs, part.places, part.size = seqs, places, size
        for source in following:
            source.seqs, source.places = [], []
        self._remove_empty()

    def _copied(self, sources: "tuple[_Segment, ...]") -> "Iterator[bytes]":
        """The first one's header and the live entries of all. Files are closed before one is replaced (littlefs)."""
        for source in sources:
            with self._flash.open(source.name) as file:
                if source is sources[0]:
                    yield file.read(source.head)
                for place in source.places:
                    file.seek((place >> 12) - segment.ENTRY_BYTES)
                    yield file.read(segment.ENTRY_BYTES + (place >> 2 & 1023))


def _read_at(file: "BinaryIO", place: int) -> bytes:
    file.seek(place >> 12)
    return file.read(place >> 2 & 1023)
