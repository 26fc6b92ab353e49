"""The bin node: an ESP32-S3, its sensors at ports, a solar charger, 12 V battery, two converters."""

from hardware.circuits import blocks
from hardware.circuits.circuit import GROUND, Circuit, Rail
from hardware.parts import connectors, modules, off_board, passives, power, protection, sensors

V3, V5, VBAT, PANEL = "3V3", "5V", "VBAT", "PV"
RAILS = (
    Rail(VBAT, 10.5, 12.8, 15.5, "the battery, behind its fuse", 3000.0),
    Rail(PANEL, 15.0, 18.0, 25.0, "the panel", 1200.0),
    Rail(V3, 3.23, 3.33, 3.43, "U2", 3000.0, fed_by=VBAT),
    Rail(V5, 4.9, 4.99, 5.1, "U3", 3000.0, fed_by=VBAT),
    Rail("5V_SCAN", 4.8, 4.98, 5.1, "U7", 2000.0, fed_by=V5),
    Rail("BRIDGE", 3.15, 3.3, 3.43, "10 Ω from 3V3", 60.0, fed_by=V3),
    Rail("VBUS", 4.5, 5.0, 5.5, "the crew's computer", 500.0),
)
SPARE = {"IO38": "the scanner's switch is on by its pull-up; the firmware does not switch it yet"}
I2C_OHM = 2_200  # 400 kHz with three cables: 160 pF reach 0.7 of 3.3 V within 300 ns
SERIES_OHM = 100  # in lines that leave the board


def bin_node() -> Circuit:
    """The whole circuit."""
    circuit = Circuit("bin_node", "Smart-bin node", RAILS, board="smart_bin", spare=SPARE)
    _module(circuit)
    _supply(circuit)
    _charger(circuit)
    _i2c(circuit)
    _fill_and_scanner(circuit)
    _weight_and_lid(circuit)
    _display_and_lamp(circuit)
    blocks.usb(circuit, "USB_DP", "USB_DN")
    for net in (V3, V5, VBAT, GROUND, "EN", "BOOT"):
        circuit.add(connectors.TEST_POINT, {"1": net}, note=net)
    return circuit


def _module(circuit: Circuit) -> None:
    nets = {
        "3V3": V3, "GND": GROUND, "EN": "EN", "IO0": "BOOT", "IO19": "USB_DN", "IO20": "USB_DP",
        "IO9": "SCL", "IO8": "SDA", "IO17": "SONIC_TX", "IO18": "SONIC_RX", "IO15": "SCAN_TX", "IO16": "SCAN_RX",
        "IO5": "SCALE_CLOCK", "IO4": "SCALE_DATA", "IO6": "LID", "IO1": "SUPPLY", "IO7": "RING",
        "IO12": "PANEL_SCK", "IO11": "PANEL_MOSI", "IO10": "PANEL_CS", "IO13": "PANEL_DC", "IO14": "PANEL_RESET",
        "IO21": "PANEL_BUSY", "IO38": "SCAN_POWER",
    }  # fmt: skip
    unused = "IO2 IO3 IO35 IO36 IO37 IO39 IO40 IO41 IO42 IO43 IO44 IO45 IO46 IO47 IO48"
    module = circuit.add(modules.S3_WROOM, nets, unused=unused, note="processor and Wi-Fi")
    blocks.decouple(circuit, module, V3, 100e-9, 10e-6, 22e-6)
    blocks.reset(circuit, module, V3, "EN", "BOOT")


def _supply(circuit: Circuit) -> None:
    """Battery: terminal, fuse, arrester, reversal; both converters stop below 9.7 V and start above 11.5 V."""
    nets = {"+": "BATTERY", "-": GROUND}
    terminal = blocks.port(circuit, off_board.BIN_BATTERY, nets, "battery 12 V", header=connectors.SCREW)
    circuit.add(protection.FUSE_3A, {"1": "BATTERY", "2": "BATTERY_FUSED"}, near=terminal)
    blocks.reversed_battery(circuit, "BATTERY_FUSED", VBAT, power.P_FET, "GATE", zener=True)
    circuit.add(protection.SURGE_12, {"K": VBAT, "A": GROUND}, near=terminal)
    blocks.resistor(circuit, 255_000, VBAT, "CONVERT")
    blocks.resistor(circuit, 28_000, "CONVERT", GROUND)
    blocks.buck(circuit, VBAT, V3, "CONVERT", 100_000, 31_600, 6.8e-6)
    blocks.buck(circuit, VBAT, V5, "CONVERT", 100_000, 19_100, 10e-6)
    blocks.resistor(circuit, 1_000_000, VBAT, "SUPPLY", note="battery's divider")
    blocks.resistor(circuit, 180_000, "SUPPLY", GROUND, note="battery's divider")
    circuit.add(passives.capacitor(100e-9), {"1": "SUPPLY", "2": GROUND}, near="U1", note="the converter's charge")


