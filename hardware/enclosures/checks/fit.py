"""Boards, parts, plugs, glands and lid have room, and none is where another is."""

from collections.abc import Iterator

from hardware.enclosures import gland, solids
from hardware.enclosures.contents import Thing, board, computer, parts, rooms
from hardware.enclosures.fits import BOSS, CLEAR, SUNK_IN
from hardware.enclosures.made import Made


def contents(made: Made) -> Iterator[Thing]:
    """What a box takes."""
    case = made.case
    yield board(case)
    yield from computer(case)
    for unit in case.units:
        yield from parts(case, unit)
        yield from rooms(case, unit)


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    return [*_too_large(made), *_bosses(made), *_hits(made), *_glands(made), *_lid(made)]


def _too_large(made: Made) -> Iterator[str]:
    wide, high = made.case.layout.width, made.case.layout.height
    most = made.case.layout.most
    if wide > most[0] or high > most[1]:
        yield f"{made.case.name}: the board is {wide:g} × {high:g} mm, the box takes {most[0]:g} × {most[1]:g} mm"


def _bosses(made: Made) -> Iterator[str]:
    for hole in made.case.bosses:
        if hole.ring < BOSS / 2:
            yield f"{made.case.name}: the boss at {hole.x:g}, {hole.y:g} is wider than what the board keeps free"
        if not made.parts["shell"].is_inside((hole.x + BOSS / 2 - 0.5, -hole.y, made.case.floor + 1)):
            yield f"{made.case.name}: no boss under the board's hole at {hole.x:g}, {hole.y:g}"


def _hits(made: Made) -> Iterator[str]:
    for thing in contents(made):
        solid = solids.solid_of(thing, 0.0 if thing.kind == "room" else CLEAR)
        for name in ("shell", "lid"):
            taken = solids.shared(made.parts[name], solid)
            if taken > SUNK_IN:
                yield f"{made.case.name}: {thing.name} is in the {name} by {taken:.1f} mm³"


def _glands(made: Made) -> Iterator[str]:
    case = made.case
    inside = [(port, gland.inside(case, port)) for port in case.ports]
    stands = [solids.solid_of(thing, CLEAR) for thing in contents(made) if thing.kind != "room"]
    for number, (port, nut) in enumerate(inside):
        if gland.corner_out(port.gland.hole / 2) > port.gland.head / 2 - 1.0:
            yield f"{case.name}: the head of the gland of {port.note} does not cover its hole"
        others = [*stands, *(other for _, other in inside[number + 1 :]), *made.parts.values()]
        if any(solids.shared(nut, other) > SUNK_IN for other in others):
            yield f"{case.name}: the nut of {port.note} has no room"
        head = gland.outside(case, port)
        if any(solids.shared(head, made.parts[name]) > SUNK_IN for name in ("shell", "lid")):
            yield f"{case.name}: the head of {port.note} has no room"


def _lid(made: Made) -> Iterator[str]:
    taken = solids.shared(made.parts["shell"], made.parts["lid"])
    if taken > SUNK_IN:
        yield f"{made.case.name}: lid and shell are in each other by {taken:.1f} mm³"
