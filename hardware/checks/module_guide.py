"""Decoupling of every chip, and the module's reset network, as their data sheets want them."""

from collections.abc import Iterator

from hardware.checks.firmware_pins import the_module
from hardware.circuits.blocks import RESET_FARAD, RESET_OHM
from hardware.circuits.circuit import GROUND, Circuit, Placed
from hardware.parts.chips import CHIPS

NEAR_ENOUGH = 0.95  # of a wanted capacitance
SMALL_F = 1e-6  # below: a capacitor against fast edges, which a larger one does not replace


def problems(circuit: Circuit) -> list[str]:
    """All that is missing."""
    found = [problem for part in circuit.parts for problem in _decoupling(circuit, part)]
    if circuit.of("module"):
        found += [*_reset(circuit), *_straps(circuit)]
    return found


def _decoupling(circuit: Circuit, part: Placed) -> Iterator[str]:
    """Each wanted capacitor is one of its own, close to the part; the larger ones count together."""
    own: dict[str, list[float]] = {}
    for other in circuit.of("capacitor"):
        nets = set(other.nets.values())
        if other.near == part.ref and GROUND in nets:
            own.setdefault(next(iter(nets - {GROUND})), []).append(other.type.value)
    for name, wanted in part.type.decouple.items():
        left = own.get(part.net(name), [])
        for farad in wanted:
            fits = [value for value in left if value >= farad * NEAR_ENOUGH and (farad >= SMALL_F or value < SMALL_F)]
            if not fits:
                yield f"{part.ref} ({part.type.name}): no capacitor of {farad:g} F close to {name}"
            else:
                left.remove(min(fits))


def _reset(circuit: Circuit) -> Iterator[str]:
    module = the_module(circuit)
    enable, supply = module.net("EN"), module.net("3V3")
    between = [set(part.nets.values()) for part in circuit.of("resistor") if part.type.value == RESET_OHM]
    if {enable, supply} not in between:
        yield f"EN has no {RESET_OHM} Ω to {supply}"
    grounded = [part.type.value for part in circuit.of("capacitor") if set(part.nets.values()) == {enable, GROUND}]
    if RESET_FARAD not in grounded:
        yield f"EN has no capacitor of {RESET_FARAD:g} F"


def _straps(circuit: Circuit) -> Iterator[str]:
    """Pins read at the start are open, or have a resistor to a supply and nothing that drives them."""
    module = the_module(circuit)
    for number in sorted(CHIPS[module.type.chip].strapping):
        net = next((module.nets.get(pin) for pin in module.type.numbers(f"IO{number}")), None)
        if net is None:
            continue
        for part in circuit.on(net):
            if part.type.kind not in ("module", "resistor", "button", "test point"):
                yield f"GPIO {number} is read at the start, and {part.ref} ({part.type.name}) is on it"
