"""Ranges: a set of non-negative integers, kept as merged ascending inclusive ranges.

A device's whole life is a handful of ranges however many numbers it used, so accounts stay small.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """A set of integers as ranges (first, last), both inclusive; neighbours are merged, so equal sets look the same."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add(first, last)

    def add(self, first: int, last: int | None = None) -> None:
        """Add the numbers first … last; only `first` without `last`. ValueError for a range that ends before it begins.

        Adding at the end, which is what a log read in order does, takes constant time.
        """
        end = first if last is None else last
        if end < first or first < 0:
            raise ValueError(f"not a range: {first} to {end}")
        if not self._lasts or first > self._lasts[-1] + 1:
            self._firsts.append(first)
            self._lasts.append(end)
            return
        # Every range that overlaps or adjoins becomes part of the new one.
        low = bisect_left(self._lasts, first - 1)
        high = bisect_right(self._firsts, end + 1)
        if low < high:
            first = min(first, self._firsts[low])
            end = max(end, self._lasts[high - 1])
        self._firsts[low:high] = [first]
        self._lasts[low:high] = [end]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The ranges (first, last), ascending; there is at least one number between two of them."""
        return zip(self._firsts, self._lasts, strict=True)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self._lasts, number)
        return at < len(self._lasts) and self._firsts[at] <= number

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranges):
            return NotImplemented
        return self._firsts == other._firsts and self._lasts == other._lasts

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(self._lasts) - sum(self._firsts) + len(self._firsts)

    @property
    def highest(self) -> int | None:
        """The greatest number; None if empty."""
        return self._lasts[-1] if self._lasts else None

    def union(self, other: "Ranges") -> "Ranges":
        """The numbers of either."""
        ordered = sorted([*self, *other])
        return Ranges(ordered)

    def intersection(self, other: "Ranges") -> "Ranges":
        """The numbers of both."""
        return self.difference(self.difference(other))

    def difference(self, other: "Ranges") -> "Ranges":
        """The numbers of this that are not of `other`."""
        left = Ranges()
        taken = list(other)
        at = 0
        for first, last in self:
            while at < len(taken) and taken[at][1] < first:
                at += 1
            position, look = first, at
            while look < len(taken) and taken[look][0] <= last:
                if taken[look][0] > position:
                    left.add(position, taken[look][0] - 1)
                position = max(position, taken[look][1] + 1)
                look += 1
            if position <= last:
                left.add(position, last)
        return left
