"""What the journal holds, as its frames say, in memory: records in no batch, sealed batches, the next batch number.

Of a record in no batch it keeps the position and the size (ten bytes), of a batch one object; the records themselves
stay on the disk.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from . import frame
from .frame import Frame, RecordFrame, SealedFrame

Reader = Callable[[int, int, int], list[RecordFrame]]  # first, last position and lane


@dataclass(slots=True)
class Run:
    """Records of a lane that follow each other in it: their positions, ascending, and the sizes of their bytes."""

    positions: "array[int]" = field(default_factory=lambda: array("Q"))
    sizes: "array[int]" = field(default_factory=lambda: array("H"))


class Queue:
    """The records of one lane that are in no batch: runs, between which others of the lane are in batches.

    A batch is made of one run, so that what it has is said by its first and last position. Only the last run grows.
    """

    def __init__(self) -> None:
        self.runs = [Run()]
        self.records = 0
        self.octets = 0

    def add(self, position: int, size: int) -> None:
        """A new record, behind all others."""
        self.runs[-1].positions.append(position)
        self.runs[-1].sizes.append(size)
        self.records += 1
        self.octets += size

    def take(self, first: int, last: int) -> tuple[int, int]:
        """Take out what lies between two positions; how many records, and their bytes."""
        records = octets = 0
        for place in range(len(self.runs) - 1, -1, -1):
            run = self.runs[place]
            low, high = bisect_left(run.positions, first), bisect_right(run.positions, last)
            if low == high:
                continue
            records += high - low
            octets += sum(run.sizes[low:high])
            before = Run(run.positions[:low], run.sizes[:low])
            del run.positions[:high], run.sizes[:high]
            if before.positions:
                self.runs.insert(place, before)
            if not run.positions and run is not self.runs[-1]:
                self.runs.remove(run)
        self.records -= records
        self.octets -= octets
        return records, octets

    def put_back(self, run: Run) -> None:
        """Records that were in a batch are in none again."""
        if not run.positions:
            return
        places = [item.positions[0] if item.positions else 1 << 64 for item in self.runs]
        self.runs.insert(min(bisect_left(places, run.positions[0]), len(self.runs) - 1), run)
        self.records += len(run.positions)
        self.octets += sum(run.sizes)


@dataclass(slots=True)
class SpooledBatch:
    """A batch without a verdict, or refused for `reason`. `records` and `octets`: what of it is in the journal.

    With fewer records than its `size` it matches its root no more: it can be settled, but not sent.
    """

    seq: int
    lane: int
    first: int
    last: int
    size: int
    digest: bytes
    header: bytes
    records: int
    octets: int
    reason: str | None = None


class Contents:
    """`queues` by lane, `batches` by number, and the `next_batch` number. `read` gives records of the journal."""

    def __init__(self, read: Reader) -> None:
        self.queues: dict[int, Queue] = {}
        self.batches: dict[int, SpooledBatch] = {}
        self.next_batch = 0
        self._read = read
        self._by_digest: dict[bytes, int] = {}
        self._refused = 0

    @property
    def waiting(self) -> list[SpooledBatch]:
        """Batches without a verdict, in order of their numbers."""
        return [item for item in self.batches.values() if item.reason is None]

    @property
    def refused(self) -> list[SpooledBatch]:
        """Batches that the backend refused, in order of their numbers."""
        return [item for item in self.batches.values() if item.reason is not None]

    @property
    def has_refused(self) -> bool:
        """Whether there is one; cheap."""
        return self._refused > 0

    @property
    def records(self) -> int:
        """Records that the backend has neither committed nor refused."""
        return sum(item.records for item in self.queues.values()) + sum(item.records for item in self.waiting)

    def queue(self, lane: int) -> Queue:
        """The lane's queue."""
        return self.queues.setdefault(lane, Queue())

    def by_digest(self, digest: bytes) -> SpooledBatch | None:
        """The batch without a verdict whose message has this SHA-256."""
        found = self.batches.get(self._by_digest.get(digest, -1))
        return found if found is not None and found.reason is None else None

    def take(self, found: Frame) -> None:
        """Take in the next frame of the journal."""
        if isinstance(found, RecordFrame):
            self.queue(found.lane).add(found.position, len(found.encoded))
        elif isinstance(found, SealedFrame):
            self._seal(found)
        else:
            self._settle(found)

    def _seal(self, found: SealedFrame) -> None:
        records, octets = self.queue(found.lane).take(found.first, found.last)
        self.batches[found.seq] = SpooledBatch(
            found.seq, found.lane, found.first, found.last, found.size, found.digest, found.header, records, octets
        )
        self._by_digest[found.digest] = found.seq
        self.next_batch = max(self.next_batch, found.seq + 1)

    def _settle(self, found: frame.SettledFrame) -> None:
        known = self.batches.get(found.seq)
        self.next_batch = max(self.next_batch, found.seq + 1)
        if known is None:  # its SEALED frame was damaged; unless it is committed, its records go into another batch
            if found.outcome == frame.COMMITTED:
                self.queue(found.lane).take(found.first, found.last)
            return
        self._refused += (found.outcome == frame.REFUSED) - (known.reason is not None)
        if found.outcome == frame.REFUSED:
            known.reason = found.reason
            return
        del self.batches[found.seq]
        self._by_digest.pop(known.digest, None)
        if found.outcome == frame.RETURNED:
            left = self._read(known.first, known.last, known.lane)
            positions = array("Q", [item.position for item in left])
            self.queue(known.lane).put_back(Run(positions, array("H", [len(item.encoded) for item in left])))

    # What must not be deleted

    def ranges(self, lane: int) -> list[tuple[int, int, int]]:
        """(first, last, records) of what is not delivered, ascending and apart from each other."""
        runs = self.queues[lane].runs if lane in self.queues else []
        queued = [(run.positions[0], run.positions[-1], len(run.positions)) for run in runs if run.positions]
        return sorted(queued + [(b.first, b.last, b.records) for b in self.batches.values() if b.lane == lane])

    def oldest(self) -> dict[int, int]:
        """By lane, the position of the oldest record that is not delivered."""
        found: dict[int, int] = {}
        for lane, queue in self.queues.items():
            for run in queue.runs:
                if run.positions:
                    found[lane] = min(found.get(lane, run.positions[0]), run.positions[0])
        for item in self.batches.values():
            found[item.lane] = min(found.get(item.lane, item.first), item.first)
        return found


def is_live(ranges: list[tuple[int, int, int]], position: int) -> bool:
    """Whether a position is in one of a lane's `ranges`."""
    place = bisect_right(ranges, (position, 1 << 64, 0)) - 1
    return place >= 0 and ranges[place][1] >= position


def live_records(ranges: list[tuple[int, int, int]], first: int, last: int) -> int:
    """At most so many records of the `ranges` lie from `first` to `last`."""
    place = max(bisect_right(ranges, (first, 1 << 64, 0)) - 1, 0)
    count = 0
    while place < len(ranges) and ranges[place][0] <= last:
        low, high, records = ranges[place]
        count += max(min(min(high, last) - max(low, first) + 1, records), 0)
        place += 1
    return count
