"""Signed records that wait for the gateway's acknowledgement, on flash (segment.py says how they lie there).

A record is in the outbox when `append` returns; it leaves by `delete` (acknowledged or refused), or is dropped when
the outbox overflows. A segment takes a whole block of the flash, however little is in it. When there is no room, the
records of neighbouring segments are packed into fewer (packing.py); then superseded heartbeats are dropped (thinning.py
has the policy), their numbers kept in `pending` until a later record declares them. Where nothing is left to drop, new
records are refused (OutboxFull), and the last part of the space is for alarms and deposits alone.
"""

from civicroot_device.errors import OutboxFull, StorageFailed
from civicroot_device.storage import packing, segment, thinning
from civicroot_device.storage import part as parts
from civicroot_device.storage.part import Part
from civicroot_device.storage.scan import Scan
from civicroot_device.storage.segment import ALARM, HEARTBEAT, NOTE, RECORD, THIN, Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from civicroot_device.storage.flash import Flash

SEGMENT_BYTES = 4096  # one erase block of the ESP32's flash; about 20 records
# A week of a bin that reports every five minutes and takes 50 deposits a day: 2,366 records of 172 and 215 bytes. That
# is a tenth of the files' partition on 8 MB of flash, and half of it on 4 MB, where a tag needs less (`outbox_bytes`).
LIMIT_BYTES = 512 * 1024
# Of the flash, not for records: identity and settings, two logs of refusals and openings (36 KB), a second copy of what
# is being replaced, and littlefs's own blocks: two for each folder, more for 130 names.
RESERVE_BYTES = 96 * 1024
URGENT_SHARE = 32  # 1/32 of the space is for alarms and deposits alone: 16 KB of 512, about 80 of them


