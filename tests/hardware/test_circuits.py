"""Every unit passes every check; a circuit or board file that is wrong in one place is caught by what is named here."""

import re
from dataclasses import replace

import pytest

from hardware.checks import (
    analog,
    arresters,
    charger,
    every,
    firmware_pins,
    i2c,
    leakage,
    levels,
    module_guide,
    rails,
    regulators,
    wake,
)
from hardware.circuits.circuit import Circuit, CircuitError
from hardware.circuits.gateway_box import BRIDGE_PINS
from hardware.circuits.units import UNITS
from hardware.parts import passives
from hardware.parts.chips import CHIPS
from hardware.power import bin as bin_power
from hardware.power import firmware as fw
from hardware.power import tag as tag_power
from tests.hardware.units import PINS, Wiring, board, board_or_none, moved, part, unit
from tests.support.micropython import ROOT


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_passes_every_check(name: str) -> None:
    found = every.problems(unit(name), board_or_none(name))
    assert found == {check: [] for check in found}
    assert set(every.ALWAYS) <= set(found)


@pytest.mark.parametrize("name", ["bin_node", "tree_tag", "tree_tag_lora"])
def test_the_firmware_takes_the_board_file_that_fits_the_circuit(name: str) -> None:
    checked = Wiring(board(name))
    assert checked.chip == firmware_pins.the_module(unit(name)).type.chip
    assert set(every.problems(unit(name), board(name))) >= set(every.WITH_BOARD)


# Pins.


def test_a_wrong_pin_map_is_caught() -> None:
    fields = board("bin_node")
    found = firmware_pins.problems(unit("bin_node"), moved(fields, "scale", "data", 2))
    assert "scale.data: GPIO 2 is open in the circuit" in found
    assert "hx711: scale.data does not reach DOUT of U8 (HX711)" in found
    assert "IO4 is wired to SCALE_DATA, and the board file does not name it" in found


def test_two_lines_swapped_are_caught() -> None:
    fields = moved(moved(board("bin_node"), "scanner", "tx", 16), "scanner", "rx", 15)
    found = firmware_pins.problems(unit("bin_node"), fields)
    assert len([text for text in found if text.startswith("gm861: ")]) == 2


@pytest.mark.parametrize(
    ("line", "pin", "number", "what"),
    [
        ("lid", "pin", 0, "a strapping pin"),
        ("lid", "pin", 35, "flash or PSRAM"),
        ("lid", "pin", 19, "USB"),
        ("lid", "pin", 33, "not on ESP32-S3-WROOM-1-N8R2"),
        ("supply", "pin", 15, "no converter that works while Wi-Fi is on"),
    ],
)
def test_a_pin_of_the_wrong_sort_is_caught(line: str, pin: str, number: int, what: str) -> None:
    found = firmware_pins.problems(unit("bin_node"), moved(board("bin_node"), line, pin, number))
    assert any(what in text and f"GPIO {number}" in text for text in found)


def test_a_board_file_of_another_chip_is_caught() -> None:
    assert firmware_pins.problems(unit("tree_tag"), board("tree_tag_lora")) == [
        "chip: the board file has ESP32-C6, the circuit ESP32-C3"
    ]


def test_another_divider_is_caught() -> None:
    circuit = unit("bin_node")
    upper = next(placed for placed in circuit.of("resistor") if "SUPPLY" in placed.nets.values())
    found = firmware_pins.problems(circuit.swapped(upper.ref, passives.resistor(470_000)), board("bin_node"))
    assert found == ["battery: the divider is [470000] over [180000], the board file says [1000000] over [180000]"]
    assert analog.problems(circuit.swapped(upper.ref, passives.resistor(470_000)), board("bin_node"))


def test_a_probe_that_nobody_switches_is_caught() -> None:
    circuit = unit("tree_tag")
    switch = part(circuit, "TPS22917")
    found = firmware_pins.problems(circuit.rewired(switch.ref, "ON", "GND"), board("tree_tag"))
    assert found == ["soil_capacitive: probe-power does not supply VCC of X2"]


@pytest.mark.parametrize("name", sorted(PINS))
def test_the_firmwares_own_table_of_pins_is_within_the_data_sheets(name: str) -> None:
    chip = CHIPS[name]
    assert not set(PINS[name]) & (chip.memory | chip.strapping | chip.usb)


def test_a_wake_pin_that_sleeps_is_caught() -> None:
    circuit = unit("tree_tag")
    assert wake.motion_gpio(circuit) == 4
    for net, expected in (("SOIL_POWER", ["GPIO 10 does not wake a ESP32-C3 from deep sleep"]), ("NOTHING", None)):
        found = wake.problems(circuit.rewired(part(circuit, "LIS3DHTR").ref, "INT1", net))
        assert found == (expected or ["nothing wakes the chip when it is moved"])


