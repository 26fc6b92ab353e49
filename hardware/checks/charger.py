"""The solar charger: float voltage, current and the panel's voltage by its resistors, start, surge, heat."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.checks.regulators import AMBIENT_C, MARGIN_C
from hardware.circuits.circuit import GROUND, Circuit, Placed
from hardware.parts.protection import CLAMPS

SENSE_VOLTS = 0.1  # LT3652: over the shunt at full current
HOLD_VOLTS = 2.7  # LT3652: at VIN_REG
START_OVER = 3.3  # LT3652: volts over the battery that it needs to start
OPEN_VOLTS = 19.3  # of a hot panel (60 °C) of 36 cells: 21.6 V less 0.31 % a degree
BEST_VOLTS = (14.9, 18.0)  # of the same at its best: at 75 °C and at 25 °C
FLOAT_VOLTS = (14.0, 14.4)  # LiFePO4, 3.5 to 3.6 V a cell; an AGM takes it as its cycle voltage
BATTERY_HIGH_A = 10.0  # a quarter of 40 Ah in an hour


@dataclass(frozen=True)
class Setting:
    """What the resistors make of the charger."""

    volts: float
    ampere: float
    hold: float
    junction: float


def setting(circuit: Circuit, charger: Placed) -> Setting:
    """The charger's, at its most in the hottest box."""
    chip = charger.type.regulator
    assert chip is not None
    (shunt,) = circuit.of("shunt")
    volts = chip.reference * _ratio(circuit, charger.net("VFB"))
    ampere = SENSE_VOLTS / shunt.type.value
    lost = volts * ampere * (1 / chip.efficiency - 1) * chip.own_share
    hold = HOLD_VOLTS * _ratio(circuit, charger.net("VIN_REG"))
    return Setting(volts, ampere, hold, AMBIENT_C + lost * chip.rise)


def problems(circuit: Circuit) -> list[str]:
    """Of each charger."""
    return [problem for charger in circuit.of("charger") for problem in _one(circuit, charger)]


def _ratio(circuit: Circuit, net: str) -> float:
    """1 + upper / lower of the divider at a net."""
    at = [part for part in circuit.of("resistor") if net in part.nets.values()]
    (lower,) = [part.type.value for part in at if GROUND in part.nets.values()]
    (upper,) = [part.type.value for part in at if GROUND not in part.nets.values()]
    return 1 + upper / lower


def _one(circuit: Circuit, charger: Placed) -> Iterator[str]:
    chip, found = charger.type.regulator, setting(circuit, charger)
    assert chip is not None
    if not FLOAT_VOLTS[0] <= found.volts <= FLOAT_VOLTS[1]:
        yield f"{charger.ref}: charges to {found.volts:.2f} V"
    if found.ampere * 1000 > chip.most_ma or found.ampere > BATTERY_HIGH_A:
        yield f"{charger.ref}: charges with {found.ampere:.1f} A"
    if not BEST_VOLTS[0] <= found.hold <= BEST_VOLTS[1]:
        yield f"{charger.ref}: holds the panel at {found.hold:.1f} V"
    if found.volts + START_OVER > OPEN_VOLTS:
        yield f"{charger.ref}: a hot panel of {OPEN_VOLTS} V does not start it"
    if found.junction > chip.limit_c - MARGIN_C:
        yield f"{charger.ref}: its junction reaches {found.junction:.0f} °C"
    for surge in circuit.of("surge"):
        if CLAMPS[surge.type.value] > chip.absolute:
            yield f"{charger.ref}: {surge.ref} lets {CLAMPS[surge.type.value]:g} V through"
