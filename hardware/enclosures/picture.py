"""Pictures: lines that a viewer sees, drawn over each part's own colour; and a drawing with its measures.

An exploded box is a pile: painted from below to above, each part covers what is under it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import build123d as cad

from hardware.enclosures.solids import Solid, box

Point = tuple[float, float]
View = tuple[tuple[float, float, float], float, float, float, float]  # whence; x, y, width and height on the sheet
SCALE = 2.4  # pixels a millimetre
FROM = (1.0, -1.5, 1.1)  # whence an exploded box is looked at: from the right, before and above
FAR = 2000.0  # mm to the viewer, who sees in parallel
CHORD = 0.25  # mm that a drawn line may be off its curve
STEPS, PIECE = 12, 2.5  # most pieces of a curve, and their length in mm
NAMES, LINE = 75.0, 16.0  # room for the parts' names on the right in mm; pixels between two of them
FONT = 'style="font-family:Helvetica,Arial,sans-serif"'


@dataclass(frozen=True)
class Layer:
    """A part of the picture: name beside it, if it has one; colour, solids."""

    name: str
    paint: str
    solids: Sequence[Solid]


def view(origin: tuple[float, float, float]) -> tuple[Any, Any]:
    """The viewer's right and up."""
    out = cad.Vector(*origin).normalized()
    up = cad.Vector(0, 0, 1) if abs(out.Z) < 0.99 else cad.Vector(0, 1, 0)
    right = up.cross(out).normalized()
    return right, out.cross(right)


def exploded(title: str, layers: Sequence[Layer]) -> str:
    """An SVG of the pile, the lowest layer first."""
    right, up = view(FROM)
    drawn = [(layer, _fill(layer.solids, right, up), _lines(layer.solids, FROM)) for layer in layers]
    points = [point for _, fill, lines in drawn for line in (*fill, *lines) for point in line]
    left, low = min(x for x, _ in points), min(y for _, y in points)
    wide, high = max(x for x, _ in points) - left, max(y for _, y in points) - low
    frame = _Frame(left - 6, low - 6, high + 24)
    out = [_head(wide + NAMES + 12, high + 24), _text(title, 10, 22, 16, "bold")]
    last = float("inf")
    for layer, fill, lines in drawn:
        out.append(f'<path fill="{layer.paint}" stroke="{layer.paint}" d="{frame.path(fill, True)}"/>')
        out.append(f'<path fill="none" stroke="#222" stroke-width="0.7" d="{frame.path(lines, False)}"/>')
        if layer.name:
            ys = [y for line in fill for _, y in line]
            x, y = frame.at((left + wide, (min(ys) + max(ys)) / 2))
            last = min(y, last - LINE)
            out.append(_text(layer.name, x + 6, last, 12, "normal"))
    return "\n".join([*out, "</svg>"]) + "\n"


def drawing(title: str, solid: Solid, elevations: bool = True) -> str:
    """Plan and two elevations of one part (third angle), with its size over all in mm.

    Hidden lines of a lid seen exactly from the side take a second each: it has a plan, and the section of the rim.
    """
    size = solid.bounding_box().size
    wide, deep, high = size.X, size.Y, size.Z
    apart = 24.0
    views: tuple[View, ...] = (
        ((0.0, 0.0, 1.0), 0.0, high + apart, wide, deep),
        ((0.0, -1.0, 0.0), 0.0, 0.0, wide, high),
        ((1.0, 0.0, 0.0), wide + apart, 0.0, deep, high),
    )
    if not elevations:
        views = (((0.0, 0.0, 1.0), 0.0, 0.0, wide, deep),)
    total = (wide + apart + deep + 36, high + apart + deep + 34) if elevations else (wide + 46, deep + 34)
    frame = _Frame(-10, -14, total[1])
    out = [_head(*total), _text(f"{title}, mm", 10, 22, 16, "bold")]
    for origin, x, y, across, up in views:
        lines = _lines([solid], origin)
        left, low = min(a for line in lines for a, _ in line), min(b for line in lines for _, b in line)
        moved = [[(a - left + x, b - low + y) for a, b in line] for line in lines]
        out.append(f'<path fill="none" stroke="#222" stroke-width="0.7" d="{frame.path(moved, False)}"/>')
        under, beside = frame.at((x + across / 2, y - 8)), frame.at((x + across + 3, y + up / 2))
        out.append(_text(f"{across:.1f}", *under, 12, "normal"))
        out.append(_text(f"{up:.1f}", *beside, 12, "normal"))
    return "\n".join([*out, "</svg>"]) + "\n"


