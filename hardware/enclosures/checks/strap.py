"""The strap gives way as the tree grows, does not press, and holds; its ears take it."""

from hardware.enclosures import growth
from hardware.enclosures.made import Made
from hardware.enclosures.shell import STRAP_SLOT


def problems(made: Made) -> list[str]:
    """All that is wrong."""
    if "strap" not in made.case.parts:
        return []
    band, name = made.strap, made.case.name
    found = [f"{name}: the strap {fault}" for fault in growth.problems(band, made.tree)]
    if STRAP_SLOT[0] < band.wide + 1 or STRAP_SLOT[1] < band.thick + 1:
        found.append(f"{name}: the strap does not go through its ears")
    if sum(ear.strap for ear in made.case.ears) != 2:
        found.append(f"{name}: the strap needs two ears")
    return found
