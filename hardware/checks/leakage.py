"""What leaks while a tag sleeps: arresters and large capacitors at supplies that are always on.

The power model allows for it in one number (hardware/power/tag.py, LEAKAGE). The values here are typical ones at 3.3 V
and 25 to 40 °C and assumed from data sheets, whose guaranteed limits are ten times as high and more.
"""

from hardware.circuits.circuit import GROUND, Circuit
from hardware.power.tag import LEAKAGE

OHM_FARAD = 2_000.0  # insulation of a ceramic capacitor at half its rated voltage, times its capacitance
ARRESTER_UA = {"PESD5V0S2BT": 0.01, "USBLC6-2SC6": 0.01, "SMBJ5A": 10.0}  # a line
ALWAYS_ON = ("CELLS", "3V3", "SDA", "SCL", "GROUND_IN")  # the others are low, or without supply, while it sleeps
ALLOWED_UA = LEAKAGE.value * 1000


def microampere(circuit: Circuit) -> dict[str, float]:
    """Reference -> what leaks through it."""
    found: dict[str, float] = {}
    for part in circuit.parts:
        nets = [net for net in set(part.nets.values()) if net in ALWAYS_ON]
        for net in nets:
            rail = circuit.rail(net)
            volts = rail.typical if rail else 3.3
            if part.type.kind == "capacitor" and GROUND in part.nets.values():
                found[part.ref] = volts * part.type.value / OHM_FARAD * 1e6
            elif part.type.name in ARRESTER_UA:
                found[part.ref] = found.get(part.ref, 0.0) + ARRESTER_UA[part.type.name]
    return found


def problems(circuit: Circuit) -> list[str]:
    """Of a tag: more than the power model allows for."""
    found = microampere(circuit)
    total = sum(found.values())
    if total <= ALLOWED_UA:
        return []
    worst = max(found, key=lambda ref: found[ref])
    return [f"{total:.1f} µA leak while it sleeps, most of it through {worst} ({circuit[worst].type.name})"]
