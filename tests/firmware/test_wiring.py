"""Board files: what they may say, and that the boards' own ones make their drivers, simulated and over `machine`."""

import copy
from pathlib import Path
from typing import Any

import pytest
from civicroot_device import wiring
from civicroot_device.calibration import Calibration
from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.simulation.world import World
from civicroot_device.storage.flash import Flash
from civicroot_device.wiring import Wiring
from civicroot_device.wiring_drivers import DISPLAYS, LAMPS, SCANNERS, SENSORS
from civicroot_device.wiring_lines import LINES, PINS
from civicroot_simulator.lines import Lines

from tests.support.micropython import ROOT, MicroPython

BOARDS = ROOT / "firmware" / "boards"
SMALL: dict[str, Any] = {
    "name": "small",
    "chip": "ESP32-S3",
    "kind": "bin",
    "lines": {
        "i2c": {"type": "i2c", "scl": 9, "sda": 8},
        "lid": {"type": "input", "pin": 6},
    },
    "sensors": [
        {"driver": "vl53l1x", "bus": "i2c"},
        {"driver": "lis3dh", "bus": "i2c", "address": 24},
        {"driver": "reed", "bus": "lid", "open_high": True},
    ],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """SMALL with another value at a path like lines.lid.pin; None takes it away."""
    fields = copy.deepcopy(SMALL)
    *way, last = path.split(".")
    place: Any = fields
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return fields


def test_a_board_file_names_lines_and_parts() -> None:
    board = Wiring(copy.deepcopy(SMALL))
    assert board.lines["i2c"] == ("i2c", {"scl": 9, "sda": 8})
    assert [part.name for part in board.sensors] == ["vl53l1x", "lis3dh", "reed"]
    assert (board.display, board.lamp, board.scanner) == (None, None, None)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("chip", "ESP8266", "chip ESP8266"),
        ("name", 5, "name"),
        ("colour", 5, "colour is unknown"),
        ("sensors", [], "sensors"),
        ("sensors", None, "sensors"),
        ("lines.lid.type", "morse", "type morse"),
        ("lines.lid.pin", 8, "pin 8 is that of"),
        ("lines.lid.pin", 30, "pin 30 is not for circuits"),  # the flash's
        ("lines.lid.pin", 0, "pin 0 is not for circuits"),  # read at the start
        ("lines.lid.pin", "6", "no number"),
        ("lines.lid.pin", True, "no number"),
        ("lines.lid.pin", None, "pin is missing"),
        ("lines.lid.volt", 3, "lid: volt is unknown"),
        ("lines.more", {"type": "adc", "pin": 4}, "nothing is on line more"),
        ("sensors.0.driver", "nose", "no driver nose"),
        ("sensors.0.bus", "spi", "no line spi"),
        ("sensors.0.bus", "lid", "line lid is no i2c"),
        ("sensors.0.bus", None, "bus is missing"),
        ("sensors.0.volume", 3, "volume is unknown"),
        ("sensors.1.address", "24", "no number"),
        ("sensors.3", None, "list"),
        ("display", {"driver": "ssd1681", "bus": "i2c"}, "line i2c is no spi"),
        ("scanner", {"driver": "gm861"}, "bus is missing"),
        ("lamp", 5, "lamp is no object"),
    ],
)
def test_a_board_that_cannot_be_is_refused_by_name(path: str, value: object, message: str) -> None:
    if path == "sensors.3":
        fields = {**SMALL, "sensors": [*SMALL["sensors"], SMALL["sensors"][2]]}
        message = "line lid belongs to another part"
    else:
        fields = changed(path, value)
    with pytest.raises(ConfigurationError, match=message):
        Wiring(fields)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_file_that_is_no_board_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    with pytest.raises(ConfigurationError, match=r"board\.json"):
        wiring.load(str(path))
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="board"):
        wiring.load(str(path))


@pytest.mark.parametrize("name", ["smart_bin", "tree_tag"])
def test_the_boards_own_files_make_all_their_drivers_and_measure_the_kind(name: str, tmp_path: Path) -> None:
    board = wiring.load(str(BOARDS / f"{name}.json"))
    calibration = Calibration(Flash(str(tmp_path)))
    lines = Lines(board, World(1), lambda: 0)
    drivers = [part.make(lines, calibration.of) for part in board.sensors]
    names = {quantity for driver in drivers for quantity in driver.names}
    assert names == {quantity.name for quantity in KINDS[board.kind]}


def test_every_driver_can_be_named_and_takes_lines_that_there_are() -> None:
    for drivers in (SENSORS, DISPLAYS, LAMPS, SCANNERS):
        for driver in drivers.values():
            assert driver.load().__name__ == driver.name
            assert {kind for _, kind in driver.lines + driver.optional} <= set(LINES)


