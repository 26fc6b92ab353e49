"""What is ordered beside the printed parts: screws, inserts, glands, gasket. Pure; a row is (quantity, what, why)."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator

from hardware.enclosures.case import Case
from hardware.enclosures.fits import BOARD, GASKET

LID_SCREW, BOARD_SCREW = 20.0, 8.0  # M3 lengths that are sold: 4, 6, 8, 10, 12, 16, 20 mm
BREATHER = "breather"  # lets pressure out and no water in; without one a box pumps water through its glands
Row = tuple[str, str, str]


def rows(case: Case) -> Iterator[Row]:
    """Of a box."""
    lid, plastic = len(case.pillars), len(case.polyamide)
    yield str(lid), f"screw M3 × {LID_SCREW:g}, ISO 4762, A4", "lid"
    yield str(lid), "insert M3 × 5.7, brass, for holes of 4.2 mm, pressed in at 220 °C", "lid"
    yield str(len(case.bosses) - plastic), f"screw M3 × {BOARD_SCREW:g}, ISO 4762, A4", "board"
    if plastic:
        yield str(plastic), f"screw M3 × {BOARD_SCREW:g}, polyamide", "board, beside the aerial: no metal"
    for thread, count in sorted(Counter(port.gland.thread for port in case.ports if port.note != BREATHER).items()):
        yield str(count), f"cable gland {thread} with lock nut, polyamide, IP68", "cables"
    yield "1", "pressure plug M12 with membrane, polyamide, IP67", "breather"
    yield f"{gasket(case):.0f} mm", f"silicone cord, closed cells, {GASKET:g} mm, Shore A 30", "in the lid's groove"
    if case.window:
        disc = f"disc of clear acrylic, {case.window.disc - 0.4:g} × {case.window.disc_high:g} mm"
        yield "1", disc, "sensor's window, glued in from inside"
    if case.computer:
        yield "4", "standoff M2.5 × 22 with screws", "Raspberry Pi under the board"
    if "strap" in case.parts:
        yield "2", "double-sided acrylic foam tape, 90 × 14 mm", "saddles"


def gasket(case: Case) -> float:
    """Length of the cord along the middle of the wall, in mm."""
    left, low, right, high = case.outside
    inwards = case.wall / 2
    corner = case.corner - inwards
    straight = 2 * (right - left + high - low - 4 * inwards) - 8 * corner
    return straight + 2 * math.pi * corner


def lid_screw_grips(case: Case) -> float:
    """How deep a lid's screw goes into the pillar, in mm."""
    return LID_SCREW - (case.top - case.touch)


def board_screw_grips() -> float:
    """How deep a board's screw goes into its boss, in mm."""
    return BOARD_SCREW - BOARD


def text(case: Case) -> str:
    """As CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("quantity", "what", "for"))
    writer.writerows(rows(case))
    return out.getvalue()
