"""Analog inputs: what comes to them at most is within what the chip's converter measures."""

from collections.abc import Mapping
from typing import Any

from hardware.checks.firmware_pins import gpio_net, the_module
from hardware.circuits.circuit import GROUND, Circuit
from hardware.parts.chips import CHIPS

OUTPUT_VOLTS = {"capacitive soil probe": 3.0}  # SEN0193 data sheet: 0 to 3.0 V


def volts(circuit: Circuit, net: str) -> float:
    """The highest voltage at an input: of a rail or a sensor, through its divider."""
    at = [part for part in circuit.of("resistor") if net in part.nets.values()]
    lower = [part.type.value for part in at if GROUND in part.nets.values()]
    share = 1.0
    highest = 0.0
    for part in at:
        (other,) = set(part.nets.values()) - {net}
        rail = circuit.rail(other)
        sensors = [OUTPUT_VOLTS[p.type.name] for p in circuit.on(other) if p.type.name in OUTPUT_VOLTS]
        if rail or sensors:
            highest = rail.high if rail else max(sensors)
            share = lower[0] / (lower[0] + part.type.value) if lower else 1.0
    return highest * share


def problems(circuit: Circuit, board: Mapping[str, Any]) -> list[str]:
    """Inputs that would saturate, or at which nothing is."""
    module = the_module(circuit)
    most = CHIPS[module.type.chip].adc_volts
    found = []
    for name, line in board["lines"].items():
        net = gpio_net(module, line["pin"]) if line["type"] == "adc" else None
        if net is None:
            continue
        reached = volts(circuit, net)
        if not 0 < reached <= most:
            found.append(f"{name}: {reached:.2f} V come to it, {most:g} V are measured")
    return found
