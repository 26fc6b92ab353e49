"""The tree tag: two AA cells, a converter that sleeps on 75 nA, sensors at ports.

Two boards from one circuit. `tree_tag` has an ESP32-C3 and ESP-NOW, as the firmware's board file and the power model
have it: it sleeps on 5 µA. `tree_tag_lora` has an ESP32-C6, because an SX1262 and all sensors need 14 pins and a C3
has 10 free ones; it sleeps on 7 µA.
"""

from dataclasses import dataclass

from hardware.circuits import blocks
from hardware.circuits.circuit import GROUND, Circuit, Rail
from hardware.parts import connectors, modules, off_board, passives, power, sensors
from hardware.parts.part import PartType

V3, CELLS, PROBE = "3V3", "CELLS", "PROBE"
RAILS = (
    Rail(CELLS, 2.0, 3.0, 3.6, "BT1", 2000.0),
    Rail(V3, 3.2, 3.3, 3.4, "U2", 400.0, fed_by=CELLS),
    Rail(PROBE, 3.2, 3.29, 3.4, "U3", 100.0, fed_by=V3),
    Rail("VBUS", 4.5, 5.0, 5.5, "the crew's computer", 500.0),
)
I2C_OHM = 2_200  # as the bin's: it costs only while a line is held low
ONE_WIRE_OHM = 4_700


@dataclass(frozen=True)
class Pins:
    """GPIO of each signal on one of the modules."""

    module: PartType
    scl: int
    sda: int
    probe: int
    probe_power: int
    supply: int
    ground: int
    band_power: int
    motion: int
    boot: int
    usb: tuple[int, int]  # D−, D+
    unused: str


C3 = Pins(modules.C3_WROOM, 7, 6, 0, 10, 1, 3, 5, 4, 9, (18, 19), "IO20 IO21")
C6 = Pins(modules.C6_WROOM, 7, 6, 0, 10, 1, 3, 11, 2, 9, (12, 13), "IO16 IO17 IO4 IO5 IO15")
LORA = {"sck": 18, "mosi": 19, "miso": 20, "cs": 21, "busy": 22, "reset": 23}  # "wiring" of the tag's configuration
# The tag's radio is LoRa; Wi-Fi is on without sending, once, for the noise of a key (board_esp32.py, secret).
LORA_MODES = {"LoRa sends": {"U1": 30.0}, "Wi-Fi listens": {"U1": 82.0, "U6": 0.0}}
HIGH = (2, 8)  # straps of a C3 that the start wants high; the rest of the C6's have resistors of their own


def tree_tag() -> Circuit:
    """With an ESP32-C3 and ESP-NOW."""
    circuit = _tag("tree_tag", "Tree tag", C3, "tree_tag")
    for number in HIGH:
        blocks.resistor(circuit, 10_000, f"STRAP{number}", V3, "U1", "read at the start")
    return circuit


def tree_tag_lora() -> Circuit:
    """With an ESP32-C6 and an SX1262."""
    circuit = _tag("tree_tag_lora", "Tree tag with LoRa", C6, "")
    circuit.modes = LORA_MODES
    circuit.spare = {**circuit.spare, **{f"IO{number}": "`wiring` of the tag's radio" for number in LORA.values()}}
    blocks.resistor(circuit, 10_000, "STRAP8", V3, "U1", "read at the start")
    nets = {"SCK": "LORA_SCK", "MOSI": "LORA_MOSI", "MISO": "LORA_MISO", "NSS": "LORA_CS", "BUSY": "LORA_BUSY"}
    radio = circuit.add(
        modules.LORA,
        {**nets, "RESET": "LORA_RESET", "ANT": "AERIAL", "VCC": V3, "GND": GROUND},
        unused="TXEN RXEN DIO1 DIO2 DIO3",
        note="LoRa",
    )
    blocks.decouple(circuit, radio, V3, 100e-9, 10e-6)
    blocks.resistor(circuit, 100_000, "LORA_CS", V3, radio, "not chosen while the processor sleeps")
    blocks.port(circuit, off_board.AERIAL, {"ANT": "AERIAL", "GND": GROUND}, "aerial", header=connectors.COAX)
    return circuit


