"""What became of every number of one device key: received, skipped, thinned, or missing (SPEC.md §3.1, §8)."""

from collections.abc import Iterable
from itertools import pairwise

from civicroot_wire.acknowledgement import MAX_RANGES as MAX_HOLES
from civicroot_wire.errors import TrustError
from civicroot_wire.sequence import Sequence

from .ranges import RangeSet

# 32 KiB written per group for the worst device. A sound one has two for each restart since `settle`: at most 512.
MAX_LEDGER_RANGES = 4096

Coverage = tuple[tuple[int, int], list[tuple[int, int]]]  # an acknowledgement's [first, last] and the holes in it


class LedgerFull(Exception):
    """The key's numbers have so many holes that no further one is admitted. It may be once holes are filled."""


class SkippedNumber(TrustError):
    """A record contradicts the record received under number `other`: one skips the other."""

    def __init__(self, detail: str, other: int | None) -> None:
        super().__init__("skipped-seq", detail)
        self.other = other


class SequenceLedger:
    """The numbers of one key. `received`, `skipped` and `thinned` are kept; `covered` is their union."""

    __slots__ = ("covered", "received", "skipped", "thinned")

    def __init__(
        self, received: RangeSet | None = None, skipped: RangeSet | None = None, thinned: RangeSet | None = None
    ) -> None:
        self.received = received or RangeSet()
        self.skipped = skipped or RangeSet()
        self.thinned = thinned or RangeSet()
        self.covered = RangeSet()
        for numbers in (self.received, self.skipped, self.thinned):
            for first, last in numbers:
                self.covered.add(first, last)

    def knows(self, sequence: Sequence) -> bool:
        """Whether a record of this number was received already; raises SkippedNumber or LedgerFull if it cannot be.

        Whichever comes first wins: a record under a number that another one skipped is refused, and so is a record
        that skips a number which was received. Either way the key was cloned or its counter went back.
        """
        seq, skip = sequence.seq, sequence.skip
        if seq in self.received:
            return True
        if seq in self.skipped:
            raise SkippedNumber(f"{seq} was skipped by another record", self.received.first_from(seq))
        other = self.received.first_from(seq - skip) if skip else None
        if other is not None and other < seq:
            raise SkippedNumber(f"{seq} skips {other}, which was received", other)
        self._check_room(sequence)
        return False

    def add(self, sequence: Sequence) -> None:
        """Take in a record that `knows` said is new."""
        seq, skip = sequence.seq, sequence.skip
        self.received.add(seq, seq)
        self.covered.add(seq - skip, seq)
        if skip:
            self.skipped.add(seq - skip, seq - 1)
        for first, last in sequence.thinned:
            self.thinned.add(first, last)
            self.covered.add(first, last)

    def settle(self, below: int) -> None:
        """Forget how the numbers smaller than `below` were accounted for, only that they were: they become received.

        Without this the ranges of a device that restarts every day would grow for ever. A record that comes under
        such a number is then a repetition that cannot be compared any more, as all records below the replay window.
        Holes stay holes.
        """
        for first, last in self.covered:
            if first >= below:
                break
            self.received.add(first, min(last, below - 1))
        self.skipped.drop_below(below)
        self.thinned.drop_below(below)

    def coverage(self, numbers: Iterable[int]) -> list[Coverage]:
        """What to acknowledge so that all of `numbers` that are covered get named, each with at most 32 holes.

        One coverage, from the newest number down, unless there are more holes than fit: then one more for each
        stretch that holds some of `numbers`. The lowest begins at 0 if nothing is missing.
        """
        places = {self.covered.position(number) for number in numbers}
        wanted = sorted((place for place in places if place is not None), reverse=True)
        found: list[Coverage] = []
        low = top = len(self.covered) - 1
        for place in [top, *wanted] if wanted else []:
            if not found or place < low:
                low = max(place - MAX_HOLES, 0)
                found.append(self._stretch(low, place))
        return found

    def _stretch(self, low: int, high: int) -> Coverage:
        held = [self.covered[place] for place in range(low, high + 1)]
        holes = [(before[1] + 1, after[0] - 1) for before, after in pairwise(held)]
        return (held[0][0], held[-1][1]), holes

    def _check_room(self, sequence: Sequence) -> None:
        if len(self.received) + len(self.skipped) + len(self.thinned) < MAX_LEDGER_RANGES:
            return
        touches = (sequence.seq > 0 and sequence.seq - 1 in self.received) or sequence.seq + 1 in self.received
        if not touches or sequence.skip or sequence.thinned:
            raise LedgerFull(f"{MAX_LEDGER_RANGES} ranges of numbers are known of this key")