def _charger(circuit: Circuit) -> None:
    """LT3652: 0.83 A by the shunt, 14.2 V by the divider at VFB, the panel held at 16.5 V by the one at VIN_REG."""
    nets = {"+": "PANEL", "-": GROUND}
    terminal = blocks.port(circuit, off_board.PANEL, nets, "solar panel", header=connectors.SCREW)
    circuit.add(protection.SURGE_PANEL, {"K": "PANEL", "A": GROUND}, near=terminal)
    circuit.add(power.SCHOTTKY, {"A": "PANEL", "K": PANEL}, near=terminal, note="no current back at night")
    charger = circuit.add(
        power.CHARGER,
        {
            "VIN": PANEL, "VIN_REG": "PV_HOLD", "SHDN": PANEL, "CHRG": "CHARGING", "TIMER": GROUND, "VFB": "FLOAT",
            "NTC": "COLD", "BAT": VBAT, "SENSE": "COIL", "BOOST": "BOOST", "SW": "SW_CHARGE", "GND": GROUND,
        },
        unused="FAULT",
        note="solar charger",
    )  # fmt: skip
    blocks.decouple(circuit, charger, PANEL, 10e-6, volts=50)
    blocks.resistor(circuit, 511_000, PANEL, "PV_HOLD", charger)
    blocks.resistor(circuit, 100_000, "PV_HOLD", GROUND, charger)
    blocks.resistor(circuit, 1_070_000, VBAT, "FLOAT", charger)
    blocks.resistor(circuit, 324_000, "FLOAT", GROUND, charger)
    circuit.add(passives.coil(22e-6), {"1": "SW_CHARGE", "2": "COIL"}, near=charger)
    circuit.add(passives.shunt(0.12), {"1": "COIL", "2": VBAT}, near=charger)
    circuit.add(power.SCHOTTKY, {"A": GROUND, "K": "SW_CHARGE"}, near=charger)
    circuit.add(passives.capacitor(1e-6), {"1": "BOOST", "2": "SW_CHARGE"}, near=charger)
    circuit.add(power.SIGNAL, {"A": "BOOST_FEED", "K": "BOOST"}, near=charger)
    circuit.add(power.ZENER_7V5, {"K": VBAT, "A": "BOOST_FEED"}, near=charger, note="14.2 V less 7.5 V for BOOST")
    blocks.decouple(circuit, charger, VBAT, 10e-6, volts=25)
    blocks.resistor(circuit, 10_000, PANEL, "LIGHT", charger)
    circuit.add(power.LED, {"A": "LIGHT", "K": "CHARGING"}, note="charging")
    probe = blocks.port(circuit, off_board.BATTERY_NTC, {"1": "COLD", "2": GROUND}, "battery's temperature")
    blocks.guard(circuit, probe, "COLD")


def _i2c(circuit: Circuit) -> None:
    blocks.resistor(circuit, I2C_OHM, "SCL", V3, "U1")
    blocks.resistor(circuit, I2C_OHM, "SDA", V3, "U1")
    chip = circuit.add(
        sensors.LIS3DH,
        {
            "VDD": V3, "VDD_IO": V3, "GND": GROUND, "RES": GROUND, "SCL": "SCL", "SDA": "SDA", "SA0": GROUND, "CS": V3,
            "ADC1": GROUND, "ADC2": GROUND, "ADC3": GROUND,
        },
        unused="INT1 INT2",
        note="tilt, knocks, temperature: address 0x18 by SA0 to ground",
    )  # fmt: skip
    blocks.decouple(circuit, chip, V3, 100e-9, 100e-9, 10e-6)
    lines = {"SDA": "SDA", "SCL": "SCL", "GND": GROUND}
    sensor = blocks.port(circuit, off_board.TIME_OF_FLIGHT, {"VIN": V3, **lines}, "fill: time of flight")
    blocks.guard(circuit, sensor, "SDA", "SCL")
    blocks.guard(circuit, sensor, V3)
    blocks.port(circuit, off_board.SECURE_ELEMENT, {"VCC": V3, **lines}, "secure element (optional)", fitted=False)


