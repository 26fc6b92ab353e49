"""The sequence header of records and batch headers: `[seq, skip, beacon, thinned]` (SPEC.md §3.1)."""

from . import shape
from .errors import MalformedError

MAX_SEQ = shape.UINT32
MAX_SKIP = 64  # one block of reserved numbers: a power cut wastes no more
MAX_THINNED = 16  # ranges that still fit a record
BEACON_BYTES = 8


class Sequence:
    """`seq`; `skip` numbers just before it never used; `beacon` or None; `thinned` pairs (first, last)."""

    __slots__ = ("beacon", "seq", "skip", "thinned")

    def __init__(
        self,
        seq: int,
        skip: int = 0,
        beacon: "bytes | None" = None,
        thinned: "list[tuple[int, int]] | None" = None,
    ) -> None:
        self.seq = seq
        self.skip = skip
        self.beacon = beacon
        self.thinned = thinned or []

    def header(self) -> "list[object]":
        """The shortest array: trailing defaults are left out."""
        if self.thinned:
            return [self.seq, self.skip, self.beacon, [[first, last] for first, last in self.thinned]]
        if self.beacon is not None:
            return [self.seq, self.skip, self.beacon]
        return [self.seq, self.skip] if self.skip else [self.seq]


def from_header(value: object, most: int) -> Sequence:
    """Read a sequence header of at most `most` elements: 4 in a record, 2 in a batch header."""
    parts = shape.array(value, "sequence", 1, most)
    found = Sequence(shape.integer(parts[0], "seq", 0, MAX_SEQ))
    if len(parts) > 1:
        found.skip = shape.integer(parts[1], "skip", 0, MAX_SKIP)
    if found.skip > found.seq:
        raise MalformedError("out-of-range", "skip is over seq")
    if len(parts) > 2 and parts[2] is not None:
        found.beacon = shape.octets(parts[2], "beacon", BEACON_BYTES, BEACON_BYTES)
    if len(parts) > 3:
        found.thinned = _thinned(parts[3], found.seq)
    if len(parts) != len(found.header()):
        raise MalformedError("not-deterministic", "sequence ends in a default")
    return found


def _thinned(value: object, seq: int) -> "list[tuple[int, int]]":
    ranges = []
    next_free = 0
    for item in shape.array(value, "thinned", 1, MAX_THINNED):
        pair = shape.array(item, "thinned range", 2, 2)
        first = shape.integer(pair[0], "thinned first", next_free, MAX_SEQ)
        last = shape.integer(pair[1], "thinned last", first, MAX_SEQ)
        if last >= seq:
            raise MalformedError("out-of-range", "a record cannot thin itself or later ones")
        ranges.append((first, last))
        next_free = last + 2  # adjacent ranges would be one range
    return ranges
