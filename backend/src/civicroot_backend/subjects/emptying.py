"""When a bin was emptied: a projection of its levels that anybody can repeat from the readings it names.

The rule: between two readings that follow each other, `before` and `after`, the bin was emptied if the lower of the two
levels up to `before` is at least STEP above the higher of the two levels from `after` on. Two on each side, since a
sensor sometimes sees a bag or a hand: one reading alone, high or low, empties nothing. With only one reading since, it
is said to be unconfirmed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Generic, TypeVar

STEP = Decimal("0.30")  # of a bin: sensors' noise is below 0.10, and nobody drives out for less
_Reading = TypeVar("_Reading")


@dataclass(frozen=True, slots=True)
class Level(Generic[_Reading]):
    """How full, from 0 to 1, and the reading that says so."""

    fill: Decimal
    reading: _Reading


@dataclass(frozen=True, slots=True)
class Emptied(Generic[_Reading]):
    """The last level before and the first after. `confirmed`: a second reading says so too."""

    before: Level[_Reading]
    after: Level[_Reading]
    confirmed: bool

    @property
    def fell(self) -> Decimal:
        """By how much of the bin."""
        return self.before.fill - self.after.fill


def last(newest_first: Iterable[Level[_Reading]]) -> Emptied[_Reading] | None:
    """The last time; reads no further back than it must."""
    newer: Level[_Reading] | None = None
    for after, before, older in _followed(newest_first):
        low = before.fill if older is None else min(before.fill, older.fill)
        high = after.fill if newer is None else max(after.fill, newer.fill)
        if low - high >= STEP:
            return Emptied(before, after, newer is not None)
        newer = after
    return None


def _followed(
    levels: Iterable[Level[_Reading]],
) -> Iterator[tuple[Level[_Reading], Level[_Reading], Level[_Reading] | None]]:
    """Each two levels that follow each other, with the one still older."""
    held: tuple[Level[_Reading], Level[_Reading]] | None = None
    for pair in pairwise(levels):
        if held is not None:
            yield (*held, pair[1])
        held = pair
    if held is not None:
        yield (*held, None)
