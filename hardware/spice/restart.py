"""The gateway's second start: for how long the transistor cuts the 5 V when 12 V are back; a failure cuts nothing."""

from dataclasses import dataclass

from hardware.circuits.circuit import GROUND, Circuit
from hardware.spice.ngspice import run

RAIL_VOLTS = 3.3
ON_VOLTS = (0.8, 1.5)  # BSS138: threshold, least and most; at the second it pulls the enable pin down for certain
LATEST_S = 20.0


@dataclass(frozen=True)
class Pulse:
    """Seconds for which a transistor of the highest threshold conducts after the edge; the gate's peak at a failure."""

    seconds: float
    at_failure: float


def pulse(circuit: Circuit) -> Pulse:
    """With the circuit's own pull-up, capacitor and resistor. The supervisor lets go at 5 s, pulls down at 12 s."""
    (coupling,) = [p for p in circuit.of("capacitor") if set(p.nets.values()) == {"POWER_FAIL", "AGAIN"}]
    (pull,) = [p for p in circuit.of("resistor") if "POWER_FAIL" in p.nets.values() and GROUND not in p.nets.values()]
    (gate,) = [p for p in circuit.of("resistor") if set(p.nets.values()) == {"AGAIN", GROUND}]
    gate_on = f"when v(gate)={ON_VOLTS[1]}"
    found = run(
        "second start",
        [
            f"Vrail rail 0 {RAIL_VOLTS}", f"Rpull rail fail {pull.type.value}",
            "Vopen open 0 pwl(0 1 5 1 5.001 0 12 0 12.001 1 20 1)", "Sreset fail 0 open 0 sink",
            ".model sink SW(VT=0.5 RON=50 ROFF=1G)",
            f"Ccouple fail gate {coupling.type.value}", f"Rgate gate 0 {gate.type.value}",
            f".tran 2m {LATEST_S}",
            f".meas tran begins {gate_on} rise=1", f".meas tran ends {gate_on} fall=1",
            ".meas tran failing max v(gate) from=11.9 to=20",
        ],
        "begins", "ends", "failing",
    )  # fmt: skip
    return Pulse(found["ends"] - found["begins"], found["failing"])
