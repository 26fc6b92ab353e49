"""What was committed before, as far as it bears on the batches at hand. Plain data: history_reader.py fills it."""

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field

from civicroot_wire import revocation
from civicroot_wire.revocation import Revocation
from civicroot_wire.sequence import Sequence

KeySeq = tuple[bytes, int]  # kid, seq


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A committed batch under a gateway's seq."""

    content_digest: bytes
    log_index: int
    header: bytes


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """An accepted record under a device's seq; `encoded` is None once it is pruned."""

    content_digest: bytes
    encoded: bytes | None


@dataclass
class History:
    """Grows with what is judged, so that the batches of one group see each other.

    `skips` are ascending ranges, both ends inclusive. Those of a key do not overlap: a message is accepted only if its
    number is in none of them, and if it skipped no number that was used, so neither the one that ends another range.
    """

    batches: dict[KeySeq, KnownBatch] = field(default_factory=dict)
    records: dict[KeySeq, KnownRecord] = field(default_factory=dict)
    skips: defaultdict[bytes, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    revocations: dict[bytes, tuple[int, Revocation]] = field(default_factory=dict)  # by kid, with their log index

    def is_skipped(self, kid: bytes, seq: int) -> bool:
        """Whether an accepted message of the key says that it never used this number."""
        ranges = self.skips.get(kid, [])
        before = bisect_right(ranges, seq, key=lambda each: each[0]) - 1
        return before >= 0 and seq <= ranges[before][1]

    def skips_a_record(self, kid: bytes, sequence: Sequence) -> bool:
        """Whether `sequence` says that it skipped a number under which a record was accepted."""
        return any((kid, seq) in self.records for seq in skipped(sequence))

    def skips_a_batch(self, kid: bytes, sequence: Sequence) -> bool:
        """Whether `sequence` says that it skipped a number under which a batch was committed."""
        return any((kid, seq) in self.batches for seq in skipped(sequence))

    def is_revoked(self, kid: bytes, seq: int) -> bool:
        """Whether the key was withdrawn for what is logged from now on, `seq` being its message's number."""
        found = self.revocations.get(kid)
        return found is not None and revocation.covers(found[1], found[0], found[0] + 1, seq)

    def add_skip(self, kid: bytes, sequence: Sequence) -> None:
        """Remember what an accepted message skipped."""
        if sequence.skip:
            self.add_skipped(kid, sequence.seq - sequence.skip, sequence.seq - 1)

    def add_skipped(self, kid: bytes, first: int, last: int) -> None:
        """Remember a range that was skipped."""
        insort(self.skips[kid], (first, last))


def skipped(sequence: Sequence) -> range:
    """The numbers just before this one that were never used: at most 64."""
    return range(sequence.seq - sequence.skip, sequence.seq)
