"""Meshes that are closed, of one piece, and nowhere too thin."""

from hardware.enclosures import mesh
from hardware.enclosures.fits import LEAST_WALL
from hardware.enclosures.made import Made

ROUNDING = 0.01  # mm
VOLUME = 0.03  # share by which a mesh's volume may differ from its solid's: chords cut off curves


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    found = []
    for name, part in made.meshes.items():
        where = f"{made.case.name} {name}"
        solid = made.printed[name]
        opened = mesh.open_edges(part)
        if opened:
            found.append(f"{where}: the mesh is not closed, {opened} edges are open")
        if len(solid.solids()) != 1 or not solid.is_valid:
            found.append(f"{where}: {len(solid.solids())} pieces, where one sound piece is wanted")
        if abs(part.volume / solid.volume - 1) > VOLUME:
            found.append(f"{where}: the mesh has {part.volume:.0f} mm³, the solid {solid.volume:.0f} mm³")
        thin, at = mesh.thinnest(part)
        if thin < LEAST_WALL - ROUNDING:
            found.append(f"{where}: a wall is {thin:.2f} mm thin at {at}, {LEAST_WALL:g} mm are needed")
    return found
