"""Places what nobody placed: chips beside what they are wired to, their capacitors and resistors around them.

Pure: sizes of footprints (courtyards) come in, positions go out. A grid of half millimetres remembers what is taken.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hardware.boards.layout import ANTENNA_OVER, Fixed, Layout
from hardware.circuits.circuit import GROUND, Circuit, Placed

CELL = 0.5  # mm
EDGE = 1.0  # mm along the outline that stay free of parts nobody put there
XH_EDGE = 0.5  # mm between the outline and a header at it
BETWEEN = 0.6  # mm between two headers
FAR = 80.0  # mm within which a free place is looked for


class PlacementError(Exception):
    """A part has no place on this board."""


@dataclass(frozen=True)
class Box:
    """A rectangle in mm; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def turned(self, degrees: float) -> "Box":
        """Turned around the origin against the clock by a multiple of 90."""
        box = self
        for _ in range(round(degrees / 90) % 4):
            box = Box(box.top, -box.right, box.bottom, -box.left)
        return box

    def at(self, x: float, y: float) -> "Box":
        """Moved."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def overlaps(self, other: "Box") -> bool:
        """Whether they share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass
class Grid:
    """What is taken, a bit for each half millimetre."""

    width: float
    height: float
    rows: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [0] * math.ceil(self.height / CELL)

    def take(self, box: Box) -> None:
        """All cells that the box touches."""
        columns = self._columns(box)
        for row in self._span(box):
            self.rows[row] |= columns

    def free(self, box: Box) -> bool:
        """Whether nobody has any of them, and the box is on the board with the edge left free."""
        if box.left < EDGE or box.top < EDGE or box.right > self.width - EDGE or box.bottom > self.height - EDGE:
            return False
        columns = self._columns(box)
        return all(not self.rows[row] & columns for row in self._span(box))

    def _span(self, box: Box) -> range:
        return range(max(0, math.floor(box.top / CELL)), min(len(self.rows), math.ceil(box.bottom / CELL)))

    def _columns(self, box: Box) -> int:
        first, last = max(0, math.floor(box.left / CELL)), max(0, math.ceil(box.right / CELL))
        return (1 << last) - (1 << first) if last > first else 0


def place(circuit: Circuit, layout: Layout, sizes: Mapping[str, Box]) -> dict[str, Fixed]:
    """Where each part on the board stands. `sizes`: footprint -> courtyard. Raises PlacementError."""
    parts = [part for part in circuit.parts if not part.type.off_board]
    grid = Grid(layout.width, layout.height)
    for hole in layout.holes:
        grid.take(Box(-hole.ring, -hole.ring, hole.ring, hole.ring).at(hole.x, hole.y))
    found: dict[str, Fixed] = {}
    for part in parts:
        at = _decided(part, parts, layout, sizes)
        if at is not None:
            found[part.ref] = at
            grid.take(body(part, sizes).turned(at.turn).at(at.x, at.y))
    for part in _in_order(parts, found, sizes):
        if part.ref not in found:
            x, y = _wanted(circuit, part, found, layout)
            box = body(part, sizes)
            at = _nearest(grid, box, x, y)
            if at is None:
                raise PlacementError(
                    f"{part.ref} ({part.type.name}) has no place on {layout.width} × {layout.height} mm"
                )
            found[part.ref] = at
            grid.take(box.at(at.x, at.y))
    return found


def body(part: Placed, sizes: Mapping[str, Box]) -> Box:
    """The courtyard; of a module what is on the board, without the field around its aerial."""
    box = sizes[part.type.footprint]
    return Box(-9.75, -ANTENNA_OVER, 9.75, box.bottom) if part.type.kind == "module" else box


def _decided(part: Placed, parts: list[Placed], layout: Layout, sizes: Mapping[str, Box]) -> Fixed | None:
    if part.type.kind == "module":
        return Fixed(layout.module, ANTENNA_OVER)
    if part.note in layout.fixed and not part.near:
        return layout.fixed[part.note]
    for notes, along in ((layout.bottom, "bottom"), (layout.left, "left"), (layout.right, "right")):
        if part.note in notes and part.type.kind == "connector":
            return _on_edge(part, notes, along, parts, layout, sizes)
    return None


def _on_edge(
    part: Placed, notes: tuple[str, ...], along: str, parts: list[Placed], layout: Layout, sizes: Mapping[str, Box]
) -> Fixed:
    """In the middle of the edge, one after the other."""
    turn = {"bottom": 0.0, "left": 270.0, "right": 90.0}[along]
    by_note = {other.note: sizes[other.type.footprint] for other in parts if other.type.kind == "connector"}
    boxes = [by_note[note].turned(turn) for note in notes]
    lengths = [box.right - box.left if along == "bottom" else box.bottom - box.top for box in boxes]
    room = layout.width if along == "bottom" else layout.height
    start = (room - sum(lengths) - BETWEEN * (len(notes) - 1)) / 2
    at = notes.index(part.note)
    start += sum(lengths[:at]) + BETWEEN * at
    box = boxes[at]
    if along == "bottom":
        return Fixed(round(start - box.left, 2), round(layout.height - XH_EDGE - box.bottom, 2), turn)
    x = XH_EDGE - box.left if along == "left" else layout.width - XH_EDGE - box.right
    return Fixed(round(x, 2), round(start - box.top, 2), turn)


def _in_order(parts: list[Placed], found: Mapping[str, Fixed], sizes: Mapping[str, Box]) -> Iterator[Placed]:
    """What belongs to placed parts, then the large ones, each with what stands close to it."""
    close: dict[str, list[Placed]] = {}
    for part in parts:
        if part.near:
            close.setdefault(part.near, []).append(part)
    for ref in list(found):
        yield from _capacitors_first(close.get(ref, []), sizes)
    for part in sorted(parts, key=lambda part: -_area(part, sizes)):
        if not part.near:
            yield part
            yield from _capacitors_first(close.get(part.ref, []), sizes)
    yield from parts


def _capacitors_first(parts: list[Placed], sizes: Mapping[str, Box]) -> list[Placed]:
    return sorted(parts, key=lambda part: (part.type.kind != "capacitor", _area(part, sizes)))


def _area(part: Placed, sizes: Mapping[str, Box]) -> float:
    box = sizes[part.type.footprint]
    return (box.right - box.left) * (box.bottom - box.top)


def _wanted(circuit: Circuit, part: Placed, found: Mapping[str, Fixed], layout: Layout) -> tuple[float, float]:
    """At the part that it stands close to; else in the middle of what it is wired to."""
    if part.near in found:
        return found[part.near].x, found[part.near].y
    rails = {rail.net for rail in circuit.rails} | {GROUND}
    wired = [
        found[other.ref]
        for net in sorted(set(part.nets.values()) - rails)
        for other in circuit.on(net)
        if other.ref in found
    ]
    if not wired:
        return layout.width / 2, layout.height / 2
    return sum(at.x for at in wired) / len(wired), sum(at.y for at in wired) / len(wired)


_STEPS = range(round(-FAR / CELL), round(FAR / CELL) + 1)
_RINGS = sorted(
    ((dx * CELL, dy * CELL) for dx in _STEPS for dy in _STEPS if dx * dx + dy * dy <= (FAR / CELL) ** 2),
    key=lambda step: (step[0] ** 2 + step[1] ** 2, step),
)


def _nearest(grid: Grid, box: Box, x: float, y: float) -> Fixed | None:
    x, y = round(x / CELL) * CELL, round(y / CELL) * CELL
    for dx, dy in _RINGS:
        if grid.free(box.at(x + dx, y + dy)):
            return Fixed(x + dx, y + dy)
    return None
