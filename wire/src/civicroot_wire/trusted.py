"""Trusted: whom a policy trusts, and for which part of the log (SPEC.md §6)."""

from . import shape

MAX_INDEX = (1 << 53) - 1  # JSON readers keep integers up to here (RFC 8259 §6)


class Trusted:
    """`name`, and the log indices `first` … `last` (None: no end) for which it is trusted."""

    __slots__ = ("first", "last", "name")

    def __init__(self, name: str, first: int, last: "int | None") -> None:
        self.name = name
        self.first = first
        self.last = last

    def covers(self, index: int) -> bool:
        """Whether it is trusted at log index `index`."""
        return self.first <= index and (self.last is None or index <= self.last)


def range_of(fields: "dict[int | str, object]") -> "tuple[int, int | None]":
    """`first` and `last` of a model's map."""
    first = shape.integer(fields["first"], "first", 0, MAX_INDEX)
    return first, shape.integer(fields["last"], "last", first, MAX_INDEX) if "last" in fields else None
