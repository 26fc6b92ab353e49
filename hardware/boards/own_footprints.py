"""Land patterns that Debian's KiCad has none for, as KiCad's files: from the makers' drawings."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Pad:
    """A pad: number, middle, size in mm."""

    number: str
    x: float
    y: float
    width: float
    height: float


def _two_rows(count: int, pitch: float, x: float, top: float, width: float, height: float) -> Iterator[Pad]:
    """Down on the left, up on the right."""
    half = count // 2
    for at in range(half):
        yield Pad(str(at + 1), -x, top + at * pitch, width, height)
    for at in range(half):
        yield Pad(str(half + at + 1), x, top + (half - 1 - at) * pitch, width, height)


# TI drawing DRL0008A: pads of 0.67 × 0.3 mm, 0.5 mm apart, rows 1.48 mm apart.
SOT_583 = (*_two_rows(8, 0.5, 0.74, -0.75, 0.67, 0.3),)
# ESP32-C6-WROOM-1 data sheet v1.3, PCB land pattern: pads of 1.5 × 0.9 mm, 1.27 mm apart, and the one in the middle.
C6_WROOM = (*_two_rows(28, 1.27, 8.75, -5.26, 1.5, 0.9), Pad("29", -1.5, 2.46, 3.9, 3.9))
# Courtyard and the field that stays free around the aerial: as KiCad's own ESP32-S3-WROOM-1 has them, the same aerial.
FIELD = ((-24.0, -27.75), (24.0, -27.75), (24.0, -6.75), (9.75, -6.75), (9.75, 13.45), (-9.75, 13.45), (-9.75, -6.75))


_FONT = "(effects (font (size 1 1) (thickness 0.15)))"


def _lines(points: tuple[tuple[float, float], ...], layer: str, width: float) -> Iterator[str]:
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        yield f'  (fp_line (start {x0} {y0}) (end {x1} {y1}) (layer "{layer}") (width {width}))'


def _text(
    name: str, pads: tuple[Pad, ...], courtyard: tuple[tuple[float, float], ...], body: str, more: str = ""
) -> str:
    half_x, half_y = (float(item) for item in body.split("×"))
    outline = ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y))
    lines = [
        f'(footprint "{name}" (version 20211014) (generator civicroot)',
        '  (layer "F.Cu")',
        "  (attr smd)",
        f'  (fp_text reference "REF**" (at 0 {-half_y - 1.2:.2f}) (layer "F.SilkS") {_FONT})',
        f'  (fp_text value "{name}" (at 0 {half_y + 1.2:.2f}) (layer "F.Fab") {_FONT})',
        *_lines(courtyard, "F.CrtYd", 0.05),
        *_lines(outline, "F.Fab", 0.1),
    ]
    lines += [
        f'  (pad "{pad.number}" smd rect (at {pad.x:g} {pad.y:g}) (size {pad.width:g} {pad.height:g}) '
        '(layers "F.Cu" "F.Paste" "F.Mask"))'
        for pad in pads
    ]
    return "\n".join([*lines, more + ")"]) + "\n"


def _around(half_x: float, half_y: float) -> tuple[tuple[float, float], ...]:
    return ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y))


_KEEP_OUT = """  (zone (net 0) (net_name "") (layers "F.Cu" "B.Cu") (hatch full 0.508)
    (connect_pads (clearance 0))
    (min_thickness 0.254)
    (keepout (tracks not_allowed) (vias not_allowed) (pads not_allowed) (copperpour not_allowed)
      (footprints not_allowed))
    (fill (thermal_gap 0.508) (thermal_bridge_width 0.508))
    (polygon (pts (xy -24 -6.75) (xy 24 -6.75) (xy 24 -27.75) (xy -24 -27.75))))
"""
FILES = {
    "SOT-583-8": _text("SOT-583-8", SOT_583, _around(1.35, 1.3), "0.6×1.05"),
    "ESP32-C6-WROOM-1": _text("ESP32-C6-WROOM-1", C6_WROOM, FIELD, "9×12.75", _KEEP_OUT),
}
