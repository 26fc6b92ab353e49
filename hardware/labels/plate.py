"""A plate as artwork: SVG in millimetres, black on white, for an engraver or a laser.

Material: two-layer acrylic (ASA) or laser-marked anodised aluminium, not a print on paper: the code must last as long
as the device. Nothing of metal within 20 mm of an aerial: the tag's plate is acrylic.
"""

from dataclasses import dataclass
from html import escape

import segno

from hardware.labels.reading import QUIET, module_mm

DISTANCE_MM = 1_000.0
LETTER, LINE, PAD = 7.0, 10.0, 6.0  # mm: letters that are read from two metres, lines, around
HOLE = 4.3  # mm, for M4 or the strap's rivet
ABOVE = 14.0  # mm for the holes
LETTER_WIDTH = 0.58  # of its height


@dataclass(frozen=True)
class Plate:
    """`address`: the page of the device; `lines`: what people read, at most three."""

    name: str
    address: str
    lines: tuple[str, ...]
    material: str


PLATES = (
    Plate(
        "bin_plate", "https://city.example/b/12", ("bin/12", "Nº A-0012"), "two-layer ASA, 1.6 mm, or aluminium 1 mm"
    ),
    Plate("tree_plate", "https://city.example/t/1042", ("tree/1042", "Nº T-1042"), "two-layer ASA, 1.6 mm, no metal"),
)


def modules(plate: Plate) -> list[list[bool]]:
    """The code: level Q, since plates get scratched; upper case takes fewer modules."""
    symbol = segno.make(plate.address.upper(), error="q", micro=False, boost_error=False)
    return [[bool(cell) for cell in row] for row in symbol.matrix]


def side_mm(plate: Plate) -> float:
    """The code with its quiet zone, for DISTANCE_MM."""
    return (len(modules(plate)) + 2 * QUIET) * module_mm(DISTANCE_MM)


def size_mm(plate: Plate) -> tuple[float, float]:
    """Width and height of the plate."""
    side = side_mm(plate)
    text = max(len(line) for line in plate.lines) * LETTER * LETTER_WIDTH
    return round(max(side, text) + 2 * PAD, 1), round(ABOVE + side + LINE * len(plate.lines) + PAD, 1)


def svg(plate: Plate) -> str:
    """The artwork, in millimetres."""
    width, height = size_mm(plate)
    rows, module = modules(plate), module_mm(DISTANCE_MM)
    left = (width - side_mm(plate)) / 2 + QUIET * module
    top = ABOVE + QUIET * module
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" '
        'style="font-family:Helvetica,Arial,sans-serif">',
        f'<rect x="0.2" y="0.2" width="{width - 0.4:.1f}" height="{height - 0.4:.1f}" rx="4" fill="#ffffff" '
        'stroke="#d00000" stroke-width="0.2"/>',
        *(
            f'<circle cx="{x:.1f}" cy="7" r="{HOLE / 2}" fill="none" stroke="#d00000" stroke-width="0.2"/>'
            for x in (width * 0.2, width * 0.8)
        ),
    ]
    for row, cells in enumerate(rows):
        out += [
            f'<rect x="{left + column * module:.3f}" y="{top + row * module:.3f}" width="{module:.3f}" '
            f'height="{module:.3f}" fill="#000000"/>'
            for column, dark in enumerate(cells)
            if dark
        ]
    base = ABOVE + side_mm(plate) + LETTER
    for at, line in enumerate(plate.lines):
        out.append(
            f'<text x="{width / 2:.1f}" y="{base + at * LINE:.1f}" font-size="{LETTER}" font-weight="bold" '
            f'text-anchor="middle">{escape(line)}</text>'
        )
    return "\n".join([*out, "</svg>"]) + "\n"
