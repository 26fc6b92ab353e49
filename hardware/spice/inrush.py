"""The scanner switched on: what the load switch's slow start takes from the 5 V rail, and what would be without."""

from dataclasses import dataclass

from hardware.circuits.circuit import GROUND, Circuit
from hardware.spice.ngspice import run

SCANNER_F, SCANNER_OHM, SCANNER_A = 100e-6, 0.05, 0.160  # its own capacitor (assumed), and its current
RAIL_OHM = 0.03  # of the converter's output at these speeds, assumed
SWITCH_OHM = 0.08
# TPS22917 with 1 nF at CT from 5 V: about 1 ms from 10 to 90 %; 0.5 ms is the fastest that is expected of any.
RISE_S = 0.5e-3
AT_ONCE_S = 1e-6


@dataclass(frozen=True)
class Inrush:
    """Peak through the switch in A, and the lowest of the rail in V."""

    peak: float
    lowest: float


def inrush(circuit: Circuit, rail: str, output: str, slow: bool = True) -> Inrush:
    """At the switch between two rails; not `slow`: as if it closed at once."""
    volts = next(item.typical for item in circuit.rails if item.net == rail)
    before, after = (
        sum(part.type.value for part in circuit.of("capacitor") if {net, GROUND} == set(part.nets.values()))
        for net in (rail, output)
    )
    rise = RISE_S if slow else AT_ONCE_S
    found = run(
        "load switch",
        [
            f"Vconv source 0 {volts}",
            f"Rconv source rail {RAIL_OHM}",
            f"Crail rail 0 {before} ic={volts}",
            # The pass transistor follows a ramp at its gate: its conductance is what lets the output follow.
            f"Vramp ramp 0 pulse(0 {volts} 0.1m {rise} 1u 1 2)",
            "Vsense rail inlet 0",
            f"Bpass inlet out i=max(0, min((v(ramp)-v(out))/{SWITCH_OHM}, (v(rail)-v(out))/{SWITCH_OHM}))",
            f"Cout out 0 {after} ic=0",
            f"Rscan out inside {SCANNER_OHM}",
            f"Cscan inside 0 {SCANNER_F} ic=0",
            f"Bscan inside 0 i={SCANNER_A}*min(1, max(0, v(inside))/{volts})",
            ".tran 0.2u 4m uic",
            ".meas tran peak max i(Vsense)",
            ".meas tran lowest min v(rail)",
        ],
        "peak",
        "lowest",
    )
    return Inrush(found["peak"], found["lowest"])
