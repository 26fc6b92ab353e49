"""The battery's divider with the converter's sampling: what is read, how soon, and how much ripple comes through."""

from dataclasses import dataclass

from hardware.circuits.circuit import GROUND, Circuit
from hardware.spice.ngspice import run

SAMPLE_F, SAMPLE_S = 20e-12, 20e-6  # the converter's capacitor (assumed), emptied and charged once a sample
BURST = 8  # samples in a row; the firmware takes three for a value
RIPPLE_HZ = 20_000.0  # of a charger's pulses, the slowest


@dataclass(frozen=True)
class Divider:
    """volts: what is read, sampling included; ideal: by the resistors; settled_s: to 1 % after the battery is joined;
    ripple: share of a ripple of RIPPLE_HZ that comes through."""

    volts: float
    ideal: float
    settled_s: float
    ripple: float


def divider(circuit: Circuit, net: str, battery: float) -> Divider:
    """Measured at a battery of so many volts."""
    at = [part for part in circuit.of("resistor") if net in part.nets.values()]
    (lower,) = [part.type.value for part in at if GROUND in part.nets.values()]
    (upper,) = [part.type.value for part in at if GROUND not in part.nets.values()]
    farad = sum(part.type.value for part in circuit.of("capacitor") if net in part.nets.values())
    ideal = battery * lower / (lower + upper)
    parts = [f"Rup battery pin {upper}", f"Rlow pin 0 {lower}", f"Cpin pin 0 {farad}"]
    sampling = [
        f"Vclock clock 0 pulse(0 1 0 1n 1n {SAMPLE_S / 4} {SAMPLE_S})",
        f"Vempty empty 0 pulse(0 1 {SAMPLE_S / 2} 1n 1n {SAMPLE_S / 4} {SAMPLE_S})",
        "S1 pin held clock 0 gate",
        "S2 held 0 empty 0 gate",
        f"Cheld held 0 {SAMPLE_F}",
        ".model gate SW(VT=0.5 RON=1k ROFF=100G)",
    ]
    burst = run(
        "battery divider, sampled",
        [*parts, f"Vbat battery 0 {battery}", *sampling, f".tran 1u {BURST * SAMPLE_S}", ".meas tran least min v(pin)"],
        "least",
    )
    step = run(
        "battery divider, joined",
        [
            *parts, f"Vbat battery 0 pulse(0 {battery} 1m 1u 1u 10 20)", ".tran 100u 0.5",
            f".meas tran settled when v(pin)={0.99 * ideal} rise=1",
        ],
        "settled",
    )  # fmt: skip
    through = run(
        "battery divider, ripple",
        [
            *parts, f"Vbat battery 0 dc {battery} ac 1", ".ac dec 10 1 1e6", ".save v(pin)",
            f".meas ac ripple find vm(pin) at={RIPPLE_HZ}",
        ],
        "ripple",
    )  # fmt: skip
    return Divider(burst["least"], ideal, step["settled"], through["ripple"])