def section(title: str, layers: Sequence[Layer], y: float, window: tuple[float, float, float, float]) -> str:
    """What a cut across at `y` shows of the part between left, lower, right and upper side of a window."""
    left, low, right, high = window
    scale = 16.0
    frame = _Frame(left - 1, low - 1, high - low + 5, scale)
    out = [_head(right - left + 16, high - low + 5, scale), _text(title, 10, 22, 16, "bold")]
    block = box((left, y, low), (right, y + 1.0, high))
    for number, layer in enumerate(layers):
        cut = [solid & block for solid in layer.solids]
        faces = [face for piece in cut for face in piece.faces() if abs(face.center().Y - y) < 0.01]
        rows = [_ring(wire) for face in faces for wire in (face.outer_wire(), *face.inner_wires())]
        out.append(f'<path fill="{layer.paint}" stroke="#222" fill-rule="evenodd" d="{frame.path(rows, True)}"/>')
        x, down = frame.at((right + 1, high - 2 - 1.5 * number))
        out.append(f'<rect x="{x:.0f}" y="{down - 10:.0f}" width="12" height="12" fill="{layer.paint}"/>')
        out.append(_text(layer.name, x + 18, down, 12, "normal"))
    return "\n".join([*out, "</svg>"]) + "\n"


def _ring(wire: Any) -> list[Point]:
    """A closed wire's corners; seen from the front."""
    edges = wire.order_edges()
    return [(float(point.X), float(point.Z)) for edge in edges for point in [edge.position_at(0)]]


@dataclass(frozen=True)
class _Frame:
    """From the view's millimetres to pixels, y downwards."""

    left: float
    low: float
    high: float
    scale: float = SCALE

    def at(self, point: Point) -> Point:
        return (point[0] - self.left) * self.scale, (self.high - (point[1] - self.low)) * self.scale

    def path(self, lines: Iterable[Sequence[Point]], closed: bool) -> str:
        out = []
        for line in lines:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, line))
            out.append(f"M{points}{'Z' if closed else ''}")
        return "".join(out)


def _head(wide: float, high: float, scale: float = SCALE) -> str:
    size = f"{wide * scale:.0f} {high * scale:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" stroke-linejoin="round" {FONT}>\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>'
    )


def _text(text: str, x: float, y: float, size: int, weight: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>'


def _fill(solids: Sequence[Solid], right: Any, up: Any) -> list[list[Point]]:
    """The triangles of the faces that are seen: together the part's outline, filled."""
    out, found = right.cross(up), []
    for solid in solids:
        points, faces = solid.tessellate(CHORD, 0.7)
        for face in faces:
            one, two, three = (points[at] for at in face)
            if (two - one).cross(three - one).dot(out) > 0:
                found.append([(point.dot(right), point.dot(up)) for point in (one, two, three)])
    return found


def _lines(solids: Sequence[Solid], origin: tuple[float, float, float]) -> list[list[Point]]:
    """Edges and outlines that are seen, as rows of points."""
    length = sum(value * value for value in origin) ** 0.5
    eye = tuple(value / length * FAR for value in origin)
    _, up = view(origin)
    whole = solids[0] if len(solids) == 1 else cad.Compound(children=list(solids))
    seen, _ = whole.project_to_viewport(eye, tuple(up), (0, 0, 0))
    return sorted(_row(edge) for edge in seen)


def _row(edge: Any) -> list[Point]:
    curved = edge.geom_type != cad.GeomType.LINE
    steps = max(3, min(STEPS, round(edge.length / PIECE))) if curved else 1
    points = [edge.position_at(step / steps) for step in range(steps + 1)]
    return [(float(point.X), float(point.Y)) for point in points]
