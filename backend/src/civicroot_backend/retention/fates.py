"""Fates: which numbers of which keys the batches of a range of the log decided, as a pruning statement lists them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from civicroot_audit.ranges import Ranges
from civicroot_wire.pruning import PrunedKey
from civicroot_wire.sequence import Sequence


@dataclass
class Fates:
    """Of one key."""

    received: Ranges = field(default_factory=Ranges)
    skipped: Ranges = field(default_factory=Ranges)
    thinned: Ranges = field(default_factory=Ranges)
    rejected: Ranges = field(default_factory=Ranges)


class Held:
    """What a range of batches held. Pure: reader.py fills it."""

    def __init__(self) -> None:
        self._keys: dict[bytes, Fates] = {}

    def receive(self, kid: bytes, sequence: Sequence) -> None:
        """A record or a batch header that counts."""
        mine = self._fates(kid)
        mine.received.add(sequence.seq)
        if sequence.skip:
            mine.skipped.add(sequence.seq - sequence.skip, sequence.seq - 1)
        for first, last in sequence.thinned:
            mine.thinned.add(first, last)

    def reject(self, kid: bytes, seq: int) -> None:
        """A record that the key signed and that does not count."""
        self._fates(kid).rejected.add(seq)

    def received(self) -> Iterable[tuple[bytes, int, int]]:
        """(kid, first, last) of everything received."""
        return [(kid, first, last) for kid, mine in self._keys.items() for first, last in mine.received]

    def keys(self) -> list[PrunedKey]:
        """Every key, by ascending kid. A number that was received counts as that, whatever else is said of it."""
        return [
            PrunedKey(
                kid,
                list(mine.received),
                list(mine.skipped.difference(mine.received)),
                list(mine.thinned.difference(mine.received)),
                list(mine.rejected.difference(mine.received)),
            )
            for kid, mine in sorted(self._keys.items())
        ]

    def _fates(self, kid: bytes) -> Fates:
        return self._keys.setdefault(kid, Fates())
