"""The current budget of each supply net: everything on at once, what the next converters take included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hardware.circuits.circuit import Circuit, CircuitError, Placed, Rail

SHARE = 0.8  # of what a source can give: the rest is for ageing, heat and what was forgotten
PULSED_SHARE = 0.9  # of the same, for milliseconds: no heat then


@dataclass(frozen=True)
class Load:
    """What takes current from a rail, in mA at most."""

    what: str
    ma: float
    pulsed: bool = False


def loads(circuit: Circuit, rail: Rail) -> list[Load]:
    """Of the mode in which most is taken."""
    return max((_loads(circuit, rail, mode) for mode in circuit.modes.values() or ({},)), key=_sum)


def _sum(found: list[Load]) -> float:
    return sum(load.ma for load in found)


def _loads(circuit: Circuit, rail: Rail, mode: Mapping[str, float]) -> list[Load]:
    """Who takes from it, the largest first; converters from a source at its lowest, where they take most."""
    found = []
    for part in circuit.parts:
        for pin, supply in part.type.supplies.items():
            if supply.most_ma and part.fitted and part.net(pin) == rail.net:
                ma = min(supply.most_ma, mode.get(part.ref, supply.most_ma))
                found.append(Load(f"{part.ref} {part.type.name}", ma, supply.pulsed))
    for other in circuit.rails:
        if other.fed_by == rail.net:
            pulsed = any(load.pulsed for load in loads(circuit, other))
            found.append(Load(f"{other.net} by {other.source}", _taken(circuit, rail, other), pulsed))
    return sorted(found, key=lambda load: -load.ma)


def total_ma(circuit: Circuit, rail: Rail) -> float:
    """Everything on at once."""
    return _sum(loads(circuit, rail))


def too_much(circuit: Circuit, rail: Rail, most_ma: float) -> bool:
    """Whether a source of so many mA is asked for more than its share."""
    taken = loads(circuit, rail)
    steady = sum(load.ma for load in taken if not load.pulsed)
    return steady > most_ma * SHARE or _sum(taken) > most_ma * (PULSED_SHARE if steady < _sum(taken) else SHARE)


def converter(circuit: Circuit, rail: Rail) -> Placed | None:
    """The converter that makes a rail; None for a switch, a resistor or a source outside."""
    try:
        part = circuit[rail.source]
    except CircuitError:
        return None
    return part if part.type.regulator else None


def problems(circuit: Circuit) -> list[str]:
    """All rails that ask too much, and parts that a rail does not suit."""
    return [*_sources(circuit), *_budgets(circuit), *_ranges(circuit)]


def _taken(circuit: Circuit, rail: Rail, other: Rail) -> float:
    made = converter(circuit, other)
    ma = total_ma(circuit, other)
    if made is None or made.type.regulator is None:
        return ma
    return ma * other.typical / (rail.low * made.type.regulator.efficiency)


def _sources(circuit: Circuit) -> Iterator[str]:
    refs = {part.ref: part.type for part in circuit.parts}
    for rail in circuit.rails:
        if rail.source in refs and refs[rail.source].kind not in ("regulator", "switch", "battery"):
            yield f"{rail.net}: {rail.source} ({refs[rail.source].name}) makes no supply"


def _budgets(circuit: Circuit) -> Iterator[str]:
    for rail in circuit.rails:
        if too_much(circuit, rail, rail.budget_ma):
            yield f"{rail.net}: {total_ma(circuit, rail):.0f} mA are too much for a source of {rail.budget_ma:g} mA"


def _ranges(circuit: Circuit) -> Iterator[str]:
    for part in circuit.parts:
        for pin, supply in part.type.supplies.items():
            net = circuit.rail(part.net(pin))
            if net is None:
                yield f"{part.ref} ({part.type.name}): {pin} is on {part.net(pin)}, which is no rail"
            elif net.low < supply.low or net.high > supply.high:
                yield f"{part.ref} ({part.type.name}): {net.net} of {net.low:g} to {net.high:g} V is not for {pin}"
