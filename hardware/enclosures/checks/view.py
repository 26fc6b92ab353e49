"""What the sensor in the floor sees is free."""

from hardware.enclosures import solids, window
from hardware.enclosures.fits import SUNK_IN
from hardware.enclosures.made import Made


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    case = made.case
    if case.window is None:
        return []
    seen = window.view(case, case.window)
    found = []
    for name in ("shell", "lid"):
        if name in made.parts and (taken := solids.shared(made.parts[name], seen)) > SUNK_IN:
            found.append(f"{case.name}: the {name} stands in the sensor's view by {taken:.1f} mm³")
    return found
