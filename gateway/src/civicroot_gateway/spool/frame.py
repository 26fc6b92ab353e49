"""The journal's frames: bytes in, bytes out, and how reading goes on behind bytes that are damaged.

    frame     = marker (2) | CRC-32 (4) | kind (1) | length of content (2) | content
    RECORD    = position (8) | arrival in Unix seconds, 0: not known (4) | lane (1) | the record's exact bytes
    SEALED    = seq (4) | lane (1) | first, last position (8, 8) | records (2) | message's SHA-256 (32) | header
    SETTLED   = seq (4) | lane (1) | first, last position (8, 8) | outcome (1) | reason

Numbers are little-endian. The CRC covers everything behind it and begins at the journal's `salt`, a secret of the
gateway's key: a device decides what is in its records, and could put a whole frame into one. Whoever reads on behind
damage would find that frame; without the salt its CRC is right once in 2^32.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

MARKER = b"\xc1\x7f"  # no valid UTF-8, and no beginning of a record (0xd2)
RECORD, SEALED, SETTLED = 1, 2, 3
COMMITTED, REFUSED, RETURNED = 0, 1, 2  # outcomes; RETURNED: its records are in no batch again
MAX_CONTENT = 1024  # a record has at most 512 bytes, a signed header 256: a damaged length leads nowhere far
MAX_ARRIVAL = 0xFFFFFFFF  # Unix seconds, in the year 2106

_HEAD = struct.Struct("<2sIBH")
_RECORD = struct.Struct("<QIB")
_RECORD_HEAD = struct.Struct("<BHQIB")  # kind and length with it: what the CRC covers in front of the record
_SEALED = struct.Struct("<IBQQH32s")
_SETTLED = struct.Struct("<IBQQB")
HEAD_BYTES = _HEAD.size
RECORD_OVERHEAD = HEAD_BYTES + _RECORD.size  # bytes that a record costs beside its own
_COVERED = 6  # where in a frame begins what the CRC covers


@dataclass(slots=True)
class RecordFrame:
    """An accepted record under its `position` in the journal; `arrived` in Unix seconds, 0 if no clock was trusted."""

    position: int
    arrived: int
    lane: int
    encoded: bytes


@dataclass(slots=True)
class SealedFrame:
    """A batch number that is used: the `size` records of a lane from position `first` to `last`, and their header."""

    seq: int
    lane: int
    first: int
    last: int
    size: int
    digest: bytes
    header: bytes


@dataclass(slots=True)
class SettledFrame:
    """What became of a batch. It says which records it had, so that it counts even if the SEALED frame is damaged."""

    seq: int
    lane: int
    first: int
    last: int
    outcome: int
    reason: str = ""


@dataclass(slots=True)
class Gap:
    """Bytes `start` to `end` that are no frame; `tail` if nothing follows: a write that was cut off, not damage."""

    start: int
    end: int
    tail: bool


Frame = RecordFrame | SealedFrame | SettledFrame


def encode_record(position: int, arrived: int, lane: int, encoded: bytes, salt: int) -> tuple[bytes, bytes]:
    """The frame in two parts, the second of which is the record itself."""
    head = _RECORD_HEAD.pack(RECORD, _RECORD.size + len(encoded), position, arrived, lane)
    check = crc32(encoded, crc32(head, salt))
    return MARKER + check.to_bytes(4, "little") + head, encoded


def encode(frame: Frame, salt: int) -> bytes:
    """The frame's bytes."""
    if isinstance(frame, RecordFrame):
        return b"".join(encode_record(frame.position, frame.arrived, frame.lane, frame.encoded, salt))
    if isinstance(frame, SealedFrame):
        numbers = _SEALED.pack(frame.seq, frame.lane, frame.first, frame.last, frame.size, frame.digest)
        return _frame(SEALED, numbers + frame.header, salt)
    numbers = _SETTLED.pack(frame.seq, frame.lane, frame.first, frame.last, frame.outcome)
    return _frame(SETTLED, numbers + frame.reason.encode(), salt)


def _frame(kind: int, content: bytes, salt: int) -> bytes:
    covered = kind.to_bytes(1, "little") + len(content).to_bytes(2, "little") + content
    return MARKER + crc32(covered, salt).to_bytes(4, "little") + covered


def scan(data: bytes, start: int, salt: int) -> Iterator[tuple[int, int, Frame | Gap]]:
    """(offset, end, frame or gap) from `start` on, to the end of what was written. Never raises for what it reads.

    Zeros up to the end are room that was made ahead, and no gap.
    """
    at, end_of_data = start, len(data)
    while at < end_of_data:
        frame_end = _valid(data, at, salt)
        found = _decode(data, at, frame_end) if frame_end else None
        if found is not None:
            yield at, frame_end, found
            at = frame_end
            continue
        after = _next_valid(data, at + 1, salt)
        if after is not None:
            yield at, after, Gap(at, after, tail=False)
            at = after
            continue
        written = len(data.rstrip(b"\0")) if data.endswith(b"\0") else end_of_data
        if written > at:
            yield at, end_of_data, Gap(at, written, tail=True)
        return


def _valid(data: bytes, at: int, salt: int) -> int:
    """The end of the frame at `at`, or 0 if there is none."""
    if at + HEAD_BYTES > len(data):
        return 0
    marker, check, _kind, length = _HEAD.unpack_from(data, at)
    end: int = at + HEAD_BYTES + length
    if marker != MARKER or length > MAX_CONTENT or end > len(data):
        return 0
    return end if crc32(memoryview(data)[at + _COVERED : end], salt) == check else 0


def _next_valid(data: bytes, start: int, salt: int) -> int | None:
    at = data.find(MARKER, start)
    while at >= 0:
        end = _valid(data, at, salt)
        if end and _decode(data, at, end) is not None:
            return at
        at = data.find(MARKER, at + 1)
    return None


def _decode(data: bytes, at: int, end: int) -> Frame | None:
    """The frame whose CRC is right; None for a kind that is not known or content too short for it."""
    kind, body = data[at + _COVERED], at + HEAD_BYTES
    if kind == RECORD and end - body >= _RECORD.size:
        position, arrived, lane = _RECORD.unpack_from(data, body)
        return RecordFrame(position, arrived, lane, data[body + _RECORD.size : end])
    if kind == SEALED and end - body >= _SEALED.size:
        seq, lane, first, last, size, digest = _SEALED.unpack_from(data, body)
        return SealedFrame(seq, lane, first, last, size, digest, data[body + _SEALED.size : end])
    if kind == SETTLED and end - body >= _SETTLED.size:
        seq, lane, first, last, outcome = _SETTLED.unpack_from(data, body)
        return SettledFrame(seq, lane, first, last, outcome, _text(data[body + _SETTLED.size : end]))
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