def _tag(name: str, title: str, at: Pins, board: str) -> Circuit:
    spare = {f"IO{at.motion}": "the accelerometer's interrupt: `motion` of the tag's configuration"}
    circuit = Circuit(name, title, RAILS, board=board, spare=spare)
    _module(circuit, at)
    _supply(circuit)
    _i2c(circuit)
    _ports(circuit)
    blocks.usb(circuit, "USB_DP", "USB_DN")
    for net in (V3, CELLS, GROUND, "EN", "BOOT"):
        circuit.add(connectors.TEST_POINT, {"1": net}, note=net)
    return circuit


def _module(circuit: Circuit, at: Pins) -> None:
    signals = {
        at.scl: "SCL", at.sda: "SDA", at.probe: "SOIL", at.probe_power: "SOIL_POWER", at.supply: "SUPPLY",
        at.ground: "GROUND_TEMP", at.band_power: "BAND_POWER", at.motion: "MOTION", at.boot: "BOOT",
        at.usb[0]: "USB_DN", at.usb[1]: "USB_DP", 8: "STRAP8",
    }  # fmt: skip
    if at is C6:
        signals |= {number: f"LORA_{key.upper()}" for key, number in LORA.items()}
    else:
        signals[2] = "STRAP2"
    nets = {"3V3": V3, "GND": GROUND, "EN": "EN", **{f"IO{number}": net for number, net in signals.items()}}
    module = circuit.add(at.module, nets, unused=at.unused, note="processor and radio")
    blocks.decouple(circuit, module, V3, 100e-9, 10e-6, 100e-6)
    blocks.reset(circuit, module, V3, "EN", "BOOT")


def _supply(circuit: Circuit) -> None:
    """Cells, reversal, converter. No fuse: L91 cells have their own (PTC and vent), and each tenth of a volt counts."""
    circuit.add(connectors.CELL_HOLDER, {"+": "CELLS_IN", "-": GROUND}, note="two Energizer L91, no others")
    blocks.reversed_battery(circuit, "CELLS_IN", CELLS, power.SMALL_P_FET, "GATE", zener=False)
    converter = circuit.add(
        power.BUCK_BOOST,
        {
            "VIN": CELLS, "EN": CELLS, "SEL": GROUND, "CFG1": "CFG1", "CFG2": "CFG2", "CFG3": "CFG3",
            "VOUT": V3, "LX1": "LX1", "LX2": "LX2", "GND": GROUND,
        },
        note="3.3 V from 3.6 V down to 1.8 V",
    )  # fmt: skip
    blocks.decouple(circuit, converter, CELLS, 10e-6)
    blocks.decouple(circuit, converter, V3, 22e-6)
    circuit.add(passives.SMALL_COIL, {"1": "LX1", "2": "LX2"}, near=converter)
    for pin in ("CFG1", "CFG2", "CFG3"):
        blocks.resistor(circuit, 36_500, pin, GROUND, converter, LOOK_UP)
    blocks.decouple(circuit, converter, CELLS, 100e-6)
    blocks.resistor(circuit, 1_000_000, CELLS, "SUPPLY", note="battery's divider")
    blocks.resistor(circuit, 1_000_000, "SUPPLY", GROUND, note="battery's divider")
    circuit.add(passives.capacitor(100e-9), {"1": "SUPPLY", "2": GROUND}, near="U1", note="the converter's charge")


LOOK_UP = "value to be taken from the data sheet's table for 3.3 V and no input limit before ordering"


