"""Each part fits on a printer's bed and prints as it lies there, without support."""

from hardware.enclosures import mesh
from hardware.enclosures.fits import BED
from hardware.enclosures.made import Made


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    found = []
    for name, part in made.meshes.items():
        where = f"{made.case.name} {name}"
        for wide, at in mesh.overhangs(part):
            found.append(f"{where}: {wide:.1f} mm hang in the air at {at}")
        size = part.corners.reshape(-1, 3).max(axis=0) - part.corners.reshape(-1, 3).min(axis=0)
        if size[0] > BED[0] or size[1] > BED[1]:
            found.append(f"{where}: {size[0]:.0f} × {size[1]:.0f} mm, the bed has {BED[0]:g} × {BED[1]:g} mm")
    return found
