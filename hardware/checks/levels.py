"""Voltage domains: what drives a line is high enough for each that listens, and harms none."""

from collections.abc import Iterator

from hardware.circuits.circuit import Circuit, Placed
from hardware.parts.part import Flow

SHARE_HIGH = 0.7  # of the supply: from there on CMOS inputs are high (modules: 0.75 of 3.3 V, which 3.3 V are, too)
OVER = 0.3  # volts over its supply that an input stands
DRIVERS, LISTENERS = (Flow.OUT, Flow.BOTH), (Flow.IN, Flow.BOTH)


def level(circuit: Circuit, part: Placed) -> float | None:
    """Volts of its logic; None for a part without any."""
    if part.type.io_volts:
        return part.type.io_volts
    rail = circuit.rail(part.net(part.type.io)) if part.type.io else None
    return rail.typical if rail else None


def problems(circuit: Circuit) -> list[str]:
    """All lines on which the two do not fit."""
    return sorted(set(_problems(circuit)))


def _problems(circuit: Circuit) -> Iterator[str]:
    for net in circuit.nets():
        if circuit.rail(net) or net == "GND":
            continue
        nets = circuit.joined(net, buffers=False)
        for driver, high in _ends(circuit, nets, DRIVERS):
            for listener, supply in _ends(circuit, nets, LISTENERS):
                if driver.ref == listener.ref:
                    continue
                needed = listener.type.input_high or SHARE_HIGH * supply
                most = listener.type.tolerant or supply + OVER
                line = f"{driver.ref} ({driver.type.name}) drives {listener.ref} ({listener.type.name})"
                if high < needed:
                    yield f"{line} with {high:g} V; it needs {needed:.2g} V"
                if high > most:
                    yield f"{line} with {high:g} V; it stands {most:.2g} V"


def _ends(circuit: Circuit, nets: set[str], flows: tuple[Flow, ...]) -> list[tuple[Placed, float]]:
    found = []
    for part in circuit.parts:
        volts = level(circuit, part)
        if volts is None:
            continue
        if any(part.nets.get(pin.number) in nets and pin.flow in flows for pin in part.type.pins):
            found.append((part, volts))
    return found