def _i2c(circuit: Circuit) -> None:
    switch = circuit.add(
        power.LOAD_SWITCH,
        {"VIN": V3, "GND": GROUND, "ON": "SOIL_POWER", "CT": "SOIL_SLOW", "QOD": PROBE, "VOUT": PROBE},
        note="soil probe's supply",
    )
    blocks.resistor(circuit, 1_000_000, "SOIL_POWER", GROUND, switch, "off while the processor sleeps")
    circuit.add(passives.capacitor(1e-9), {"1": "SOIL_SLOW", "2": GROUND}, near=switch)
    blocks.decouple(circuit, switch, V3, 1e-6)
    blocks.decouple(circuit, switch, PROBE, 1e-6)
    blocks.resistor(circuit, I2C_OHM, "SCL", V3, "U1")
    blocks.resistor(circuit, I2C_OHM, "SDA", V3, "U1")
    chip = circuit.add(
        sensors.LIS3DH,
        {
            "VDD": V3, "VDD_IO": V3, "GND": GROUND, "RES": GROUND, "SCL": "SCL", "SDA": "SDA", "SA0": V3, "CS": V3,
            "ADC1": GROUND, "ADC2": GROUND, "ADC3": GROUND, "INT1": "MOTION",
        },
        unused="INT2",
        note="tilt and knocks: address 0x19 by SA0 to the supply",
    )  # fmt: skip
    blocks.decouple(circuit, chip, V3, 100e-9, 100e-9, 10e-6)
    converter = circuit.add(
        sensors.ADS1115,
        {
            "VDD": V3, "GND": GROUND, "SCL": "SCL", "SDA": "SDA", "ADDR": GROUND, "AIN0": "BAND", "AIN1": "BAND_POWER",
            "AIN2": GROUND, "AIN3": GROUND,
        },
        unused="ALERT",
        note="reads wiper and excitation of the dendrometer",
    )  # fmt: skip
    blocks.decouple(circuit, converter, V3, 100e-9)


def _ports(circuit: Circuit) -> None:
    nets = {"VDD": V3, "GND": GROUND, "SDA": "SDA", "SCL": "SCL"}
    air = blocks.port(circuit, off_board.SHT31, nets, "air: temperature and humidity")
    blocks.guard(circuit, air, "SDA", "SCL")
    blocks.guard(circuit, air, V3)
    soil = blocks.port(circuit, off_board.SOIL_PROBE, {"VCC": PROBE, "GND": GROUND, "AOUT": "SOIL_IN"}, "soil moisture")
    blocks.guard(circuit, soil, "SOIL_IN", PROBE)
    blocks.resistor(circuit, 330_000, "SOIL_IN", "SOIL", soil, "3.0 V of a dry probe become 2.3 V, which a C3 measures")
    blocks.resistor(circuit, 1_000_000, "SOIL", GROUND, soil, "calibration takes it in")
    circuit.add(
        passives.capacitor(100e-9),
        {"1": "SOIL", "2": GROUND},
        near="U1",
        note="settles in 0.13 s; the firmware waits 0.5",
    )
    nets = {"VDD": V3, "GND": GROUND, "DQ": "GROUND_IN"}
    ground = blocks.port(circuit, off_board.DS18B20, nets, "soil temperature")
    blocks.resistor(circuit, ONE_WIRE_OHM, "GROUND_TEMP", V3, ground)
    blocks.resistor(circuit, 100, "GROUND_IN", "GROUND_TEMP", ground)
    blocks.guard(circuit, ground, "GROUND_IN")
    nets = {"E": "BAND_POWER", "W": "BAND_IN", "GND": GROUND}
    band = blocks.port(circuit, off_board.DENDROMETER, nets, "girth: dendrometer")
    blocks.guard(circuit, band, "BAND_POWER", "BAND_IN")
    blocks.resistor(circuit, 1_000, "BAND_IN", "BAND", band)
    circuit.add(passives.capacitor(10e-9), {"1": "BAND", "2": GROUND}, near=band)
    blocks.guard(circuit, ground, V3)  # no SMBJ5: it leaks more than the whole tag takes asleep (checks/leakage.py)
