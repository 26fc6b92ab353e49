"""Closes batches over what waits in the spool: urgent records soon and by themselves, the others in full batches."""

from collections.abc import Callable, Iterable

from ..config import BatchLimits
from ..signing import Signer
from ..spool.contents import Run
from ..spool.spool import Spool
from . import batcher
from .delivery import WINDOW
from .lane import LANES, URGENT


class Backlog:
    """Each lane has its own window of sealed batches, so that a backlog of the one does not hold up the other."""

    def __init__(
        self, spool: Spool, signer: Signer, realm: str, limits: BatchLimits, monotonic: Callable[[], float]
    ) -> None:
        self._spool = spool
        self._signer = signer
        self._realm = realm
        self._limits = limits
        self._monotonic = monotonic
        self._since = dict.fromkeys(LANES, monotonic())  # when the oldest came, or the gateway started

    def coming(self, lanes: Iterable[int]) -> None:
        """Records of these lanes are about to be committed."""
        for lane in lanes:
            if not self._spool.contents.queue(lane).records:
                self._since[lane] = self._monotonic()

    def due_in(self) -> float | None:
        """Seconds until a batch closes, or None."""
        waits = [wait for wait in (self._due_in(lane) for lane in LANES) if wait is not None]
        return min(waits, default=None)

    def seal(self, now: int, may_seal: Callable[[int], bool]) -> int:
        """Close all batches that are due at Unix seconds `now`, as far as their numbers may be used; how many."""
        sealed = 0
        for lane in LANES:
            while self._due_in(lane) == 0 and may_seal(self._spool.contents.next_batch):
                sealed += self._seal(lane, now)
        return sealed

    def _seal(self, lane: int, now: int) -> int:
        run, _ = self._run(lane)
        count = batcher.choose(run, self._limits)
        first, last = run.positions[0], run.positions[count - 1]
        records = self._spool.read(first, last, lane)
        self._since[lane] = self._monotonic()
        if len(records) < count:
            self._spool.lose(lane, first, last, count - len(records))
        if not records:
            return 0
        number = self._spool.contents.next_batch
        self._spool.seal(*batcher.seal(number, records, now, self._realm, self._signer))
        return 1

    def _run(self, lane: int) -> tuple[Run, bool]:
        """The oldest run of the lane, and whether it still grows."""
        runs = self._spool.contents.queue(lane).runs
        found = next((run for run in runs if run.positions), runs[-1])
        return found, found is runs[-1]

    def _due_in(self, lane: int) -> float | None:
        """Seconds until a batch of the lane closes, or None.

        While the uplink is behind, age alone closes nothing: an outage ends in few full batches, not in many small.
        """
        run, grows = self._run(lane)
        if not run.positions:
            return None
        if batcher.is_full(run, grows, self._spool.next_position - 1, self._limits):
            return 0.0
        if len(self._spool.lanes[0 if lane == URGENT else 1]) >= WINDOW:
            return None
        longest = self._limits.urgent_age if lane == URGENT else self._limits.max_age
        return max(longest - (self._monotonic() - self._since[lane]), 0.0)
