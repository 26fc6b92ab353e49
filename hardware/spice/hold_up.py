"""The gateway's capacitors after 12 V are gone: for how long the Raspberry Pi still has 5 V."""

from dataclasses import dataclass

from hardware.circuits.circuit import Circuit
from hardware.spice.ngspice import SCHOTTKY, run

WATTS = 6.0  # at the converters' input while a Raspberry Pi 4 stops, with the bridge; measured by others: 4 to 5.5 W
STOP_S = 15.0  # what a clean stop may take: the gateway's service and the system's
ENDS_VOLTS = 6.5  # of SYSTEM: below, 5.1 V are not held
NOMINAL_VOLTS = 12.0
OLD_SHARE, OLD_OHMS = 0.56, 2.0  # 10 years: 20 % less by tolerance, 30 % less by age; resistance doubled
SOFT_V2 = 0.5  # V²: keeps the load of constant power from dividing by nothing below a volt
ESR_OHM = 0.03  # of one capacitor


@dataclass(frozen=True)
class HoldUp:
    """Seconds from the loss of 12 V until SYSTEM is too low, and until the capacitors are at 95 % after it returns."""

    seconds: float
    charged_s: float


def bank(circuit: Circuit) -> tuple[float, int]:
    """(farads of the chain, how many in it)."""
    cells = circuit.of("supercapacitor")
    return 1 / sum(1 / cell.type.value for cell in cells), len(cells)


def hold_up(circuit: Circuit, old: bool, watts: float = WATTS) -> HoldUp:
    """With new capacitors, or such as are ten years old."""
    farad, count = bank(circuit)
    (charging,) = circuit.of("power resistor")
    share, worse = (OLD_SHARE, OLD_OHMS) if old else (1.0, 1.0)
    chain = [f"Resr bank inner {ESR_OHM * count * worse}"]
    full = NOMINAL_VOLTS - 0.25  # the charging diode's at the end of charging
    empty = run(
        "hold-up",
        [
            *chain, f"Cbank inner 0 {farad * share} ic={full}", "Dout bank system schottky", SCHOTTKY,
            "Csys system 0 30u", f"Bload system 0 i={watts}*v(system)/(v(system)*v(system) + {SOFT_V2})",
            ".tran 10m 120 uic", f".meas tran ends when v(system)={ENDS_VOLTS} fall=1",
        ],
        "ends",
    )  # fmt: skip
    charge = run(
        "charging",
        [
            f"Vin in 0 {NOMINAL_VOLTS}", "Din in charge schottky", SCHOTTKY, f"Rc charge bank {charging.type.value}",
            *chain, f"Cbank inner 0 {farad * share} ic=0", ".tran 100m 1200 uic",
            f".meas tran charged when v(inner)={0.95 * full} rise=1",
        ],
        "charged",
    )  # fmt: skip
    return HoldUp(empty["ends"], charge["charged"])
