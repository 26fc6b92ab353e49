"""All places with their states at one moment, and how a part of them is shown: places, or clusters of a grid's cells.

The grid is counted when the snapshot is made; at a finer scale the box has few places, which are counted there and
then. A cell is counted by (kind, state), so that filters cost nothing more. Nothing changes once it is made: threads
may share it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from civicroot_backend.map import grid
from civicroot_backend.map.grid import Box
from civicroot_backend.map.outline import Point, hull
from civicroot_backend.map.places import Place
from civicroot_backend.map.states import FAULTY, FULL, SILENT, UNKNOWN
from civicroot_backend.map.trouble import Trouble

MAX_FEATURES = 2_000  # what a phone's browser draws without stutter
MAX_PLACES = 400  # places that are shown one by one; more are clustered
COUNTED = 15  # level of the grid that is counted when the snapshot is made, and by which places are found: a kilometre
ALL = FULL | FAULTY | SILENT | UNKNOWN
OK = 16  # asked for: places with none of the bits


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a kind, None: all; bits of states (or OK), 0: all."""

    kind: str | None = None
    state: int = 0

    def covers(self, kind: str, state: int) -> bool:
        """Whether places of this kind and state are asked for."""
        if self.kind is not None and kind != self.kind:
            return False
        return not self.state or bool(self.state & (state or OK))


@dataclass(slots=True)
class Cluster:
    """Places of a cell: how many, in which states, and the box around them (degrees). `one`: of them."""

    count: int = 0
    states: Counter[int] = field(default_factory=Counter)
    west: float = 180.0
    south: float = 90.0
    east: float = -180.0
    north: float = -90.0
    latitudes: float = 0.0
    longitudes: float = 0.0
    one: Place | None = None

    def add(self, place: Place, state: int) -> None:
        """Count a place."""
        self.count += 1
        self.one = place
        self.states[state] += 1
        self.latitudes += place.latitude
        self.longitudes += place.longitude
        self.west, self.east = min(self.west, place.longitude), max(self.east, place.longitude)
        self.south, self.north = min(self.south, place.latitude), max(self.north, place.latitude)

    def join(self, other: "Cluster") -> None:
        """Count what another has counted."""
        self.count += other.count
        self.one = other.one
        self.states.update(other.states)
        self.latitudes += other.latitudes
        self.longitudes += other.longitudes
        self.west, self.east = min(self.west, other.west), max(self.east, other.east)
        self.south, self.north = min(self.south, other.south), max(self.north, other.north)

    def with_bit(self, bit: int) -> int:
        """How many have a bit of a state."""
        return sum(number for state, number in self.states.items() if state & bit)


