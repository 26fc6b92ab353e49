"""Web Mercator (EPSG:3857) as the square from 0 to 1, and grids of 2^level cells a side: what maps are drawn on."""

import math
from dataclasses import dataclass

MAX_LATITUDE = 85.0511287798066  # degrees: where the square ends
CELLS_OF_TILE = 2  # levels below a tile's: 2^2 cells of 64 pixels a side in a tile of 256
FINEST = 26  # a cell of half a metre: nothing is nearer together


@dataclass(frozen=True, slots=True)
class Box:
    """WGS 84 degrees; `west` > `east` goes across 180°."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns and rows of a level, both ends inclusive; two ranges of columns across 180°."""

    columns: tuple[tuple[int, int], ...]
    rows: tuple[int, int]

    @property
    def number(self) -> int:
        """How many cells."""
        return (self.rows[1] - self.rows[0] + 1) * sum(last - first + 1 for first, last in self.columns)

    def has(self, column: int, row: int) -> bool:
        """Whether a cell is among them."""
        return self.rows[0] <= row <= self.rows[1] and any(first <= column <= last for first, last in self.columns)


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """x from west to east, y from north to south, each from 0 to below 1."""
    bounded = max(-MAX_LATITUDE, min(MAX_LATITUDE, latitude))
    sine = math.sin(math.radians(bounded))
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return _inside((longitude + 180) / 360), _inside(y)


def cells(box: Box, level: int) -> Cells:
    """Those that a box touches."""
    side = 1 << level
    left, top = project(box.north, box.west)
    right, bottom = project(box.south, box.east)
    west, east = int(left * side), int(right * side)
    columns = ((west, east),) if box.west <= box.east else ((0, east), (west, side - 1))
    return Cells(columns, (int(top * side), int(bottom * side)))


def within(box: Box, latitude: float, longitude: float) -> bool:
    """Whether a place is in a box."""
    if not box.south <= latitude <= box.north:
        return False
    if box.west <= box.east:
        return box.west <= longitude <= box.east
    return longitude >= box.west or longitude <= box.east


def _inside(share: float) -> float:
    return max(0.0, min(math.nextafter(1.0, 0.0), share))
