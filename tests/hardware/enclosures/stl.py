"""A binary STL file as it stands on the disk, read without any library."""

import struct
from collections import Counter
from pathlib import Path

Corner = tuple[float, float, float]
Triangle = tuple[Corner, Corner, Corner]
HEAD, EACH = 84, 50  # bytes


def triangles(path: Path) -> list[Triangle]:
    """Its triangles."""
    data = path.read_bytes()
    (count,) = struct.unpack_from("<I", data, HEAD - 4)
    assert len(data) == HEAD + EACH * count
    found = []
    for at in range(count):
        numbers = struct.unpack_from("<12f", data, HEAD + EACH * at)
        one, two, three = ((numbers[i], numbers[i + 1], numbers[i + 2]) for i in (3, 6, 9))
        found.append((one, two, three))
    return found


def open_edges(mesh: list[Triangle]) -> int:
    """Edges that are not met by one of the other sense."""
    edges: Counter[tuple[Corner, Corner]] = Counter()
    for one, two, three in ([_near(corner) for corner in triangle] for triangle in mesh):
        if one != two != three != one:
            edges.update([(one, two), (two, three), (three, one)])
    return sum(edges[(b, a)] != count for (a, b), count in edges.items())


def volume(mesh: list[Triangle]) -> float:
    """In mm³."""
    return sum(_six(*triangle) for triangle in mesh) / 6


def bounds(mesh: list[Triangle]) -> list[float]:
    """Least x, y, z, greatest x, y, z."""
    points = [corner for triangle in mesh for corner in triangle]
    return [end(point[axis] for point in points) for end in (min, max) for axis in range(3)]


def _near(corner: Corner) -> Corner:
    x, y, z = (round(value, 3) + 0.0 for value in corner)
    return x, y, z


def _six(a: Corner, b: Corner, c: Corner) -> float:
    x = b[1] * c[2] - b[2] * c[1]
    y = b[2] * c[0] - b[0] * c[2]
    z = b[0] * c[1] - b[1] * c[0]
    return a[0] * x + a[1] * y + a[2] * z
