"""One file of the journal: its header, its index in memory, and reading as much of it as can be read."""

import errno
import os
import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from ..errors import SpoolError

Fault = Callable[[str], None]

SUFFIX = ".seg"
DRAFT = ".new"  # behind the name of a file that is not complete yet
HEADER_BYTES = 64
HINT_BYTES = 16 * 1024  # of frames between two places that the index knows: what is read too much for one record
READ_ATTEMPTS = 3  # a card that fails to read once often reads the second time
PAGE = 4096  # bytes that are lost with one bad spot of a card

_MAGIC = b"civspool"
_VERSION = 1
_COMPACTED = 1
_HEADER = struct.Struct("<8sBB8s8sQQI")  # magic, version, flags, kid, realm, number, first position, next batch
_CHECK = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose journal it is: `kid`, 8 bytes of the `realm`'s SHA-256, and the `salt` of its frames (frame.py)."""

    kid: bytes
    realm: bytes
    salt: int


@dataclass(frozen=True, slots=True)
class Header:
    """`first`: the position that comes next when the segment begins; `next_batch`: the batch number that does.

    In a `compacted` segment positions are missing because what they held is delivered.
    """

    kid: bytes
    realm: bytes
    number: int
    first: int
    next_batch: int
    compacted: bool = False

    def encode(self) -> bytes:
        """HEADER_BYTES bytes, with a CRC of their own that needs no salt."""
        flags = _COMPACTED if self.compacted else 0
        head = _HEADER.pack(_MAGIC, _VERSION, flags, self.kid, self.realm, self.number, self.first, self.next_batch)
        return (head + _CHECK.pack(crc32(head))).ljust(HEADER_BYTES, b"\0")


def decode_header(data: bytes) -> Header | None:
    """The header, None if it is damaged; raises SpoolError if a newer gateway wrote it."""
    head = data[: _HEADER.size]
    if len(data) < HEADER_BYTES or _CHECK.unpack_from(data, _HEADER.size)[0] != crc32(head):
        return None
    magic, version, flags, kid, realm, number, first, next_batch = _HEADER.unpack(head)
    if magic != _MAGIC:
        return None
    if version > _VERSION:
        raise SpoolError(f"the journal has format {version}, this gateway knows {_VERSION}: install the newer one")
    return Header(kid, realm, number, first, next_batch, bool(flags & _COMPACTED))


class Segment:
    """What memory holds of a segment: where its frames `end`, which positions of which lane it has, where they are.

    `size`: bytes that the file takes, with the room made ahead. `headless`: its header was damaged, and made up.
    """

    __slots__ = (
        "_offsets",
        "_positions",
        "end",
        "first",
        "header",
        "headless",
        "lanes",
        "last",
        "path",
        "records",
        "size",
    )

    def __init__(self, path: Path, header: Header, size: int = HEADER_BYTES, headless: bool = False) -> None:
        self.path = path
        self.header = header
        self.size = size
        self.headless = headless
        self.end = HEADER_BYTES
        self.records = 0
        self.first = self.last = 0
        self.lanes: dict[int, tuple[int, int]] = {}
        self._positions = array("Q")
        self._offsets = array("Q")

    @property
    def number(self) -> int:
        """Segments are numbered from 1, in the order of their positions."""
        return self.header.number

    def note(self, position: int, lane: int, offset: int) -> None:
        """A record's frame is at `offset`."""
        if not self._offsets or offset >= self._offsets[-1] + HINT_BYTES:
            self._positions.append(position)
            self._offsets.append(offset)
        known = self.lanes.get(lane)
        self.lanes[lane] = (position if known is None else known[0], position)
        self.first = self.first or position
        self.last = position
        self.records += 1

    def bounds(self, first: int, last: int) -> tuple[int, int]:
        """Offsets between which the frames of positions `first` to `last` are, if they are here."""
        low = bisect_right(self._positions, first) - 1
        high = bisect_right(self._positions, last)
        start = self._offsets[low] if low >= 0 else HEADER_BYTES
        return start, self._offsets[high] if high < len(self._offsets) else self.end


def path_of(folder: Path, number: int) -> Path:
    """Where a segment is kept."""
    return folder / f"{number:010d}{SUFFIX}"


def read(path: Path, start: int, end: int | None, fault: Fault) -> bytes:
    """The bytes from `start` to `end` (None: all); what the disk does not give is filled up, so that no CRC fits it.

    Raises OSError for anything but a disk that cannot read.
    """
    descriptor = _open(path, fault)
    try:
        stop = os.fstat(descriptor).st_size if end is None else end
        return _read(descriptor, start, stop, fault)
    finally:
        os.close(descriptor)


def _open(path: Path, fault: Fault) -> int:
    for attempt in range(READ_ATTEMPTS):
        try:
            fault(f"open {path.name}")
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            if attempt == READ_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _read(descriptor: int, start: int, stop: int, fault: Fault) -> bytes:
    parts, at = [], start
    while at < stop:
        part = _read_once(descriptor, at, stop - at, fault)
        if part is None:  # page by page: one bad spot must not take its neighbours with it
            wanted = min(PAGE - at % PAGE, stop - at)
            part = _read_once(descriptor, at, wanted, fault)
            part = b"\xff" * wanted if part is None else part
        if not part:
            break  # shorter than it was: the caller sees which frames are missing
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _read_once(descriptor: int, at: int, octets: int, fault: Fault) -> bytes | None:
    """Some bytes; None if the disk fails to read them again and again."""
    for _ in range(READ_ATTEMPTS):
        try:
            fault("read")
            return os.pread(descriptor, octets, at)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
    return None
