"""What waits for the backend: records in no batch yet, and sealed batches without a verdict."""

from collections.abc import Callable

from civicroot_wire.verdict import Verdict

from ..config import BatchLimits
from ..signing import Signer
from ..spool.spool import Spool
from . import batcher
from .delivery import WINDOW


class Backlog:
    """Counts the spool in memory, and closes and settles batches in it. Changes belong in an open transaction.

    `records` that are spooled; `octets` of them and of refused batches; `waiting`: numbers of the sealed
    batches, ascending.
    """

    def __init__(
        self, spool: Spool, signer: Signer, realm: str, limits: BatchLimits, monotonic: Callable[[], float]
    ) -> None:
        self._spool = spool
        self._signer = signer
        self._realm = realm
        self._limits = limits
        self._monotonic = monotonic
        self.records, octets = spool.totals()
        self.octets = octets + spool.dead_letter_bytes()
        self.waiting = spool.waiting_batches()
        self._unbatched, self._unbatched_octets = spool.unbatched_totals()
        self._since = monotonic()  # when the oldest unbatched record came, or the gateway started

    def add(self, octets: int) -> None:
        """A record of so many bytes is going to be spooled."""
        if not self._unbatched:
            self._since = self._monotonic()
        self._unbatched += 1
        self._unbatched_octets += octets
        self.records += 1
        self.octets += octets

    def due_in(self) -> float | None:
        """Seconds until a batch closes by age, or None."""
        if not self._unbatched or len(self.waiting) >= WINDOW:
            return None
        return max(self._limits.max_age - self._age(), 0.0)

    def seal(self, now: int) -> int:
        """Close all batches that are due at Unix seconds `now`; returns how many."""
        sealed = 0
        while self._is_due():
            chosen = batcher.choose(self._spool.unbatched(self._limits.max_records), self._limits)
            seq = self._spool.next_batch()
            self._spool.add_batch(batcher.seal(seq, chosen, now, self._realm, self._signer))
            self.waiting.append(seq)
            self._unbatched -= len(chosen)
            self._unbatched_octets -= sum(len(item.encoded) for item in chosen)
            self._since = self._monotonic()
            sealed += 1
        return sealed

    def settle(self, seq: int, verdict: Verdict, now: int) -> int:
        """Delete a committed batch, or bury a refused one; returns how many records it had."""
        if verdict.committed:
            records, freed = self._spool.delete_batch(seq)
        else:
            records, freed = self._spool.bury_batch(seq, verdict.reason or "", now)
        self.waiting.remove(seq)
        self.records -= records
        self.octets -= freed
        return records

    def _age(self) -> float:
        return self._monotonic() - self._since

    def _is_due(self) -> bool:
        room = len(self.waiting) < WINDOW
        return batcher.is_due(self._unbatched, self._unbatched_octets, self._age(), self._limits, room)
