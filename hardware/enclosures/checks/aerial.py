"""No metal near an aerial. Pure: boxes and distances."""

import math
from collections.abc import Iterator

from hardware.enclosures.case import Case
from hardware.enclosures.contents import Thing, aerials, computer, parts
from hardware.enclosures.fits import AERIAL_CLEAR, HEAD, INSERT_DEEP, PILOT_DEEP

HEAD_HIGH = 3.0  # of a screw's head
MOUNT = 15.0  # mm: washer of an M5 screw, or a band


def metal(case: Case, unit: str) -> Iterator[Thing]:
    """All metal of a box that is not flat on the board. Glands and strap are plastic."""
    yield from (thing for thing in parts(case, unit) if thing.metal)
    yield from (thing for thing in computer(case) if thing.metal)
    yield from _mounts(case)
    for x, y in case.pillars:
        yield _screw(f"lid's screw at {x:g}, {-y:g}", x, y, case.touch - INSERT_DEEP, case.top + HEAD_HIGH)
    for hole in case.layout.holes:
        if (hole.x, hole.y) not in case.polyamide:
            name = f"board's screw at {hole.x:g}, {hole.y:g}"
            yield _screw(name, hole.x, -hole.y, case.board_z - PILOT_DEEP, case.board_z + HEAD_HIGH)


def _mounts(case: Case) -> Iterator[Thing]:
    """M5 screws or a steel band in the ears; a strap is of plastic."""
    for ear in case.ears:
        if not ear.strap:
            x, y, turn = case.at_side(ear.side, ear.at)
            way = math.radians(turn)
            x, y = x - math.sin(way) * ear.hole_out, y + math.cos(way) * ear.hole_out
            low, high = (x - MOUNT / 2, y - MOUNT / 2, -10.0), (x + MOUNT / 2, y + MOUNT / 2, ear.thick + 5.0)
            yield Thing(f"ear's screw at {x:.0f}, {-y:.0f}", low, high, True)


def problems(case: Case) -> list[str]:
    """All that is wrong."""
    return [
        f"{case.name}: {thing.name} is {thing.distance(aerial):.1f} mm from {aerial.name}, not {AERIAL_CLEAR:g} mm"
        for unit in case.units
        for aerial in aerials(case, unit)
        for thing in metal(case, unit)
        if thing.distance(aerial) < AERIAL_CLEAR
    ]


def _screw(name: str, x: float, y: float, low: float, high: float) -> Thing:
    return Thing(name, (x - HEAD / 2, y - HEAD / 2, low), (x + HEAD / 2, y + HEAD / 2, high), True)
