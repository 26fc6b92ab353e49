"""Converters: input range, what the arrester lets through, feedback, head-room and junction temperature."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.checks.rails import converter, too_much, total_ma
from hardware.circuits.circuit import GROUND, Circuit, Placed, Rail
from hardware.parts.protection import CLAMPS

AMBIENT_C = 70.0  # inside a dark box in the summer's sun: 45 °C in the air and 25 more
MARGIN_C = 10.0  # below the chip's limit
DUTY = 0.9  # a step-down converter regulates down to rail / DUTY
MILLI = 1000.0


@dataclass(frozen=True)
class Heat:
    """A converter at its most: watts in the chip, and its junction in °C."""

    ref: str
    rail: str
    ma: float
    watts: float
    junction: float


def heat(circuit: Circuit, rail: Rail, part: Placed) -> Heat:
    """Everything on at once, all the time, in the hottest box."""
    chip = part.type.regulator
    assert chip is not None
    ma = total_ma(circuit, rail)
    lost = rail.typical * ma / MILLI * (1 / chip.efficiency - 1) * chip.own_share
    return Heat(part.ref, rail.net, ma, lost, AMBIENT_C + lost * chip.rise)


def converters(circuit: Circuit) -> list[tuple[Rail, Placed]]:
    """Rails with the converters that make them."""
    found = [(rail, converter(circuit, rail)) for rail in circuit.rails]
    return [(rail, part) for rail, part in found if part is not None]


def feedback_volts(circuit: Circuit, rail: Rail, part: Placed) -> float | None:
    """The voltage that the divider at FB sets; None if the chip has none."""
    chip = part.type.regulator
    assert chip is not None
    if not chip.reference:
        return None
    net = part.net("FB")
    at = [(other, set(other.nets.values())) for other in circuit.of("resistor") if net in other.nets.values()]
    (upper,) = [other.type.value for other, nets in at if rail.net in nets]
    (lower,) = [other.type.value for other, nets in at if GROUND in nets]
    return chip.reference * (1 + upper / lower)


def problems(circuit: Circuit) -> list[str]:
    """All that is wrong."""
    return [problem for rail, part in converters(circuit) for problem in _one(circuit, rail, part)]


def _one(circuit: Circuit, rail: Rail, part: Placed) -> Iterator[str]:
    chip, source = part.type.regulator, circuit.rail(rail.fed_by)
    assert chip is not None and source is not None
    name = f"{part.ref} ({part.type.name})"
    if source.low < chip.input_low or source.high > chip.input_high:
        yield f"{name}: {source.net} of {source.low:g} to {source.high:g} V is outside its input range"
    if not chip.steps_up and source.low * DUTY < rail.typical:
        yield f"{name}: no head-room from {source.low:g} V for {rail.net}"
    for surge in circuit.of("surge"):
        if surge.net("K") == source.net and CLAMPS[surge.type.value] > chip.absolute:
            yield f"{name}: {surge.ref} lets {CLAMPS[surge.type.value]:g} V through, it stands {chip.absolute:g} V"
    if too_much(circuit, rail, chip.most_ma):
        yield f"{name}: {total_ma(circuit, rail):.0f} mA of {chip.most_ma:g} mA"
    volts = feedback_volts(circuit, rail, part)
    if volts is not None and not rail.low <= volts <= rail.high:
        yield f"{name}: its divider gives {volts:.2f} V for {rail.net}"
    junction = heat(circuit, rail, part).junction
    if junction > chip.limit_c - MARGIN_C:
        yield f"{name}: its junction reaches {junction:.0f} °C"
