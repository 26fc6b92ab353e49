"""Groups of parts that return in every unit: decoupling, reset, arresters, USB, converters, ports."""

from collections.abc import Mapping

from hardware.circuits.circuit import GROUND, Circuit
from hardware.parts import connectors, passives, power, protection
from hardware.parts.part import PartType

RESET_OHM, RESET_FARAD = 10_000, 1e-6  # module data sheet: EN rises 10 ms after the supply
USB_PULL_DOWN = 5_100  # USB Type-C: what tells a host that a device is there
BUTTON_OHM = 10_000


def decouple(circuit: Circuit, ref: str, net: str, *farads: float, volts: float = 0.0) -> None:
    """Capacitors from a net to ground, close to a part."""
    for farad in farads:
        circuit.add(passives.capacitor(farad, volts), {"1": net, "2": GROUND}, near=ref)


def resistor(circuit: Circuit, ohm: float, one: str, other: str, near: str = "", note: str = "") -> str:
    """Between two nets."""
    return circuit.add(passives.resistor(ohm), {"1": one, "2": other}, near, note)


def guard(circuit: Circuit, near: str, *nets: str) -> None:
    """ESD arresters for lines that leave the board, two a package."""
    for at in range(0, len(nets), 2):
        pair = nets[at : at + 2]
        circuit.add(protection.ESD_PAIR, {"1": pair[0], "2": pair[-1], "GND": GROUND}, near=near)


def port(
    circuit: Circuit,
    part: PartType,
    nets: Mapping[str, str],
    note: str,
    header: PartType | None = None,
    fitted: bool = True,
) -> str:
    """A connector with an off-board part at its cable: contact by contact the part's pins, in its order."""
    names = [pin.name for pin in part.pins]
    plug = header or connectors.cable(*names)
    ref = circuit.add(
        plug, {str(pin.number): nets[name] for pin, name in zip(plug.pins, names, strict=True)}, note=note
    )
    circuit.add(part, nets, near=ref, note=note, fitted=fitted)
    return ref


def reset(circuit: Circuit, module: str, supply: str, enable: str, boot: str) -> None:
    """EN with its delay and a button, the boot strap with a pull-up and a button."""
    resistor(circuit, RESET_OHM, enable, supply, module)
    circuit.add(passives.capacitor(RESET_FARAD), {"1": enable, "2": GROUND}, near=module)
    circuit.add(connectors.BUTTON, {"1": enable, "2": GROUND}, note="RESET")
    resistor(circuit, BUTTON_OHM, boot, supply, module)
    circuit.add(connectors.BUTTON, {"1": boot, "2": GROUND}, note="BOOT: held at reset, the chip takes new firmware")


def usb(circuit: Circuit, positive: str, negative: str) -> str:
    """The port to the crew's computer. It supplies nothing: the board runs from its own battery."""
    nets = {"GND": GROUND, "VBUS": "VBUS", "CC1": "CC1", "CC2": "CC2", "DP": positive, "DN": negative, "SHIELD": GROUND}
    ref = circuit.add(connectors.USB_C, nets, note="USB: provisioning")
    circuit.add(protection.ESD_USB, {"IO1": positive, "IO2": negative, "VBUS": "VBUS", "GND": GROUND}, near=ref)
    guard(circuit, ref, "CC1", "CC2")
    resistor(circuit, USB_PULL_DOWN, "CC1", GROUND, ref)
    resistor(circuit, USB_PULL_DOWN, "CC2", GROUND, ref)
    decouple(circuit, ref, "VBUS", 1e-6)
    return ref


def buck(circuit: Circuit, source: str, rail: str, enable: str, upper: float, lower: float, henry: float) -> str:
    """A TPS62933 at 500 kHz (RT open): rail = 0.8 V × (1 + upper / lower)."""
    name = rail.replace("V", "_")
    nets = {"VIN": source, "GND": GROUND, "EN": enable, "FB": f"FB{name}", "SW": f"SW{name}", "BST": f"BST{name}"}
    ref = circuit.add(power.BUCK, {**nets, "SS": f"SS{name}"}, unused="RT", note=f"{rail} converter")
    decouple(circuit, ref, source, 100e-9)
    decouple(circuit, ref, source, 10e-6, volts=50)
    circuit.add(passives.capacitor(100e-9), {"1": f"BST{name}", "2": f"SW{name}"}, near=ref)
    circuit.add(passives.capacitor(10e-9), {"1": f"SS{name}", "2": GROUND}, near=ref)
    circuit.add(passives.coil(henry), {"1": f"SW{name}", "2": rail}, near=ref)
    resistor(circuit, upper, rail, f"FB{name}", ref)
    resistor(circuit, lower, f"FB{name}", GROUND, ref)
    decouple(circuit, ref, rail, 22e-6, 22e-6, 100e-9)
    return ref


def reversed_battery(circuit: Circuit, battery: str, load: str, fet: PartType, gate: str, zener: bool) -> None:
    """A P-channel transistor whose body diode conducts first; the Zener holds its gate below 20 V."""
    ref = circuit.add(fet, {"D": battery, "S": load, "G": gate}, note="a battery the wrong way round does nothing")
    resistor(circuit, 100_000, gate, GROUND, ref)
    if zener:
        circuit.add(power.ZENER_12, {"K": load, "A": gate}, near=ref)
