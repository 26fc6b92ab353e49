"""What a printer gets: a mesh. Closed or not, how thick, what hangs in the air. numpy, millimetres."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hardware.enclosures.solids import Solid

Array = Any  # numpy is in the environment of the enclosures alone
CHORD, ANGLE = 0.1, 0.4  # of the tessellation: mm off a curve, radians between two facets
SAME = 4  # decimals within which two corners are one
SAMPLES = 1500  # points on a part at which its thickness is measured
OPPOSITE = -0.9  # cosine between the two sides of a wall; less is an edge
CELL, REACH = 20.0, 6.0  # mm: of the cells in which rays meet triangles; how thick a wall is looked at
STEEP = 46.0  # degrees from upright that print without support; 45 and what rounding takes
BRIDGE = 10.0  # mm that a printer draws through the air from one side to the other


@dataclass(frozen=True)
class Mesh:
    """Triangles: n × 3 corners × 3 coordinates."""

    corners: Array

    @cached_property
    def normals(self) -> Array:
        """Outwards, of length 1."""
        across = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        size = np.linalg.norm(across, axis=1, keepdims=True)
        return across / np.where(size == 0, 1, size)

    @property
    def areas(self) -> Array:
        """In mm²."""
        sides = self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0]
        return np.linalg.norm(np.cross(*sides), axis=1) / 2

    @property
    def volume(self) -> float:
        """In mm³, if it is closed."""
        one, two, three = (self.corners[:, at] for at in range(3))
        return float(np.einsum("ij,ij->i", one, np.cross(two, three)).sum() / 6)


def of(solid: Solid) -> Mesh:
    """A solid's mesh."""
    points, faces = solid.tessellate(CHORD, ANGLE)
    return Mesh(np.array([tuple(point) for point in points])[np.array(faces)])


def open_edges(mesh: Mesh) -> int:
    """Edges that do not belong to two triangles of opposite sense: 0 of a closed mesh."""
    rounded = np.round(mesh.corners, SAME) + 0.0
    _, at = np.unique(rounded.reshape(-1, 3), axis=0, return_inverse=True)
    faces = at.reshape(-1, 3)
    kept = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    edges = np.concatenate([kept[:, [0, 1]], kept[:, [1, 2]], kept[:, [2, 0]]])
    there, counts = np.unique(edges, axis=0, return_counts=True)
    back = {(int(b), int(a)): int(n) for (a, b), n in zip(there, counts, strict=True)}
    return sum(back.get((int(a), int(b)), 0) != int(n) for (a, b), n in zip(there, counts, strict=True))


def thinnest(mesh: Mesh) -> tuple[float, tuple[float, float, float]]:
    """The least distance from one side of a wall to the other, and where; infinite if all are thicker than REACH.

    Rays inwards from points all over the part, cell by cell, against the triangles that are near that cell.
    """
    points, directions = _samples(mesh)
    low, high = mesh.corners.min(axis=1) - REACH, mesh.corners.max(axis=1) + REACH
    cells, at = np.unique(np.floor(points / CELL), axis=0, return_inverse=True)
    best, where = float("inf"), (0.0, 0.0, 0.0)
    for number, cell in enumerate(cells):
        near = ((low < (cell + 1) * CELL) & (high > cell * CELL)).all(axis=1)
        rays = at.reshape(-1) == number
        depth = _depth(mesh.corners[near], mesh.normals[near], points[rays], directions[rays])
        least = int(np.argmin(depth))
        if depth[least] < best:
            x, y, z = (round(float(value), 1) for value in points[rays][least])
            best, where = float(depth[least]), (x, y, z)
    return best, where


def _samples(mesh: Mesh) -> tuple[Array, Array]:
    """Each triangle's middle, and more of the large ones by their area; the same points each time."""
    share = np.maximum(1, np.round(mesh.areas / mesh.areas.sum() * SAMPLES)).astype(int)
    at = np.repeat(np.arange(len(share)), share)
    random = np.random.default_rng(1)
    one, two = random.random(len(at)), random.random(len(at))
    flip = one + two > 1
    one, two = np.where(flip, 1 - one, one), np.where(flip, 1 - two, two)
    corner = mesh.corners[at]
    points = corner[:, 0] + one[:, None] * (corner[:, 1] - corner[:, 0]) + two[:, None] * (corner[:, 2] - corner[:, 0])
    middle = corner.mean(axis=1)
    points = np.where((share[at] == 1)[:, None], middle, points)
    return points, -mesh.normals[at]


def _depth(corners: Array, normals: Array, origin: Array, along: Array) -> Array:
    """Distance to the first wall's other side that faces the ray (Möller and Trumbore); infinite if there is none."""
    first = corners[:, 0]
    one, two = corners[:, 1] - first, corners[:, 2] - first
    across = np.cross(along[:, None, :], two[None])
    base = np.einsum("tk,rtk->rt", one, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / base
        off = origin[:, None, :] - first[None]
        u = np.einsum("rtk,rtk->rt", off, across) * inverse
        turned = np.cross(off, one[None])
        v = np.einsum("rk,rtk->rt", along, turned) * inverse
        far = np.einsum("tk,rtk->rt", two, turned) * inverse
        hit = (np.abs(base) > 1e-9) & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (far > 1e-4)
    hit &= along @ normals.T > 0
    far = np.where(hit, far, np.inf)
    nearest = far.argmin(axis=1)
    rows = np.arange(len(origin))
    opposite = np.einsum("rk,rk->r", along, normals[nearest]) > -OPPOSITE
    return np.where(opposite, far[rows, nearest], np.inf)


def overhangs(mesh: Mesh) -> list[tuple[float, tuple[float, float, float]]]:
    """Patches that hang in the air and are too wide for a bridge: widest side in mm, and the middle."""
    bed = mesh.corners[:, :, 2].min()
    down = mesh.normals[:, 2] < -np.sin(np.radians(STEEP))
    on_bed = (mesh.corners[:, :, 2] < bed + 0.01).all(axis=1)
    hanging = mesh.corners[down & ~on_bed & (mesh.areas > 1e-6)]
    return [(wide, middle) for patch in _patches(hanging) for wide, middle in [_extent(patch)] if wide > BRIDGE]


def _patches(triangles: Array) -> list[Array]:
    """Triangles that share corners."""
    groups: list[tuple[set[tuple[float, ...]], list[int]]] = []
    for number, triangle in enumerate(np.round(triangles, SAME)):
        corners, members = {tuple(corner) for corner in triangle}, [number]
        apart = []
        for group in groups:
            if group[0] & corners:
                corners, members = corners | group[0], members + group[1]
            else:
                apart.append(group)
        groups = [*apart, (corners, members)]
    return [triangles[members] for _, members in groups]


def _extent(patch: Array) -> tuple[float, tuple[float, float, float]]:
    points = patch.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    x, y, z = (round(float(value), 1) for value in (low + high) / 2)
    return float((high - low)[:2].max()), (x, y, z)
