"""A set of numbers as sorted, disjoint, non-adjacent ranges, both ends inclusive."""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_PAIR = struct.Struct(">II")


class RangeSet:
    """Numbers from 0 to 2³²−1; memory and time go with the number of ranges."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    @classmethod
    def from_bytes(cls, data: bytes) -> "RangeSet":
        """Read what `to_bytes` wrote."""
        found = cls()
        for first, last in _PAIR.iter_unpack(data):
            found._firsts.append(first)
            found._lasts.append(last)
        return found

    def to_bytes(self) -> bytes:
        """Each range as two big-endian 32-bit numbers."""
        return b"".join(_PAIR.pack(first, last) for first, last in self)

    def __len__(self) -> int:
        return len(self._firsts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts, strict=True)

    def __getitem__(self, position: int) -> tuple[int, int]:
        return self._firsts[position], self._lasts[position]

    def __contains__(self, number: int) -> bool:
        return self.position(number) is not None

    @property
    def last(self) -> int | None:
        """The greatest number."""
        return self._lasts[-1] if self._lasts else None

    def position(self, number: int) -> int | None:
        """Which range holds `number`."""
        at = bisect_right(self._firsts, number) - 1
        return at if at >= 0 and self._lasts[at] >= number else None

    def first_from(self, number: int) -> int | None:
        """The smallest number of the set that is not below `number`."""
        at = bisect_left(self._lasts, number)
        return max(self._firsts[at], number) if at < len(self._firsts) else None

    def add(self, first: int, last: int) -> None:
        """Add first … last; what overlaps or touches becomes one range."""
        if self._lasts and first == self._lasts[-1] + 1:  # the next number: what nearly always happens
            self._lasts[-1] = last
            return
        begin = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first = min(first, self._firsts[begin])
            last = max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def drop_below(self, limit: int) -> None:
        """Remove all numbers smaller than `limit`."""
        begin = bisect_left(self._lasts, limit)
        del self._firsts[:begin], self._lasts[:begin]
        if self._firsts:
            self._firsts[0] = max(self._firsts[0], limit)
