"""Sorted, disjoint, non-adjacent ranges of numbers as a list of (first, last), both inclusive."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def add(ranges: "list[tuple[int, int]]", first: int, last: int) -> "list[tuple[int, int]]":
    """The ranges with first … last added; what overlaps or touches becomes one range."""
    before = [item for item in ranges if item[1] < first - 1]
    after = [item for item in ranges if item[0] > last + 1]
    touching = ranges[len(before) : len(ranges) - len(after)]
    if touching:
        first = min(first, touching[0][0])
        last = max(last, touching[-1][1])
    return before + [(first, last)] + after


def of(numbers: "Iterable[int]") -> "list[tuple[int, int]]":
    """The ranges of ascending numbers."""
    found: "list[tuple[int, int]]" = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def contain(ranges: "list[tuple[int, int]]", number: int) -> bool:
    """Whether a range contains the number."""
    return any(first <= number <= last for first, last in ranges)


def without(first: int, last: int, holes: "list[tuple[int, int]]") -> "list[tuple[int, int]]":
    """first … last minus the ascending ranges `holes`."""
    found = []
    for hole_first, hole_last in holes:
        if hole_first > first:
            found.append((first, min(last, hole_first - 1)))
        first = max(first, hole_last + 1)
    if first <= last:
        found.append((first, last))
    return [item for item in found if item[0] <= item[1]]
