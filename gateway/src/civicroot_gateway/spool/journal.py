"""The journal: segments of frames, appended to in groups, each group durable as a whole before anybody hears of it.

Every call that changes the disk is announced to the `fault` hook: tests end the process, or raise, at each of them.
What the disk refuses becomes SpoolFault; the index in memory then still says what is durable, and the next commit
makes the file agree with it again before it writes.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..errors import SpoolError, SpoolFault
from ..keyfile import sync_folder
from ..operate.logs import fields
from . import frame, segment
from .damage import Damage
from .frame import Frame, RecordFrame, SealedFrame, SettledFrame
from .recovery import Recovery, Take
from .segment import DRAFT, HEADER_BYTES, Fault, Header, Identity, Segment

# Bytes at which a new segment is begun: the newest is copied at every start and the oldest is deleted as a whole, so it
# is small beside a card and beside a minute; and 250 of them hold a gigabyte.
SEGMENT_BYTES = 4 << 20
# Bytes of zeros written ahead of small groups: a group that fits changes no block map and no file size, so that the
# file system writes the group's page and nothing else. Large groups pay for that themselves.
ROOM_AHEAD = 128 << 10
SMALL_GROUP = 16 << 10

_log = logging.getLogger(__name__)


class Journal:
    """The segments in a folder; one writer. `load` must be called, and finished, before anything else."""

    def __init__(self, folder: Path, identity: Identity, fault: Fault) -> None:
        self.segments: list[Segment] = []
        self.next_position = 1
        self._folder = folder
        self._identity = identity
        self._fault = fault
        self.unsure, self.numbered = 0, False  # see Recovery
        self._descriptor: int | None = None
        self._suspect = True  # what the newest file has is not known to be on the disk
        self._skipped = False  # only a new segment's header says that positions are missing

    @property
    def octets(self) -> int:
        """Bytes of all segments; the disk has up to ROOM_AHEAD more."""
        return sum(item.end for item in self.segments)

    def close(self) -> None:
        """Close the file that is written to."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    # Reading

    def load(self, take: Take) -> list[Damage]:
        """Read all segments and give every frame to `take`, in order; returns what is damaged.

        Raises SpoolError if the journal is of another key, realm, or a newer format, or cannot be read at all.
        """
        found = Recovery(self._folder, self._identity, self._fault)
        self.segments = found.segments  # `take` may read what came before
        try:
            found.run(take)
        except OSError as error:
            raise SpoolError(f"{self._folder}: {error}") from error
        self.next_position = found.next_position
        self.unsure, self.numbered = found.unsure, found.numbered
        return found.damages

    def read(self, first: int, last: int, lane: int | None = None) -> list[RecordFrame]:
        """The records of a lane (None: of all) from position `first` to `last`, those that can be read.

        Raises SpoolFault if the disk fails in another way than by damage.
        """
        found: list[RecordFrame] = []
        with self._failing("read"):
            for item in self.segments:
                if item.last < first or item.first > last or (lane is not None and lane not in item.lanes):
                    continue
                start, end = item.bounds(first, last)
                content = segment.read(item.path, start, end, self._fault)
                for _, _, one in frame.scan(content, 0, self._identity.salt):
                    if isinstance(one, RecordFrame) and first <= one.position <= last and lane in (None, one.lane):
                        found.append(one)
        return found

    def after(self, position: int) -> Iterator[RecordFrame]:
        """All records behind `position`, a segment at a time."""
        for item in self.segments:
            if item.last > position:
                yield from self.read(max(position + 1, item.first), item.last)

    # Writing

    def commit(self, records: Sequence[RecordFrame], frames: Iterable[Frame], next_batch: int) -> None:
        """Append, durably, all of it or nothing; raises SpoolFault. `next_batch` goes into a new segment's header."""
        with self._failing("write"):
            self._make_ready(next_batch)
            newest = self.segments[-1]
            parts, offsets, at = [], [], newest.end
            for item in records:
                head, body = frame.encode_record(
                    item.position, item.arrived, item.lane, item.encoded, self._identity.salt
                )
                parts += [head, body]
                offsets.append(at)
                at += len(head) + len(body)
            parts += [frame.encode(item, self._identity.salt) for item in frames]
            if not parts:
                return
            content = b"".join(parts)
            self._append(newest, content)
        newest.end += len(content)
        for item, offset in zip(records, offsets, strict=True):
            newest.note(item.position, item.lane, offset)
        if records:
            self.next_position = records[-1].position + 1

    def _append(self, newest: Segment, content: bytes) -> None:
        """Write at the end of the frames and sync. What fails leaves the file as it was, or suspect."""
        assert self._descriptor is not None
        end = newest.end + len(content)
        room = ROOM_AHEAD if end > newest.size and len(content) < SMALL_GROUP else 0
        try:
            self._write(self._descriptor, content + bytes(room), newest.end)
        except OSError:
            # Part of it may be there, even whole frames of it: a shorter group over them would leave them behind it.
            self._suspect = True
            self._fault("truncate")
            os.ftruncate(self._descriptor, newest.end)
            newest.size = newest.end
            self._suspect = False
            raise
        newest.size = max(newest.size, end + room)
        # After a failed sync the kernel calls the pages clean that it could not write: they can be read, a second sync
        # succeeds, and the disk has nothing. So nothing is believed of this file until it was written anew.
        self._suspect = True
        self._fault("sync")
        os.fdatasync(self._descriptor)
        self._suspect = False

    def _write(self, descriptor: int, content: bytes, offset: int) -> None:
        view = memoryview(content)
        while view:
            self._fault("write")
            written = os.pwrite(descriptor, view, offset)
            view = view[written:]
            offset += written

    def _make_ready(self, next_batch: int) -> None:
        """A newest segment that is on the disk as the index says, and has room."""
        if not self.segments:
            self._begin(next_batch)
        elif self._suspect:
            self._write_anew(self.segments[-1], next_batch)
        if self.segments[-1].end >= SEGMENT_BYTES or self._skipped:
            self._begin(next_batch)

    def _begin(self, next_batch: int) -> None:
        """A new segment; durable before anything is in it."""
        number = self.segments[-1].number + 1 if self.segments else 1
        header = Header(self._identity.kid, self._identity.realm, number, self.next_position, next_batch)
        path = segment.path_of(self._folder, number)
        self._replace(path, header.encode())
        self.segments.append(Segment(path, header))
        self._open(path)
        self._skipped = False

    def rotate(self, next_batch: int) -> None:
        """Begin a new segment, so that the newest becomes one that can be deleted; raises SpoolFault."""
        with self._failing("write"):
            self._begin(next_batch)

    def _write_anew(self, newest: Segment, next_batch: int) -> None:
        """The newest segment as a new file: at every start, because the process before may have ended over a failed
        sync, and after a failed write or sync."""
        content = segment.read(newest.path, HEADER_BYTES, newest.end, self._fault)
        header = newest.header
        if newest.headless:  # what was made up in place of a damaged one is now better known
            first = newest.first if newest is self.segments[0] and newest.first else header.first
            header = replace(header, first=first, next_batch=next_batch)
        self._replace(newest.path, header.encode() + content)
        newest.header, newest.headless = header, False
        newest.size = newest.end
        self._open(newest.path)

    def _replace(self, path: Path, content: bytes) -> None:
        """The file with this content, durable under its name; whoever looks sees the old one or the new one."""
        draft = path.with_name(path.name + DRAFT)
        self._fault(f"create {draft.name}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            self._write(descriptor, content, 0)
            self._fault("sync")
            os.fsync(descriptor)
        except OSError:
            draft.unlink(missing_ok=True)  # what a full disk took must not make it fuller
            raise
        finally:
            os.close(descriptor)
        self._fault(f"rename {path.name}")
        draft.rename(path)
        self._sync_folder()

    def _open(self, path: Path) -> None:
        self.close()
        self._fault(f"open {path.name}")
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        self._suspect = False

    def _sync_folder(self) -> None:
        self._fault("sync folder")
        sync_folder(self._folder)

    def skip_to(self, position: int) -> None:
        """Give the positions before `position` to nothing: what was under them is lost."""
        self.next_position = position
        self._skipped = True

    # Making room

    def delete_oldest(self, count: int) -> None:
        """Unlink the oldest segments, never the newest: what settles a record is always younger than the record."""
        with self._failing("delete"):
            for item in self.segments[: min(count, len(self.segments) - 1)]:
                self._fault(f"unlink {item.path.name}")
                item.path.unlink(missing_ok=True)
                self.segments.remove(item)
            self._sync_folder()

    def compact(self, item: Segment, is_live: Callable[[RecordFrame], bool]) -> None:
        """Write a segment anew without the records that are delivered. What it says of batches stays."""
        header = replace(item.header, compacted=True)
        with self._failing("compact"):
            content = segment.read(item.path, 0, item.end, self._fault)
            parts, kept = [header.encode()], Segment(item.path, header)
            for offset, end, found in frame.scan(content, HEADER_BYTES, self._identity.salt):
                if isinstance(found, RecordFrame) and is_live(found):
                    kept.note(found.position, found.lane, kept.end)
                elif not isinstance(found, SealedFrame | SettledFrame):
                    continue
                parts.append(content[offset:end])
                kept.end += end - offset
            kept.size = kept.end
            self._replace(item.path, b"".join(parts))
            self.segments[self.segments.index(item)] = kept

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _log.debug("journal failed", extra=fields(doing=what, error=str(error)))
            raise SpoolFault(f"journal: {what}: {error}") from error