def test_documented_wiring_is_the_circuits() -> None:
    devices = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    motion = re.search(r'"channel": 6, "motion": (\d+)', devices)
    assert motion is not None and int(motion[1]) == wake.motion_gpio(unit("tree_tag"))
    bridge = re.search(r'`\{"lora": \{"spi": 1, ([^}]*), "tcxo": 2\}\}`', (ROOT / "docs" / "gateway.md").read_text())
    assert bridge is not None
    assert dict(re.findall(r'"(\w+)": (\d+)', bridge[1])) == {key: str(pin) for key, pin in BRIDGE_PINS.items()}


# I2C and levels.


def test_a_swapped_i2c_address_is_caught() -> None:
    circuit = unit("bin_node")
    swapped = circuit.rewired(part(circuit, "LIS3DHTR").ref, "SA0", "3V3")
    assert i2c.problems(swapped, board("bin_node")) == ["lis3dh: the circuit gives address 0x19, the board file 0x18"]


def test_two_parts_at_one_address_are_caught() -> None:
    circuit = unit("tree_tag")
    other = part(unit("bin_node"), "SE050 module").type
    placed = part(circuit, "SHT31 under a shield")
    found = i2c.problems(circuit.swapped(placed.ref, other))
    assert found == [f"address 0x48 is that of U5 (ADS1115IDGS) and of {placed.ref} (SE050 module)"]


@pytest.mark.parametrize("name", UNITS)
def test_a_missing_pull_up_is_caught(name: str) -> None:
    circuit = unit(name)
    if name == "gateway_box":  # the Raspberry Pi brings them along
        without = circuit.without(part(circuit, "Raspberry Pi 4B, 2 GB").ref)
        assert i2c.problems(without) == ["PI_SCL has no pull-up", "PI_SDA has no pull-up"]
        return
    for placed in circuit.of("resistor"):
        if set(placed.nets.values()) == {"SCL", "3V3"}:
            assert i2c.problems(circuit.without(placed.ref)) == ["SCL has no pull-up"]
            weak = i2c.problems(circuit.swapped(placed.ref, passives.resistor(10_000)))
            assert len(weak) == 1 and "too weak for 400 kHz" in weak[0]
            strong = i2c.problems(circuit.swapped(placed.ref, passives.resistor(510)))
            assert len(strong) == 1 and "asks for more than 3 mA" in strong[0]
            return
    pytest.fail("no pull-up at SCL")


def test_a_lamp_without_its_buffer_is_caught() -> None:
    circuit = unit("bin_node")
    buffer, lamp = part(circuit, "74AHCT1G125"), part(circuit, "ring of 12 WS2812B")
    direct = circuit.without(buffer.ref).rewired(lamp.ref, "DIN", "RING")
    assert any(
        f"drives {lamp.ref} (ring of 12 WS2812B) with 3.33 V; it needs 3.5 V" in x for x in levels.problems(direct)
    )


def test_five_volts_at_the_module_are_caught() -> None:
    circuit = unit("bin_node")
    sensor = part(circuit, "A02YYUW")
    direct = circuit.without(part(circuit, "74LVC1G17").ref).rewired(sensor.ref, "TX", "SONIC_RX")
    assert any("drives U1" in text and "it stands 3.6 V" in text for text in levels.problems(direct))


# Supplies and protection.


def test_a_missing_capacitor_and_a_reset_without_delay_are_caught() -> None:
    circuit = unit("bin_node")
    near = next(placed for placed in circuit.of("capacitor") if placed.near == "U1")
    assert module_guide.problems(circuit.without(near.ref)) == [
        "U1 (ESP32-S3-WROOM-1-N8R2): no capacitor of 1e-07 F close to 3V3"
    ]
    delay = next(placed for placed in circuit.of("capacitor") if "EN" in placed.nets.values())
    pull = next(placed for placed in circuit.of("resistor") if set(placed.nets.values()) == {"EN", "3V3"})
    assert module_guide.problems(circuit.without(delay.ref)) == ["EN has no capacitor of 1e-06 F"]
    assert module_guide.problems(circuit.without(pull.ref)) == ["EN has no 10000 Ω to 3V3"]


def test_something_that_drives_a_strap_is_caught() -> None:
    circuit = unit("tree_tag")
    found = module_guide.problems(circuit.rewired(part(circuit, "LIS3DHTR").ref, "INT1", "STRAP2"))
    assert found == ["GPIO 2 is read at the start, and U4 (LIS3DHTR) is on it"]


