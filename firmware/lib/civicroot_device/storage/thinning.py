"""Which records are given up when the outbox is full: the stated policy.

Only heartbeats are given up, and only superseded ones: the newest stays, and so does everything that says more than
"as before": deposits, alarms, changes, calibrations, and records that account for other numbers.

Every heartbeat has a rank, given when it is made: of each four 3/4 have rank 0, of the rest 3/4 have rank 1, and so on.
Those of rank 0 go first, the oldest of them first; when none is left those of rank 1, then 2, then 3. So while an
outage lasts its picture gets coarser as a whole, instead of losing its beginning: at a heartbeat every five minutes,
first one in 20 minutes is left everywhere, then one in 80, then one in five hours; then the oldest of these go.
The numbers given up lie in runs of three or more, so that few ranges have to be declared.
"""

from civicroot_device.storage import part as parts
from civicroot_device.storage import ranges
from civicroot_device.storage.segment import MAX_PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.part import Part

RANKS = 4
_STEP = 4  # of so many heartbeats of one rank or higher, one has the next


class Ranks:
    """Gives each heartbeat its rank, spread evenly over all records, however the other records lie between."""

    def __init__(self) -> None:
        self._owed = 0  # the highest rank that fell on records that are no heartbeats

    def next(self, made: int, heartbeat: bool) -> int:
        """The rank of the record that is the `made`-th in the life of the key; 0 for one that is no heartbeat."""
        self._owed = max(self._owed, _rank(made))
        if not heartbeat:
            return 0
        rank, self._owed = self._owed, 0
        return rank


def _rank(made: int) -> int:
    rank = 0
    while rank < RANKS - 1 and made % _STEP == 0:
        rank += 1
        made //= _STEP
    return rank


def choose(
    segments: "list[Part]", pending: "list[tuple[int, int]]"
) -> "tuple[Part, list[tuple[int, int]], list[tuple[int, int]]] | None":
    """What to give up next: (segment, ranges of numbers in it, all pending ranges then); None if there is nothing."""
    newest = _newest_heartbeat(segments)
    for rank in range(RANKS):
        for part in segments:
            if part.lowest <= rank:
                numbers = [seq for seq, at in part.items() if seq != newest and _given_up(at, rank)]
                if numbers:
                    dropped, then = _declarable(ranges.of(numbers), pending)
                    return (part, dropped, then) if dropped else None
    return None


def _given_up(at: int, rank: int) -> bool:
    return parts.is_heartbeat(at) and parts.rank_of(at) <= rank


def _newest_heartbeat(segments: "list[Part]") -> "int | None":
    for part in reversed(segments):
        if part.lowest != parts.NO_HEARTBEAT:
            return max([seq for seq, at in part.items() if parts.is_heartbeat(at)])
    return None


def _declarable(
    dropped: "list[tuple[int, int]]", pending: "list[tuple[int, int]]"
) -> "tuple[list[tuple[int, int]], list[tuple[int, int]]]":
    """As many of the ranges as may be pending at once, and what is pending then."""
    taken: "list[tuple[int, int]]" = []
    for first, last in dropped:
        then = ranges.add(pending, first, last)
        if len(then) > MAX_PENDING:
            break
        taken.append((first, last))
        pending = then
    return taken, pending
