"""The gateway box: a carrier on a Raspberry Pi with its supply, hold-up, clock, watchdog and the radio bridge.

12 V come from a PoE splitter or from outside the box. Five capacitors of 25 F behind a resistor carry the Raspberry Pi
until it has stopped cleanly; its kernel hears of the power's failure at GPIO 17 (overlay gpio-shutdown). When 12 V have
been back for 12 s, the rising edge at GPIO 17 also cuts the 5 V for a moment: a stopped Raspberry Pi starts again, and
one that was switched on just now starts twice.
"""

from hardware.circuits import blocks
from hardware.circuits.circuit import GROUND, Circuit, Rail
from hardware.parts import connectors, modules, off_board, passives, power, protection, sensors

V12, SYSTEM, V5, V3 = "12V", "SYSTEM", "5V", "3V3"
RAILS = (
    Rail(V12, 11.4, 12.0, 12.6, "PoE splitter or 12 V supply, behind its fuse", 2500.0),
    Rail(SYSTEM, 6.5, 11.6, 12.6, "two diodes: 12 V or the capacitors", 2500.0, fed_by=V12),
    Rail(V5, 5.0, 5.08, 5.25, "U1", 3000.0, fed_by=SYSTEM),
    Rail(V3, 3.23, 3.33, 3.43, "U5", 3000.0, fed_by=SYSTEM),
    Rail("PI_3V3", 3.2, 3.3, 3.4, "the Raspberry Pi", 100.0),
    Rail("COIN", 2.0, 3.0, 3.3, "BT1", 1.0),
    Rail("VBUS", 4.5, 5.0, 5.5, "the Raspberry Pi's USB port", 500.0),
)
CAPACITORS = 5
BALANCE_OHM = 1_000
CHARGE_OHM = 22.0  # 0.5 A at most; the capacitors are full after six minutes
PULL_OHM, COUPLING_F, GATE_OHM = 100_000, 1e-6, 1_000_000  # the 5 V are cut for 0.8 s
BRIDGE_PINS = {"sck": 7, "mosi": 9, "miso": 8, "cs": 41, "busy": 40, "reset": 42}  # docs/gateway.md, /bridge.json
SPARE = {f"IO{number}": "bridge.json" for number in BRIDGE_PINS.values()}


def gateway_box() -> Circuit:
    """The whole circuit."""
    circuit = Circuit("gateway_box", "Gateway box", RAILS, spare=SPARE)
    _supply(circuit)
    _watch(circuit)
    _bridge(circuit)
    for net in (V12, SYSTEM, V5, V3, GROUND, "BANK"):
        circuit.add(connectors.TEST_POINT, {"1": net}, note=net)
    return circuit


def _supply(circuit: Circuit) -> None:
    terminal = blocks.port(
        circuit, off_board.SPLITTER, {"+": "SUPPLY_IN", "-": GROUND}, "12 V or PoE splitter", header=connectors.SCREW
    )
    circuit.add(protection.FUSE_3A, {"1": "SUPPLY_IN", "2": "SUPPLY_FUSED"}, near=terminal)
    blocks.reversed_battery(circuit, "SUPPLY_FUSED", V12, power.P_FET, "GATE", zener=True)
    circuit.add(protection.SURGE_12, {"K": V12, "A": GROUND}, near=terminal)
    circuit.add(power.SCHOTTKY_5A, {"A": V12, "K": SYSTEM}, note="12 V to the converters")
    circuit.add(power.SCHOTTKY, {"A": V12, "K": "CHARGE"}, note="the capacitors give nothing back to 12 V")
    circuit.add(passives.power_resistor(CHARGE_OHM), {"1": "CHARGE", "2": "BANK"}, note="charges the capacitors")
    circuit.add(power.SCHOTTKY_5A, {"A": "BANK", "K": SYSTEM}, note="the capacitors to the converters")
    for at in range(CAPACITORS):
        upper = f"BANK{at}" if at else "BANK"
        lower = f"BANK{at + 1}" if at < CAPACITORS - 1 else GROUND
        circuit.add(connectors.SUPERCAP, {"+": upper, "-": lower}, note="hold-up")
        blocks.resistor(circuit, BALANCE_OHM, upper, lower, note="balance")
    converter = circuit.add(
        power.PI_BUCK,
        {"VIN": SYSTEM, "GND": GROUND, "EN": "ENABLE", "FB": "FB_5", "SW": "SW_5", "BOOT": "BOOT_5"},
        note="5.1 V for the Raspberry Pi",
    )
    blocks.decouple(circuit, converter, SYSTEM, 100e-9)
    blocks.decouple(circuit, converter, SYSTEM, 10e-6, 10e-6, volts=50)
    circuit.add(passives.capacitor(100e-9), {"1": "BOOT_5", "2": "SW_5"}, near=converter)
    circuit.add(passives.coil(10e-6), {"1": "SW_5", "2": V5}, near=converter)
    blocks.resistor(circuit, 100_000, V5, "FB_5", converter)
    blocks.resistor(circuit, 13_300, "FB_5", GROUND, converter)
    blocks.decouple(circuit, converter, V5, 22e-6, 22e-6, 22e-6, 22e-6)
    circuit.add(protection.SURGE_5, {"K": V5, "A": GROUND}, near=converter)
    blocks.resistor(circuit, 470_000, SYSTEM, "ENABLE", converter)
    blocks.resistor(circuit, 100_000, "ENABLE", GROUND, converter)


