"""What of one segment file is still wanted: the outbox's index in memory, a few bytes for each record."""

from array import array

from civicroot_device.storage import ranges, segment
from civicroot_device.storage.segment import HEARTBEAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from civicroot_device.storage.segment import Entry

SUFFIX = ".seg"
# A place is offset (16 bits), length (10), rank (2) and priority (2) of a record: 30 bits, a small integer everywhere.
_OFFSET, _LENGTH, _RANK = 14, 4, 2
MAX_SEGMENT_BYTES = 1 << 16
NO_HEARTBEAT = 4  # above every rank


class Part:
    """A file: `number`, `size`, `head` (bytes of its header), `seqs` and `places` of its records not deleted.

    `live` are the bytes of their entries, `lowest` the lowest rank of a heartbeat among them (NO_HEARTBEAT: none).
    Two arrays of 4 bytes for each record: lists of 18 integers take twice that.
    """

    def __init__(self, number: int, head: int, size: int) -> None:
        self.number = number
        self.head = head
        self.size = size
        self.live = 0
        self.lowest = NO_HEARTBEAT
        self.seqs = array("I")
        self.places = array("I")

    @property
    def name(self) -> str:
        """The file's name."""
        return "%08x%s" % (self.number, SUFFIX)

    def add(self, entry: "Entry") -> None:
        """Take in a record of the file."""
        self.put(entry.seq, place(entry.offset, entry.length, entry.rank, entry.priority))

    def put(self, seq: int, at: int) -> None:
        """Take in a record at a place."""
        self.seqs.append(seq)
        self.places.append(at)
        self.live += entry_bytes(at)
        if is_heartbeat(at):
            self.lowest = min(self.lowest, rank_of(at))

    def keep(self, wanted: "Callable[[int, int], bool]") -> int:
        """Forget the records for which wanted(seq, place) is false; how many they were."""
        kept = [at for at in range(len(self.seqs)) if wanted(self.seqs[at], self.places[at])]
        gone = len(self.seqs) - len(kept)
        if gone:
            self.set([(self.seqs[at], self.places[at]) for at in kept])
        return gone

    def forget(self, gone: "list[tuple[int, int]]") -> int:
        """Forget the records with numbers in these ranges; how many they were."""
        return self.keep(lambda seq, _: not ranges.contain(gone, seq)) if gone else 0

    def set(self, records: "Iterable[tuple[int, int]]") -> None:
        """Hold these (seq, place) and no others."""
        self.seqs, self.places = array("I"), array("I")
        self.live, self.lowest = 0, NO_HEARTBEAT
        for seq, at in records:
            self.put(seq, at)
        self.trim()

    def trim(self) -> None:
        """Give back what the arrays took in advance: no record is added for now."""
        self.seqs, self.places = self.seqs[:], self.places[:]

    def items(self) -> "list[tuple[int, int]]":
        """(seq, place) of its records."""
        return [(self.seqs[at], self.places[at]) for at in range(len(self.seqs))]

    def place_of(self, seq: int) -> "int | None":
        """Where the record with that number is."""
        if not self.seqs or not self.seqs[0] <= seq <= self.seqs[-1]:
            return None
        for at, found in enumerate(self.seqs):
            if found == seq:
                return self.places[at]
        return None


def place(offset: int, length: int, rank: int, priority: int) -> int:
    """Where a record's payload is in its file, how long, and what it is."""
    return offset << _OFFSET | length << _LENGTH | rank << _RANK | priority


def offset_of(at: int) -> int:
    """Where the payload begins."""
    return at >> _OFFSET


def length_of(at: int) -> int:
    """Bytes of the payload."""
    return at >> _LENGTH & 1023


def entry_bytes(at: int) -> int:
    """Bytes of the whole entry."""
    return segment.ENTRY_BYTES + length_of(at)


def moved(at: int, entry_at: int) -> int:
    """The place of the same record in an entry that begins at `entry_at`."""
    return (entry_at + segment.ENTRY_BYTES) << _OFFSET | at & (1 << _OFFSET) - 1


def is_heartbeat(at: int) -> bool:
    """Whether the record may be thinned."""
    return at & 3 == HEARTBEAT


def rank_of(at: int) -> int:
    """A heartbeat's rank (thinning.py)."""
    return at >> _RANK & 3