def _fill_and_scanner(circuit: Circuit) -> None:
    nets = {"VCC": V5, "GND": GROUND, "RX": "SONIC_OUT", "TX": "SONIC_IN"}
    sensor = blocks.port(circuit, off_board.ULTRASONIC, nets, "fill: ultrasonic")
    blocks.guard(circuit, sensor, "SONIC_OUT", "SONIC_IN")
    circuit.add(protection.SURGE_5, {"K": V5, "A": GROUND}, near=sensor)
    blocks.resistor(circuit, SERIES_OHM, "SONIC_TX", "SONIC_OUT", sensor)
    buffer = circuit.add(
        sensors.BUFFER_3V,
        {"A": "SONIC_IN", "Y": "SONIC_RX", "VCC": V3, "GND": GROUND},
        note="older sensors answer with 5 V",
    )
    blocks.decouple(circuit, buffer, V3, 100e-9)
    switch = circuit.add(
        power.LOAD_SWITCH,
        {"VIN": V5, "GND": GROUND, "ON": "SCAN_POWER", "CT": "SCAN_SLOW", "QOD": "5V_SCAN", "VOUT": "5V_SCAN"},
        note="scanner's supply",
    )
    blocks.resistor(circuit, 100_000, "SCAN_POWER", V3, switch, "on unless the firmware switches it off")
    circuit.add(passives.capacitor(1e-9), {"1": "SCAN_SLOW", "2": GROUND}, near=switch)
    blocks.decouple(circuit, switch, V5, 1e-6)
    blocks.decouple(circuit, switch, "5V_SCAN", 10e-6)
    nets = {"VCC": "5V_SCAN", "GND": GROUND, "RX": "SCAN_OUT", "TX": "SCAN_IN"}
    scanner = blocks.port(circuit, off_board.SCANNER, nets, "scanner")
    blocks.guard(circuit, scanner, "SCAN_OUT", "SCAN_IN")
    blocks.guard(circuit, scanner, "5V_SCAN")
    blocks.resistor(circuit, SERIES_OHM, "SCAN_TX", "SCAN_OUT", scanner)
    blocks.resistor(circuit, SERIES_OHM, "SCAN_RX", "SCAN_IN", scanner)


def _weight_and_lid(circuit: Circuit) -> None:
    nets = {"E+": "BRIDGE", "E-": GROUND, "S+": "CELL_P", "S-": "CELL_N"}
    plug = blocks.port(circuit, off_board.LOAD_CELLS, nets, "load cells")
    blocks.guard(circuit, plug, "CELL_P", "CELL_N")
    blocks.guard(circuit, plug, "BRIDGE")
    blocks.resistor(circuit, 10, V3, "BRIDGE", plug, "keeps the processor's noise from the bridge")
    blocks.resistor(circuit, SERIES_OHM, "CELL_P", "IN_P", plug)
    blocks.resistor(circuit, SERIES_OHM, "CELL_N", "IN_N", plug)
    chip = circuit.add(
        sensors.HX711,
        {
            "VSUP": V3, "DVDD": V3, "AVDD": "BRIDGE", "AGND": GROUND, "VFB": GROUND, "VBG": "VBG", "INA+": "IN_P",
            "INA-": "IN_N", "INB+": GROUND, "INB-": GROUND, "PD_SCK": "SCALE_CLOCK", "DOUT": "SCALE_DATA",
            "XI": GROUND, "RATE": GROUND,
        },
        unused="BASE XO",
        note="weight",
    )  # fmt: skip
    circuit.add(passives.capacitor(100e-9), {"1": "IN_P", "2": "IN_N"}, near=chip, note="with 2 × 100 Ω: 8 kHz")
    circuit.add(passives.capacitor(100e-9), {"1": "VBG", "2": GROUND}, near=chip)
    blocks.decouple(circuit, chip, "BRIDGE", 100e-9, 10e-6)
    blocks.decouple(circuit, chip, V3, 100e-9)
    lid = blocks.port(circuit, off_board.REED, {"1": "LID_IN", "2": GROUND}, "lid")
    blocks.guard(circuit, lid, "LID_IN")
    blocks.resistor(circuit, 1_000, "LID_IN", "LID", lid, "the pull-up is the chip's (board file: pull_up)")
    circuit.add(passives.capacitor(10e-9), {"1": "LID", "2": GROUND}, near=lid)


def _display_and_lamp(circuit: Circuit) -> None:
    signals = {"DIN": "PANEL_MOSI", "CLK": "PANEL_SCK", "CS": "PANEL_CS", "DC": "PANEL_DC", "RST": "PANEL_RESET"}
    nets = {"VCC": V3, "GND": GROUND, **signals, "BUSY": "PANEL_BUSY"}
    panel = blocks.port(circuit, off_board.E_PAPER, nets, "e-paper")
    blocks.guard(circuit, panel, *signals.values(), "PANEL_BUSY")
    blocks.decouple(circuit, panel, V3, 10e-6)
    buffer = circuit.add(
        sensors.BUFFER_5V,
        {"A": "RING", "OE": GROUND, "Y": "RING_5V", "VCC": V5, "GND": GROUND},
        note="3.3 V is too low for WS2812 at 5 V",
    )
    blocks.decouple(circuit, buffer, V5, 100e-9)
    lamp = blocks.port(circuit, off_board.RING, {"VDD": V5, "GND": GROUND, "DIN": "RING_OUT"}, "lamp")
    blocks.resistor(circuit, SERIES_OHM, "RING_5V", "RING_OUT", lamp)
    blocks.guard(circuit, lamp, "RING_OUT")
    blocks.decouple(circuit, lamp, V5, 10e-6, 10e-6)
