"""Every contact that leaves the board has an arrester on its net, whose stand-off voltage the net never reaches."""

from collections.abc import Iterator

from hardware.circuits.circuit import GROUND, Circuit

ARRESTERS = ("esd", "surge")
LOGIC_VOLTS = 3.6  # of a line that is no rail


def problems(circuit: Circuit) -> list[str]:
    """All contacts without one, and arresters that would conduct in use."""
    return [*_bare(circuit), *_leaking(circuit)]


def _bare(circuit: Circuit) -> Iterator[str]:
    for connector in circuit.of("connector"):
        for pin in connector.type.pins:
            net = connector.nets.get(pin.number, GROUND)
            if net == GROUND:
                continue
            if not any(
                part.type.kind in ARRESTERS for here in _through_fuse(circuit, net) for part in circuit.on(here)
            ):
                yield f"{connector.ref} ({connector.note}): {pin.name} has no arrester"


def _through_fuse(circuit: Circuit, net: str) -> set[str]:
    """The net, and those behind a fuse and the transistor against reversed batteries."""
    found = {net}
    for kind in ("fuse", "fet"):
        for part in circuit.of(kind):
            path = {other for number, other in part.nets.items() if part.type.pins[int(number) - 1].name != "G"}
            if found & path:
                found |= path
    return found


def _leaking(circuit: Circuit) -> Iterator[str]:
    for part in circuit.parts:
        if part.type.kind not in ARRESTERS:
            continue
        for net in set(part.nets.values()) - {GROUND}:
            rail = circuit.rail(net)
            high = rail.high if rail else LOGIC_VOLTS
            if rail and net != "VBUS" and high > part.type.value * 1.05:
                yield f"{part.ref} ({part.type.name}) conducts at the {high:g} V of {net}"