_Cell = dict[str, dict[int, Cluster]]  # kind → state → cluster


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: clusters and places (with their states), of `total` in the box."""

    clusters: list[Cluster]
    places: list[tuple[Place, int]]
    total: int


class Snapshot:
    """`states` are those of `places`, one by one; `time` Unix seconds; `troubles` by subject, where there are any."""

    def __init__(
        self, places: Sequence[Place], states: Sequence[int], time: int, troubles: Mapping[str, Trouble] | None = None
    ) -> None:
        self.places, self.states, self.time = places, states, time
        self.troubles: Mapping[str, Trouble] = troubles or {}
        self.kinds = sorted({place.subject.partition("/")[0] for place in places})
        self._kinds = [place.subject.partition("/")[0] for place in places]
        self._squares = [grid.project(place.latitude, place.longitude) for place in places]
        self._searched: dict[tuple[int, int], list[int]] = {}
        side = 1 << COUNTED
        for index, (x, y) in enumerate(self._squares):
            self._searched.setdefault((int(x * side), int(y * side)), []).append(index)
        self._levels = {COUNTED: self._count()}
        self._counted(0)  # all of them: nobody who looks waits for it
        self.outline: list[Point] = hull((place.longitude, place.latitude) for place in places)

    @cached_property
    def by_subject(self) -> Mapping[str, Place]:
        """Every place by what is there."""
        return {place.subject: place for place in self.places}

    @property
    def extent(self) -> Box | None:
        """Around all places; None: there are none."""
        if not self.outline:
            return None
        longitudes, latitudes = zip(*self.outline, strict=True)
        return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))

    def view(self, box: Box, zoom: int, wanted: Wanted, most: int = MAX_PLACES) -> View:
        """At most `most` places one by one, or else clusters: at most MAX_FEATURES of them."""
        places = []
        for index in self._in(box):
            if wanted.covers(self._kinds[index], self.states[index]):
                places.append((self.places[index], self.states[index]))
                if len(places) > most:
                    return self._clustered(box, zoom, wanted)
        return View([], places, len(places))

    def _clustered(self, box: Box, zoom: int, wanted: Wanted) -> View:
        level = min(zoom + grid.CELLS_OF_TILE, grid.FINEST)
        while True:
            clusters = self._fine(box, level, wanted) if level > COUNTED else self._coarse(box, level, wanted)
            if len(clusters) <= MAX_FEATURES:
                return _with_single_places(clusters)
            level -= 1

    def _fine(self, box: Box, level: int, wanted: Wanted) -> list[Cluster]:
        """Of the places in the box, which are few at such a scale."""
        side = 1 << level
        found: dict[tuple[int, int], Cluster] = {}
        for index in self._in(box):
            if wanted.covers(self._kinds[index], self.states[index]):
                x, y = self._squares[index]
                cell = int(x * side), int(y * side)
                cluster = found.get(cell)
                if cluster is None:
                    cluster = found[cell] = Cluster()
                cluster.add(self.places[index], self.states[index])
        return list(found.values())

    def _coarse(self, box: Box, level: int, wanted: Wanted) -> list[Cluster]:
        """Of the cells that the box touches, counted before."""
        touched, found = grid.cells(box, level), []
        for cell, kinds in self._counted(level).items():
            if not touched.has(*cell):
                continue
            cluster = Cluster()
            for kind, by_state in kinds.items():
                for state, part in by_state.items():
                    if wanted.covers(kind, state):
                        cluster.join(part)
            if cluster.count:
                found.append(cluster)
        return found

    def _counted(self, level: int) -> dict[tuple[int, int], _Cell]:
        """From the next finer level: four cells are one."""
        counted = self._levels.get(level)
        if counted is None:
            counted = {}
            for (column, row), kinds in self._counted(level + 1).items():
                into = counted.setdefault((column >> 1, row >> 1), {})
                for kind, by_state in kinds.items():
                    mine = into.setdefault(kind, {})
                    for state, part in by_state.items():
                        mine.setdefault(state, Cluster()).join(part)
            self._levels[level] = counted
        return counted

    def _count(self) -> dict[tuple[int, int], _Cell]:
        counted: dict[tuple[int, int], _Cell] = {}
        for cell, indices in self._searched.items():
            kinds = counted[cell] = {}
            for index in indices:
                by_state = kinds.setdefault(self._kinds[index], {})
                cluster = by_state.get(self.states[index])
                if cluster is None:
                    cluster = by_state[self.states[index]] = Cluster()
                cluster.add(self.places[index], self.states[index])
        return counted

    def _in(self, box: Box) -> Iterator[int]:
        touched = grid.cells(box, COUNTED)
        for cell, indices in self._searched.items():
            if touched.has(*cell):
                for index in indices:
                    place = self.places[index]
                    if grid.within(box, place.latitude, place.longitude):
                        yield index


def _with_single_places(clusters: Sequence[Cluster]) -> View:
    """A cluster of one is a place."""
    singles = [(cluster.one, next(iter(cluster.states))) for cluster in clusters if cluster.count == 1]
    places = [(place, state) for place, state in singles if place is not None]
    several = [cluster for cluster in clusters if cluster.count > 1]
    return View(several, places, len(places) + sum(cluster.count for cluster in several))
