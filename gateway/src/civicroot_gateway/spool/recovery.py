"""Reading a whole journal at the start: every frame that can be read, and an account of what cannot."""

from collections.abc import Callable
from pathlib import Path

from ..errors import SpoolError
from . import frame, segment
from .damage import Damage
from .frame import Frame, Gap, RecordFrame, SealedFrame
from .segment import DRAFT, HEADER_BYTES, SUFFIX, Fault, Header, Identity, Segment

Take = Callable[[Frame, Segment], None]


class Recovery:
    """`segments`, the `next_position`, and `damages`, after `run`.

    `unsure`: bytes that could not be read and may have said that more batch numbers are used than the rest says;
    `numbered`: whether anything said one.

    What is damaged at the end of the newest segment is a write that was cut off: nobody was told of it, and it is no
    damage. A last group that was damaged later looks the same; the state beside the journal can tell them apart.
    """

    def __init__(self, folder: Path, identity: Identity, fault: Fault) -> None:
        self.segments: list[Segment] = []
        self.next_position = 1
        self.damages: list[Damage] = []
        self.unsure = 0
        self.numbered = False
        self._folder = folder
        self._identity = identity
        self._fault = fault

    def run(self, take: Take) -> None:
        """Give every frame to `take`, in order; raises SpoolError for a journal that is not ours, and OSError."""
        for draft in self._folder.glob("*" + DRAFT):
            draft.unlink()
        for path in sorted(self._folder.glob("*" + SUFFIX)):
            content = segment.read(path, 0, None, self._fault)
            header = segment.decode_header(content)
            self._begin(path, header, len(content))
            self._frames(content, Gap(0, HEADER_BYTES, False) if header is None and content else None, take)

    def _begin(self, path: Path, header: Header | None, size: int) -> None:
        mine, number = self._identity, int(path.stem)
        before = self.segments[-1] if self.segments else None
        if header is None:  # it is ours if its frames are
            self.segments.append(
                Segment(path, Header(mine.kid, mine.realm, number, self.next_position, 0), size, headless=True)
            )
            return
        if (header.kid, header.realm) != (mine.kid, mine.realm):
            raise SpoolError(f"{path} belongs to another key or realm")
        if before is not None and header.first > self.next_position:
            if number > before.number + 1:
                self._lose(number, Gap(0, 0, False), header.first, limited=False)
            elif not before.header.compacted:
                self._lose(before.number, Gap(before.end, before.end, False), header.first, limited=False)
        self.next_position = max(self.next_position, header.first)
        self.unsure, self.numbered = 0, True
        self.segments.append(Segment(path, header, size))

    def _frames(self, content: bytes, hole: Gap | None, take: Take) -> None:
        """The frames of the last segment. `hole`: damage of which is not yet known what went with it."""
        item = self.segments[-1]
        for offset, end, found in frame.scan(content, HEADER_BYTES, self._identity.salt):
            if isinstance(found, Gap):
                self._note(item, hole)
                hole = None if found.tail else found
                self.unsure += found.end - found.start
                continue
            item.end = end
            if not isinstance(found, RecordFrame):
                if isinstance(found, SealedFrame):
                    self.unsure, self.numbered = 0, True
                if found.last >= self.next_position:  # the records in front of it are gone
                    self._jump(item, hole or Gap(offset, offset, False), found.last + 1)
                    self.next_position, hole = found.last + 1, None
                take(found, item)
                continue
            if found.position < self.next_position:
                continue  # of a write that failed and was done again: nobody was told of it
            if found.position > self.next_position:
                self._jump(item, hole or Gap(offset, offset, False), found.position)
                hole = None
            self.next_position = found.position + 1
            item.note(found.position, found.lane, offset)
            take(found, item)
        self._note(item, hole)

    def _jump(self, item: Segment, hole: Gap, position: int) -> None:
        """Positions up to `position` are missing. In a compacted segment that is as it should be, but for holes."""
        if len(self.segments) == 1 and item.headless and not item.records:
            # Where this journal begins is not known. Behind the header the hole held at most so many.
            most = (hole.end - hole.start) // frame.RECORD_OVERHEAD if hole.start >= HEADER_BYTES else 0
            if most:
                self.next_position = max(self.next_position, position - most)
                self._lose(item.number, hole, position, limited=True)
            return
        if hole.end > hole.start or not item.header.compacted:
            self._lose(item.number, hole, position, limited=item.header.compacted)

    def _lose(self, number: int, hole: Gap, position: int, limited: bool) -> None:
        """Positions up to `position` are lost; if `limited`, no more than the hole can have held."""
        missing, octets = position - self.next_position, hole.end - hole.start
        records = min(missing, octets // frame.RECORD_OVERHEAD) if limited else missing
        self.damages.append(Damage(number, hole.start, octets, self.next_position, position - 1, records))

    def _note(self, item: Segment, hole: Gap | None) -> None:
        """Damage that took no record with it."""
        if hole is not None:
            self.damages.append(Damage(item.number, hole.start, hole.end - hole.start, 0, 0, 0))
