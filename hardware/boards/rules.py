"""What a placement must be, beside KiCad's own rules: size, edges, aerial, holes, capacitors close to their chips."""

import math
from collections.abc import Iterator, Mapping

from hardware.boards.layout import ANTENNA_OVER, Fixed, Layout
from hardware.boards.placement import Box, body
from hardware.circuits.circuit import Circuit, Placed

CLOSE_MM = 12.0  # between the middles of a chip and its capacitor, beyond half the chip's own size
EDGE_MM = 2.0  # within which a connector stands at an edge
EDGE_KINDS = ("connector",)


def problems(circuit: Circuit, layout: Layout, at: Mapping[str, Fixed], sizes: Mapping[str, Box]) -> list[str]:
    """All that is wrong."""
    boxes = {
        part.ref: body(part, sizes).turned(at[part.ref].turn).at(at[part.ref].x, at[part.ref].y)
        for part in circuit.parts
        if not part.type.off_board
    }
    return [
        *_size(layout),
        *_outside(circuit, layout, boxes),
        *_aerial(circuit, layout, at),
        *_holes(layout, boxes),
        *_overlaps(boxes),
        *_edges(circuit, layout, boxes),
        *_close(circuit, at, sizes),
    ]


def _size(layout: Layout) -> Iterator[str]:
    if layout.width > layout.most[0] or layout.height > layout.most[1]:
        most = f"{layout.most[0]:g} × {layout.most[1]:g} mm"
        yield f"the board is {layout.width:g} × {layout.height:g} mm, the enclosure takes {most}"


def _outside(circuit: Circuit, layout: Layout, boxes: Mapping[str, Box]) -> Iterator[str]:
    for ref, box in boxes.items():
        over = 1.0 if circuit[ref].type.kind == "connector" else 0.01  # a mouth may stand out
        if box.left < -over or box.top < -over or box.right > layout.width + over or box.bottom > layout.height + over:
            yield f"{ref} ({circuit[ref].type.name}) is beyond the outline"


def _aerial(circuit: Circuit, layout: Layout, at: Mapping[str, Fixed]) -> Iterator[str]:
    """The module's aerial hangs over the upper edge: no copper, no part and no screw under it."""
    for module in circuit.of("module"):
        if abs(at[module.ref].y - ANTENNA_OVER) > 0.01 or at[module.ref].turn:
            yield f"{module.ref}: its aerial does not hang over the upper edge"
        if not 12.0 < at[module.ref].x < layout.width - 12.0:
            yield f"{module.ref}: its aerial is at a corner with a screw"


def _holes(layout: Layout, boxes: Mapping[str, Box]) -> Iterator[str]:
    for hole in layout.holes:
        ring = Box(-hole.ring, -hole.ring, hole.ring, hole.ring).at(hole.x, hole.y)
        for ref, box in boxes.items():
            if ring.overlaps(box):
                yield f"{ref} stands on the screw at {hole.x:g}, {hole.y:g}"


def _overlaps(boxes: Mapping[str, Box]) -> Iterator[str]:
    items = list(boxes.items())
    for number, (ref, box) in enumerate(items):
        for other, second in items[number + 1 :]:
            if box.overlaps(second):
                yield f"{ref} and {other} overlap"


def _edges(circuit: Circuit, layout: Layout, boxes: Mapping[str, Box]) -> Iterator[str]:
    for part in circuit.parts:
        if part.type.kind not in EDGE_KINDS:
            continue
        box = boxes[part.ref]
        if min(box.left, box.top, layout.width - box.right, layout.height - box.bottom) > EDGE_MM:
            yield f"{part.ref} ({part.note}) stands at no edge"


def _close(circuit: Circuit, at: Mapping[str, Fixed], sizes: Mapping[str, Box]) -> Iterator[str]:
    for part in circuit.of("capacitor"):
        if not part.near:
            continue
        chip = circuit[part.near]
        if chip.type.kind in ("connector", "coax") or part.type.value >= 10e-6:
            continue
        if _distance(at, part, chip) > CLOSE_MM + _half(chip, sizes):
            yield f"{part.ref} is {_distance(at, part, chip):.0f} mm from {chip.ref}"


def _distance(at: Mapping[str, Fixed], one: Placed, other: Placed) -> float:
    return math.hypot(at[one.ref].x - at[other.ref].x, at[one.ref].y - at[other.ref].y)


def _half(part: Placed, sizes: Mapping[str, Box]) -> float:
    box = body(part, sizes)
    return math.hypot(box.right - box.left, box.bottom - box.top) / 2
