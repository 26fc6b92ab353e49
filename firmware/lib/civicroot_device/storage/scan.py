"""Reads the segments after a start: what is in the outbox, and what a power cut left unfinished. Writes nothing."""

from civicroot_device.storage import ranges, segment
from civicroot_device.storage.part import SUFFIX, Part
from civicroot_device.storage.segment import RECORD, THIN, Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from civicroot_device.storage.flash import Flash
    from civicroot_device.storage.segment import Entry


class Scan:
    """What is found in `flash`. Raises OSError.

    segments    Parts, oldest first, each with its records not deleted
    marks       of the newest entry
    pending     ranges of dropped numbers that no record has declared
    uncertain   damage may hide records that are newer than all that were found
    clean       whether the newest segment may be appended to
    following   number of the next segment: above all files, also such that could not be read and are kept as evidence
    unfinished  segments that hold records which are dropped, or are in an earlier one already
    torn, damaged  entries
    """

    def __init__(self, flash: "Flash", fresh: bool) -> None:
        self._flash = flash
        self.segments: "list[Part]" = []
        self.marks = Marks()
        self.pending: "list[tuple[int, int]]" = []
        self.uncertain = not fresh
        self.clean = False
        self.following = 0
        self.unfinished: "list[Part]" = []
        self.torn = 0
        self.damaged = 0
        self._highest = -1  # number of a record met so far
        for name in [name for name in flash.names() if name.endswith(SUFFIX)]:
            self.clean = self._read(name)
        for part in self.segments:
            part.keep(lambda seq, _: seq >= self.marks.low)
            if part.forget(self.pending) and part not in self.unfinished:
                self.unfinished.append(part)

    def _read(self, name: str) -> bool:
        """Take in one segment; whether more may be appended to it."""
        number = int(name[: -len(SUFFIX)], 16)
        self.following = number + 1
        with self._flash.open(name) as file:
            size = file.seek(0, 2)  # littlefs would look the file up once more to say its size
            file.seek(0)
            header = segment.read_header(file)
            if header is None:
                self.damaged += 1
                self.uncertain = True
                return False
            marks, self.pending, flags, offset = header
            self._mark(marks)
            self.uncertain = bool(flags & segment.UNCERTAIN)
            part = Part(number, offset, size)
            walk = segment.Walk(file, offset, size)
            for entry in walk:
                self._apply(part, entry, file)
        part.trim()
        self.torn += walk.torn
        self.damaged += walk.damaged
        if walk.damaged:
            self.uncertain = True
        self.segments.append(part)
        return not walk.torn

    def _apply(self, part: Part, entry: "Entry", file: "BinaryIO") -> None:
        self._mark(entry.marks)
        if entry.kind == THIN:
            file.seek(entry.offset)
            for first, last in segment.decode_ranges(file.read(entry.length)):
                self.pending = ranges.add(self.pending, first, last)
        elif entry.kind == RECORD:
            if entry.seq > self._highest:
                part.add(entry)
                self._highest = entry.seq
            elif part not in self.unfinished:
                self.unfinished.append(part)  # a power cut came before the rest of a packing
            self.pending = self.pending[entry.declared :]
            self.uncertain = False

    def _mark(self, marks: Marks) -> None:
        self.marks = Marks(max(self.marks.next, marks.next), marks.low, marks.made, marks.time)
