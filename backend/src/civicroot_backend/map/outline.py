"""The outline of the places: their convex hull (monotone chain, A. M. Andrew 1979), drawn where no base map is."""

from collections.abc import Iterable

Point = tuple[float, float]  # longitude, latitude


def hull(points: Iterable[Point]) -> list[Point]:
    """Counter-clockwise, without repetition; fewer than three points are as they are."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return _half(ordered)[:-1] + _half(reversed(ordered))[:-1]


def _half(points: Iterable[Point]) -> list[Point]:
    chain: list[Point] = []
    for point in points:
        while len(chain) >= 2 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(origin: Point, one: Point, other: Point) -> float:
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])
