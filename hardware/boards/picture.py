"""A board's picture: outline, screws, each part where it stands. People see what to build; KiCad's file is exact."""

from collections.abc import Mapping
from html import escape

from hardware.boards.layout import Fixed, Layout
from hardware.boards.placement import Box, body
from hardware.circuits.circuit import Circuit, Placed

SCALE, MARGIN, ABOVE = 7, 24, 70  # pixels a millimetre, around, and above for the aerial
PAINT = {
    "module": "#455a64", "radio": "#455a64", "connector": "#f5f5dc", "coax": "#d4af37", "header": "#222222",
    "resistor": "#333333", "capacitor": "#c8a26a", "inductor": "#777777", "supercapacitor": "#37474f",
    "esd": "#5d4037", "surge": "#5d4037", "battery": "#b0bec5", "test point": "#d4af37", "button": "#9e9e9e",
}  # fmt: skip
DARK = ("module", "radio", "header", "supercapacitor")
LABELLED = (
    "connector",
    "module",
    "radio",
    "header",
    "battery",
    "regulator",
    "charger",
    "ic",
    "switch",
    "supercapacitor",
)


def svg(circuit: Circuit, layout: Layout, at: Mapping[str, Fixed], sizes: Mapping[str, Box]) -> str:
    """The picture."""
    width, height = layout.width * SCALE + 2 * MARGIN, layout.height * SCALE + 2 * MARGIN + ABOVE
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-size="11" '
        'style="font-family:Helvetica,Arial,sans-serif">',
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="20" font-size="16" font-weight="bold">{escape(circuit.title)}: board, '
        f"{layout.width:g} × {layout.height:g} mm</text>",
        f'<g transform="translate({MARGIN} {MARGIN + ABOVE})">',
        f'<rect width="{layout.width * SCALE:g}" height="{layout.height * SCALE:g}" rx="6" fill="#1b5e3a"/>',
    ]
    for hole in layout.holes:
        out.append(
            f'<circle cx="{hole.x * SCALE:g}" cy="{hole.y * SCALE:g}" r="{hole.diameter / 2 * SCALE:g}" fill="#fff"/>'
        )
    for part in circuit.parts:
        if not part.type.off_board:
            out += _part(part, at[part.ref], sizes)
    return "\n".join([*out, "</g>", "</svg>"]) + "\n"


def _part(part: Placed, at: Fixed, sizes: Mapping[str, Box]) -> list[str]:
    box = body(part, sizes).turned(at.turn).at(at.x, at.y)
    if part.type.kind == "module":
        box = Box(at.x - 9, at.y - 12.75, at.x + 9, box.bottom - 0.7)
    x, y, wide, high = (
        value * SCALE
        for value in (box.left + 0.3, box.top + 0.3, box.right - box.left - 0.6, box.bottom - box.top - 0.6)
    )
    paint = PAINT.get(part.type.kind, "#263238")
    out = [f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="2" fill="{paint}"/>']
    if part.type.kind in LABELLED:
        light = part.type.kind in ("connector", "battery")
        color = "#111111" if light else "#ffffff"
        middle = f'x="{x + wide / 2:.1f}" y="{y + high / 2 + 4:.1f}"'
        turned = f' transform="rotate(-90 {x + wide / 2:.1f} {y + high / 2:.1f})"' if high > 1.5 * wide else ""
        name = part.note.split(":")[0].split(",")[0].split(" (")[0] if light or part.type.kind == "header" else part.ref
        label = f"{part.ref} {name}" if light else name
        size = min(11.0, max(wide, high) / (0.56 * max(1, len(label))))
        out.append(
            f'<text {middle} text-anchor="middle" font-size="{size:.1f}" fill="{color}"{turned}>{escape(label)}</text>'
        )
    return out