class Counts:
    """Since the start: entries torn, damaged and dropped (`thinned`), and records refused for lack of room (`full`)."""

    def __init__(self, torn: int, damaged: int) -> None:
        self.torn = torn
        self.damaged = damaged
        self.thinned = 0
        self.full = 0


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
        found = Scan(flash, fresh)
        self._flash = flash
        self._segment_bytes = segment_bytes
        self._segments = found.segments
        self._marks = found.marks
        self._failed = False
        self._following = found.following
        self._clean = found.clean
        self._unfinished = found.unfinished
        self._ranks = thinning.Ranks()
        self.pending = found.pending
        self.uncertain = found.uncertain
        self.counts = Counts(found.torn, found.damaged)
        self._wanted = limit
        # A tag that is answered has one segment at each wake, and spares the look.
        self._limit: "int | None" = None if len(self._segments) == 1 else self._affordable()

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
        if self._limit is None:
            self._limit = self._affordable()
        return self._limit

    def _affordable(self) -> int:
        """Less than what is wanted where the flash has less room: it overflows by the policy, and no write fails.

        littlefs reads all its folders to say what is free.
        """
        return min(self._wanted, self.size + max(0, self._flash.free() - RESERVE_BYTES))

    def append(self, seq: int, record: bytes, priority: int, declared: int = 0, time: int = 0) -> None:
        """Make a record durable; it declares the first `declared` ranges of `pending`, if it is no heartbeat.

        Call `make_room` first. Raises StorageFailed: then nothing more is written by this object.
        """
        if seq < self._marks.next:
            raise ValueError("number %d was used before" % seq)
        marks = Marks(seq + 1, self.low, self._marks.made + 1, max(time, self._marks.time))
        rank = self._ranks.next(marks.made, priority == HEARTBEAT)
        data = segment.encode_entry(RECORD, seq, marks, record, segment.flags_of(priority, rank, declared))
        offset = self._append(data) + segment.ENTRY_BYTES
        self._segments[-1].put(seq, parts.place(offset, len(record), rank, priority))
        self._marks = marks
        self.pending = self.pending[declared:]
        self.uncertain = False

    def make_room(self, size: int, priority: int) -> None:
        """Drop what the policy says until a record of `size` bytes fits. Raises OutboxFull, StorageFailed."""
        if self._fits_first(size + segment.ENTRY_BYTES):
            return
        ceiling = self.limit if priority == ALARM else self.limit - self.limit // URGENT_SHARE
        while self._size_with(size + segment.ENTRY_BYTES) > ceiling:
            if not self._pack() and not self._thin():
                self.counts.full += 1
                raise OutboxFull("%d bytes are taken" % self.size)

    def _fits_first(self, entry: int) -> bool:
        """Whether the outbox stays within its first segment, whose block is its own already."""
        least = min(self._wanted, self._segment_bytes) - self._segment_bytes // URGENT_SHARE
        return len(self._segments) == 1 and self._segments[0].size + entry <= least

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
                deleted += part.forget(gone)
        self._remove_empty()
        return deleted

    def note(self) -> None:
        """Make it durable which records are deleted, at a clean end; else they are sent once more after a start.

        (The next record would do it; a note for every acknowledgement would wear the flash for nothing.)
        """
        self._marks.low = self.low
        self._append(segment.encode_entry(NOTE, 0, self._marks, b""))

    def read(self, after: int = -1) -> "Iterator[tuple[int, bytes]]":
        """Iterate over (seq, record) of the records above `after`, ascending. Read it before the next change."""
        for part in self._segments:
            if part.seqs and part.seqs[-1] > after:
                # A whole segment at a time: whoever stops reading leaves no file open until the next collection.
                with self._flash.open(part.name) as file:
                    found = [(seq, _read_at(file, at)) for seq, at in part.items() if seq > after]
                yield from found

    def get(self, seq: int) -> "bytes | None":
        """The record with that number, None if it is not in the outbox."""
        for part in self._segments:
            at = part.place_of(seq)
            if at is not None:
                with self._flash.open(part.name) as file:
                    return _read_at(file, at)
        return None

    def holds(self, seq: int) -> bool:
        """Whether the record is in the outbox."""
        return any(part.place_of(seq) is not None for part in self._segments)

    def numbers(self) -> "Iterator[int]":
        """Iterate over the numbers of the records in it, ascending, without reading the flash."""
        for part in self._segments:
            yield from part.seqs

    @property
    def low(self) -> int:
        """The lowest number in it; the next one to be used if it is empty."""
        for part in self._segments:
            if part.seqs:
                return part.seqs[0]
        return self._marks.next

    # --- start

    def begin(self) -> None:
        """Bring the flash into order after a start. Raises StorageFailed.

        1. Where the last write was torn, begin a new segment. Else make sure that the newest segment's bytes are on
           the medium: a process that was killed leaves some written but not synced, and they count as used.
        2. Finish drops and packings that a power cut interrupted.
        3. Remove segments with no record left.
        """
        if self._clean and not self._unfinished:
            self._guarded(self._flash.append, self._segments[-1].name, b"")
        else:
            self._rotate()
        for part in self._unfinished:
            self._rewrite(part, [(part, seq, at) for seq, at in part.items()])
        self._unfinished = []
        self._remove_empty()

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
        self._marks.low = self.low
        flags = segment.UNCERTAIN if self.uncertain else 0
        header = segment.encode_header(self._marks, self.pending, flags)
        part = Part(self._following, len(header), len(header))
        self._guarded(self._flash.replace, part.name, [header])
        self._following += 1
        if self._segments:
            self._segments[-1].trim()
        self._segments.append(part)
        self._remove_empty()

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

    def _pack(self) -> bool:
        """Win back a segment; whether that was possible.

        The records of a run move towards its beginning, one segment written after the other. A power cut may leave
        some twice: a scan takes the first, and `begin` rewrites where the others are.
        """
        run = packing.find(self._segments, self._segment_bytes)
        if run is None:
            return False
        for part, moves in zip(run, packing.plan(run, self._segment_bytes)):  # noqa: B905 (fewer moves than parts)
            self._rewrite(part, moves)
        self._remove_empty()
        return True

    def _thin(self) -> bool:
        """Drop the heartbeats that the policy names next; whether there were any.

        1. Write which numbers are dropped: from now on a start finishes the drop.
        2. Rewrite the segment without them.
        """
        chosen = thinning.choose(self._segments, self.pending)
        if chosen is None:
            return False
        part, dropped, pending = chosen
        if part is self._segments[-1]:
            self._rotate()
        self._append(segment.encode_entry(THIN, 0, self._marks, segment.encode_ranges(dropped)))
        self.pending = pending
        self.counts.thinned += part.forget(dropped)
        self._rewrite(part, [(part, seq, at) for seq, at in part.items()])
        self._remove_empty()
        return True

    def _rewrite(self, part: Part, moves: "packing.Moves") -> None:
        """Make a segment's file hold exactly these records, its own and such of later ones. It is not the newest."""
        records = []
        size = part.head
        for _, seq, at in moves:
            records.append((seq, parts.moved(at, size)))
            size += parts.entry_bytes(at)
        if records:
            self._guarded(self._flash.replace, part.name, self._copied(part, moves))
        for source in self._segments:
            if source is not part and any(source is other for other, _, _ in moves):
                source.keep(lambda seq, _: seq > records[-1][0])
        part.set(records)
        part.size = size

    def _copied(self, part: Part, moves: "packing.Moves") -> "Iterator[bytes]":
        """The segment's header and the entries. Files are closed before one is replaced (littlefs)."""
        with self._flash.open(part.name) as file:
            yield file.read(part.head)
        for source in self._segments:
            places = [at for other, _, at in moves if other is source]
            if places:
                with self._flash.open(source.name) as file:
                    for at in places:
                        file.seek(parts.offset_of(at) - segment.ENTRY_BYTES)
                        yield file.read(parts.entry_bytes(at))


def _read_at(file: "BinaryIO", at: int) -> bytes:
    file.seek(parts.offset_of(at))
    return file.read(parts.length_of(at))