def test_two_sensors_of_one_quantity_have_calibrations_of_their_own(tmp_path: Path) -> None:
    board = wiring.load(str(BOARDS / "smart_bin.json"))
    names = {
        part.name: part.calibration("fill") for part in board.sensors if "fill" in part.driver.calibrations.values()
    }
    assert names == {"vl53l1x": "fill", "a02yyuw": "fill-sonic"}
    calibration = Calibration(Flash(str(tmp_path)))
    calibration.set("fill-sonic", {"empty": 1100, "full": 150})
    assert calibration.of("fill") == {}


def test_no_usable_pin_is_the_flashs_or_read_at_the_start() -> None:
    taken = {
        "ESP32-S3": {0, 3, 45, 46, 19, 20, *range(26, 33)},
        "ESP32-C3": {2, 8, 9, 18, 19, *range(11, 18)},
        "ESP32-C6": {4, 5, 8, 9, 15, 12, 13, *range(24, 31)},
    }
    for chip, pins in PINS.items():
        assert taken[chip].isdisjoint(pins)
        assert len(set(pins)) == len(pins)


BOARD_SCRIPT = """
    import json, sys

    class Pin:
        IN, OUT, PULL_UP, OPEN_DRAIN = 0, 1, 2, 3
        def __init__(self, number, *rest, **more):
            self.number = number
        def value(self, *level):
            return 1
        def __call__(self, *level):
            return 1

    class Bus:
        made = []
        def __init__(self, *rest, **more):
            Bus.made.append(str(type(self)).split("'")[1])
        def __getattr__(self, name):
            return lambda *rest: 0

    class I2C(Bus): pass
    class SPI(Bus): pass
    class UART(Bus): pass
    class ADC(Bus):
        ATTN_11DB = 3
    class WDT(Bus): pass

    class Rtc:
        kept = b""
        set_to = None
        def memory(self, *data):
            if data:
                Rtc.kept = data[0]
            return Rtc.kept
        def datetime(self, *when):
            Rtc.set_to = when[0]

    class Machine:
        PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
        cause = 1
        resets = 0
        def reset_cause(self):
            return self.cause
        def reset(self):
            self.resets += 1

    machine = Machine()
    machine.Pin, machine.I2C, machine.SPI, machine.UART = Pin, I2C, SPI, UART
    machine.ADC, machine.WDT, machine.RTC = ADC, WDT, Rtc
    sys.modules["machine"] = machine
    from civicroot_device.board_esp32 import Esp32Board

    class Configuration:
        board = "%s"

    try:
        board = Esp32Board(Configuration)
        made = list(Bus.made)
        %s
    finally:
        del sys.modules["machine"]
"""


def on_board(micropython: MicroPython, script: str) -> Any:
    indented = script.replace("\n", "\n        ")
    return micropython.run(BOARD_SCRIPT % (BOARDS / "smart_bin.json", indented))


def test_an_esp32_makes_only_the_buses_that_are_asked_for(micropython: MicroPython) -> None:
    made, after = on_board(micropython, "board.lines['scanner']\nboard.lines['i2c']\nresult = [made, Bus.made]")
    assert made == ["WDT"]
    assert after == ["WDT", "UART", "I2C"]


def test_an_esp32_says_why_it_started(micropython: MicroPython) -> None:
    script = "seen = []\nfor machine.cause in (1, 2, 3, 4, 5, 9):\n    seen.append(board.reset_reason())\nresult = seen"
    assert on_board(micropython, script) == ["power-on", "hard", "watchdog", "deep-sleep", "soft", "unknown"]


def test_what_the_firmware_wrote_down_is_the_reason_once_and_not_after_a_watchdog(micropython: MicroPython) -> None:
    script = (
        "board.restart('update')\nmachine.cause = 2\nseen = [board.reset_reason(), board.reset_reason()]\n"
        "board.restart('crash')\nmachine.cause = 3\nseen.append(board.reset_reason())\nresult = [seen, machine.resets]"
    )
    assert on_board(micropython, script) == [["update", "hard", "watchdog"], 2]


def test_a_clock_that_is_only_not_behind_is_not_the_time(micropython: MicroPython) -> None:
    """The machine's own clock is right here, so what it was set to is looked at, and whether it is believed."""
    script = (
        "seen = [board.unix_time() is not None]\nboard.set_time(1790000000, False)\nseen.append(board.unix_time())\n"
        "seen.append(list(Rtc.set_to))\nboard.restart('crash')\nseen.append(board.unix_time())\n"
        "board.set_time(1790000060, True)\nseen.append(board.unix_time() is not None)\nresult = seen"
    )
    assert on_board(micropython, script) == [True, None, [2026, 9, 21, 0, 14, 13, 20, 0], None, True]