def test_too_large_a_load_is_caught() -> None:
    circuit = unit("tree_tag")
    heavy = part(unit("bin_node"), "ring of 12 WS2812B").type
    found = rails.problems(circuit.swapped(part(circuit, "DS18B20 probe").ref, heavy))
    assert "3V3: 594 mA are too much for a source of 400 mA" in found
    assert any("is not for VDD" in text for text in found)


def test_a_wrong_feedback_resistor_and_a_hot_chip_are_caught() -> None:
    circuit = unit("bin_node")
    lower = next(placed for placed in circuit.of("resistor") if placed.type.value == 31_600)
    found = regulators.problems(circuit.swapped(lower.ref, passives.resistor(19_100)))
    assert found == ["U2 (TPS62933): its divider gives 4.99 V for 3V3"]
    gateway = unit("gateway_box")
    hot = gateway.swapped("X2", part(unit("bin_node"), "ring of 12 WS2812B").type)
    assert regulators.problems(hot) == []
    weak = gateway.swapped("U1", part(unit("tree_tag"), "TPS63900").type)
    assert any("is outside its input range" in text for text in regulators.problems(weak))


def test_a_connector_without_its_arrester_is_caught() -> None:
    for name in UNITS:
        circuit = unit(name)
        for placed in [*circuit.of("esd"), *circuit.of("surge")]:
            found = arresters.problems(circuit.without(placed.ref))
            assert found or _is_second_arrester(circuit, placed.ref), f"{name} {placed.ref}"


def _is_second_arrester(circuit: Circuit, ref: str) -> bool:
    """Whether each net of it has another one, or none of them leaves the board."""
    nets = set(circuit[ref].nets.values()) - {"GND"}
    guarded = [
        any(other.ref != ref and other.type.kind in arresters.ARRESTERS for other in circuit.on(net)) for net in nets
    ]
    leaving = [any(other.type.kind == "connector" for other in circuit.on(net)) for net in nets]
    return all(safe or not out for safe, out in zip(guarded, leaving, strict=True))


def test_a_leaking_arrester_of_a_tag_is_caught() -> None:
    circuit = unit("tree_tag")
    total = sum(leakage.microampere(circuit).values())
    assert 0.1 < total < leakage.ALLOWED_UA == 1.0
    arrester = next(placed for placed in circuit.of("esd") if set(placed.nets.values()) == {"3V3", "GND"})
    surge = part(unit("gateway_box"), "SMBJ5A").type
    changed = replace(arrester, type=surge, nets={"1": "3V3", "2": "GND"})
    parts = [changed if placed.ref == arrester.ref else placed for placed in circuit.parts]
    found = leakage.problems(replace(circuit, parts=parts))
    assert len(found) == 1 and found[0].endswith(f"through {arrester.ref} (SMBJ5A)")


def test_a_charger_set_wrong_is_caught() -> None:
    circuit = unit("bin_node")
    found = charger.setting(circuit, circuit.of("charger")[0])
    assert (round(found.volts, 2), round(found.ampere, 2)) == (14.2, 0.83)
    assert round(found.hold, 1) == 16.5
    upper = next(placed for placed in circuit.of("resistor") if placed.type.value == 1_070_000)
    assert charger.problems(circuit.swapped(upper.ref, passives.resistor(1_200_000)))[0] == "U4: charges to 15.52 V"


def test_a_pin_that_nobody_connected_is_refused() -> None:
    circuit = unit("bin_node")
    with pytest.raises(CircuitError, match="has no net and is not unused"):
        circuit.add(circuit["U1"].type, {"3V3": "3V3"})
    with pytest.raises(CircuitError, match="has no pin IO99"):
        circuit.add(circuit["U1"].type, {"IO99": "3V3"})


# What the power model counts with is what the circuit has.


def test_power_model_and_circuit_have_the_same_parts() -> None:
    bin_node, tag = unit("bin_node"), unit("tree_tag")
    assert part(bin_node, "A02YYUW").net("VCC") == "5V" and bin_power.SENSORS["a02yyuw"][0] == bin_power.FIVE
    assert "TPS62933" in bin_power.BUCK.source and bin_node["U2"].type.name == "TPS62933"
    assert "TPS63900" in tag_power.BUCK_BOOST.source and tag["U2"].type.name == "TPS63900"
    assert part(bin_node, "ring of 12 WS2812B").type.supplies["VDD"].most_ma == fw.RING_LIMIT_MA + 12
    assert fw.board("tree_tag")["chip"] == tag["U1"].type.chip == "ESP32-C3"
    for circuit, name in ((bin_node, "smart_bin"), (tag, "tree_tag")):
        drivers = {placed.type.driver for placed in circuit.parts if placed.type.driver}
        assert set(fw.drivers(name)) - {"battery"} <= drivers