def _watch(circuit: Circuit) -> None:
    """Header, clock, and the supervisor that tells the kernel that 12 V are gone."""
    nets = {"5V": V5, "GND": GROUND, "3V3": "PI_3V3", "GPIO2": "PI_SDA", "GPIO3": "PI_SCL", "GPIO17": "POWER_FAIL"}
    used = {"GPIO22": "WATCH_WAKE", "GPIO27": "WATCH_DONE"}
    others = [pin.name for pin in connectors.PI_HEADER.pins if pin.name not in {**nets, **used}]
    header = circuit.add(connectors.PI_HEADER, {**nets, **used}, unused=" ".join(others), note="Raspberry Pi")
    pi = {"5V": V5, "GND": GROUND, "3V3": "PI_3V3", "SDA": "PI_SDA", "SCL": "PI_SCL", "GPIO17": "POWER_FAIL"}
    circuit.add(off_board.PI, {**pi, **used}, near=header, note="stands under the carrier")
    clock = circuit.add(
        sensors.RTC,
        {"OSCI": "XI", "OSCO": "XO", "VBAT": "COIN", "VSS": GROUND, "SDA": "PI_SDA", "SCL": "PI_SCL", "VDD": "PI_3V3"},
        unused="INT",
        note="clock",
    )
    blocks.decouple(circuit, clock, "PI_3V3", 100e-9)
    circuit.add(connectors.CRYSTAL, {"1": "XI", "2": "XO"}, near=clock)
    circuit.add(connectors.COIN_HOLDER, {"+": "COIN", "-": GROUND}, near=clock, note="CR1220")
    supervisor = circuit.add(
        power.SUPERVISOR,
        {"VDD": V3, "GND": GROUND, "SENSE": "SENSE_12", "MR": V3, "RESET": "POWER_FAIL", "CT": "BACK_TIME"},
        note="12 V below 10.5 V: GPIO 17 falls at once, and rises 12.6 s after they are back",
    )
    blocks.decouple(circuit, supervisor, V3, 100e-9)
    circuit.add(passives.capacitor(2.2e-6), {"1": "BACK_TIME", "2": GROUND}, near=supervisor)
    blocks.resistor(circuit, 249_000, V12, "SENSE_12", supervisor)
    blocks.resistor(circuit, 10_000, "SENSE_12", GROUND, supervisor)
    blocks.resistor(circuit, PULL_OHM, "POWER_FAIL", V3, supervisor, "weak: the Raspberry Pi may be without supply")
    circuit.add(
        passives.capacitor(COUPLING_F), {"1": "POWER_FAIL", "2": "AGAIN"}, near=supervisor, note="its edge alone"
    )
    blocks.resistor(circuit, GATE_OHM, "AGAIN", GROUND, supervisor)
    circuit.add(power.N_FET, {"G": "AGAIN", "S": GROUND, "D": "ENABLE"}, note="cuts the 5 V for a moment")
    watchdog = circuit.add(
        power.WATCHDOG,
        {
            "VDD": "PI_3V3", "GND": GROUND, "DELAY": "WATCH_TIME", "DONE": "WATCH_DONE", "WAKE": "WATCH_WAKE",
            "RST": "WATCH_RST",
        },
        note="watchdog, optional: it acts only if JP1 is closed",
    )  # fmt: skip
    blocks.decouple(circuit, watchdog, "PI_3V3", 100e-9)
    blocks.resistor(circuit, 57_600, "WATCH_TIME", GROUND, watchdog, "10 minutes")
    blocks.resistor(circuit, 100_000, "WATCH_DONE", GROUND, watchdog)
    circuit.add(
        connectors.JUMPER, {"1": "WATCH_RST", "2": "ENABLE"}, note="closed: the watchdog cuts the 5 V for a moment"
    )


def _bridge(circuit: Circuit) -> None:
    """ESP32-S3 and SX1262 as docs/gateway.md wires them; a short cable joins its USB to a port of the Raspberry Pi."""
    converter = blocks.buck(circuit, SYSTEM, V3, "ENABLE_3", 100_000, 31_600, 6.8e-6)
    blocks.resistor(circuit, 470_000, SYSTEM, "ENABLE_3", converter)
    blocks.resistor(circuit, 100_000, "ENABLE_3", GROUND, converter)
    signals = {f"IO{number}": f"LORA_{key.upper()}" for key, number in BRIDGE_PINS.items()}
    nets = {"3V3": V3, "GND": GROUND, "EN": "EN", "IO0": "BOOT", "IO19": "USB_DN", "IO20": "USB_DP", **signals}
    others = [pin.name for pin in modules.S3_WROOM.pins if pin.name not in nets]
    module = circuit.add(modules.S3_WROOM, nets, unused=" ".join(others), note="radio bridge")
    blocks.decouple(circuit, module, V3, 100e-9, 10e-6, 22e-6)
    blocks.reset(circuit, module, V3, "EN", "BOOT")
    blocks.usb(circuit, "USB_DP", "USB_DN")
    radio = circuit.add(
        modules.LORA,
        {
            "SCK": "LORA_SCK", "MOSI": "LORA_MOSI", "MISO": "LORA_MISO", "NSS": "LORA_CS", "BUSY": "LORA_BUSY",
            "RESET": "LORA_RESET", "ANT": "AERIAL", "VCC": V3, "GND": GROUND,
        },
        unused="TXEN RXEN DIO1 DIO2 DIO3",
        note="LoRa",
    )  # fmt: skip
    blocks.decouple(circuit, radio, V3, 100e-9, 10e-6)
    blocks.port(circuit, off_board.AERIAL, {"ANT": "AERIAL", "GND": GROUND}, "aerial", header=connectors.COAX)
