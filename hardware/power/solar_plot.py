"""How empty the battery gets with other panels and more or less shade, as a picture and as a table."""

from hardware.power.battery import Unit
from hardware.power.irradiance import MONTHS, SITES
from hardware.power.phase import assumed
from hardware.power.solar import LEAST_LEFT, PANEL_W, SHADE, TILT, year, years

PANELS = (5.0, 10.0, 20.0, 30.0)
SHADES = tuple(at / 20 for at in range(2, 21))
COLORS = ("#c62828", "#b26a00", "#2a8c4a", "#1f6fb2")
SIDE, HIGH, LEFT, TOP, GAP = 250, 220, 54, 56, 60  # pixels of one place's field


def svg(unit: Unit) -> str:
    """A field for each place: least energy left in a year, over the share of light that shade leaves."""
    width, height = LEFT + (SIDE + GAP) * len(SITES), TOP + HIGH + 70
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="12" '
        'style="font-family:Helvetica,Arial,sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">Least energy left in the battery in a year</text>',
    ]
    for at, site in enumerate(SITES):
        x0 = LEFT + at * (SIDE + GAP)
        out.append(f'<text x="{x0}" y="{TOP - 12}" font-weight="bold">{site.name.replace("&", "&amp;")}</text>')
        out += _frame(x0)
        for panel, color in zip(PANELS, COLORS, strict=True):
            points = [
                (x0 + SIDE * share, TOP + HIGH * (1 - year(unit, site, panel, assumed(share, "varied")).lowest))
                for share in SHADES
            ]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            out.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2.5"/>')
    for at, (panel, color) in enumerate(zip(PANELS, COLORS, strict=True)):
        x = LEFT + at * 110
        out.append(f'<rect x="{x}" y="{height - 20}" width="18" height="4" fill="{color}"/>')
        out.append(f'<text x="{x + 24}" y="{height - 14}">{panel:g} W panel</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def table(unit: Unit) -> str:
    """Markdown: income by month, and the lowest point, as the bin is built."""
    head = ["place", *MONTHS, "takes", "least left"]
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for found in years(unit):
        cells = [found.site, *(f"{wh:.0f}" for wh in found.incomes), f"{found.demand:.1f}", f"{found.lowest:.0%}"]
        rows.append("| " + " | ".join(cells) + " |")
    note = (
        f"Wh a day from a panel of {PANEL_W:g} W at {TILT:g}°, of whose light shade leaves {SHADE.value:.0%}; "
        f"{unit.name}. A year closes if at least {LEAST_LEFT:.0%} are left."
    )
    return note + "\n\n" + "\n".join(rows) + "\n"


def _frame(x0: int) -> list[str]:
    out = [f'<rect x="{x0}" y="{TOP}" width="{SIDE}" height="{HIGH}" fill="none" stroke="#888888"/>']
    for tenth in range(0, 11, 2):
        y, x = TOP + HIGH * (1 - tenth / 10), x0 + SIDE * tenth / 10
        out.append(f'<line x1="{x0}" y1="{y:.1f}" x2="{x0 + SIDE}" y2="{y:.1f}" stroke="#dddddd"/>')
        out.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{tenth * 10}%</text>')
        out.append(f'<text x="{x:.1f}" y="{TOP + HIGH + 16}" text-anchor="middle">{tenth * 10}%</text>')
    least = TOP + HIGH * (1 - LEAST_LEFT)
    out.append(
        f'<line x1="{x0}" y1="{least:.1f}" x2="{x0 + SIDE}" y2="{least:.1f}" stroke="#000000" stroke-dasharray="5 4"/>'
    )
    here = x0 + SIDE * SHADE.value
    out.append(f'<line x1="{here}" y1="{TOP}" x2="{here}" y2="{TOP + HIGH}" stroke="#000000" stroke-dasharray="2 4"/>')
    out.append(f'<text x="{x0 + SIDE / 2}" y="{TOP + HIGH + 34}" text-anchor="middle">light left by shade</text>')
    return out
