"""Dendrometer: the ratio is free of the supply, the excitation never stays on, and an end of the travel is a fault."""

from typing import Any

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.dendrometer import Dendrometer
from civicroot_simulator.dendrometer import DendrometerModel
from civicroot_simulator.simulated_i2c import SimulatedI2c
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayI2c, ReplayOutput, Tape, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("dendrometer", "Dendrometer")
FACES = [("i2c", ""), ("output", "power")]
CALIBRATION = {"zero": 200_000, "travel": 50_000}
ON, OFF = ("power", "set", True), ("power", "set", False)


def conversion(config: bytes, code: int) -> list[tuple[Any, ...]]:
    """ADS1115 §9.6.3: input 0 against GND at ±4.096 V is 0xC383, input 1 0xD383."""
    return [
        ("w", 0x48, b"\x01" + config),
        ("wr", 0x48, b"\x01", config),
        ("wr", 0x48, b"\x00", (code & 0xFFFF).to_bytes(2, "big")),
    ]


def wiper(code: int) -> list[tuple[Any, ...]]:
    return conversion(b"\xc3\x83", code)


def excitation(code: int) -> list[tuple[Any, ...]]:
    return conversion(b"\xd3\x83", code)


def measurement(wiper_code: int, excitation_code: int) -> list[tuple[Any, ...]]:
    return [ON, *wiper(wiper_code), *excitation(excitation_code), OFF]


def outcome(device: MicroPython, traffic: list[tuple[Any, ...]], calibration: dict[str, int]) -> Any:
    ((wait, found),) = measure_on_both(device, DRIVER, FACES, traffic, [calibration])
    assert wait == 5
    return found


@pytest.mark.parametrize(
    ("wiper_code", "excitation_code", "metres"),
    [
        # 3.3 V at ±4.096 V is the code 26400; a fifth of it is the ratio at mounting.
        (5280, 26400, 0.0),
        (5808, 26400, 0.001),  # 0.22 - 0.2 of 50 mm
        (13200, 26400, 0.015),
        (4224, 26400, -0.002),  # a dry trunk is thinner than at mounting
        (4400, 22000, 0.0),  # the supply sags: the ratio does not
        (4840, 22000, 0.001),
    ],
)
def test_girth_from_the_ratio(replaying: MicroPython, wiper_code: int, excitation_code: int, metres: float) -> None:
    assert outcome(replaying, measurement(wiper_code, excitation_code), CALIBRATION) == {"girth": pytest.approx(metres)}


@pytest.mark.parametrize("calibration", [{}, {"zero": 200_000}, {"travel": 50_000}])
def test_without_calibration_there_is_no_girth(replaying: MicroPython, calibration: dict[str, int]) -> None:
    assert outcome(replaying, measurement(5280, 26400), calibration) == "!uncalibrated"


@pytest.mark.parametrize(
    ("flag", "traffic"),
    [
        ("no-answer", [ON, (*wiper(0)[0], SILENT), OFF]),
        ("no-answer", [ON, *wiper(5280)[:2], ("wr", 0x48, b"\x00", SILENT), OFF]),
        ("no-answer", [ON, *wiper(5280), (*excitation(0)[0], SILENT), OFF]),
        ("not-ready", [ON, wiper(0)[0], ("wr", 0x48, b"\x01", b"\x43\x83"), OFF]),
        ("bad-crc", [ON, wiper(0)[0], ("wr", 0x48, b"\x01", b"\x85\x83"), OFF]),
        ("saturated", [ON, *wiper(0x7FFF), OFF]),
        ("saturated", [ON, *wiper(5280), *excitation(0x7FFF), OFF]),
        ("saturated", measurement(20, 26400)),  # at its stop, or unplugged: the pull-down holds the input
        ("saturated", measurement(26390, 26400)),
        ("saturated", measurement(-3, 26400)),
        ("out-of-range", measurement(5280, 15999)),  # 1999.9 mV: its cable is shorted
        ("out-of-range", measurement(5280, 0)),
        ("out-of-range", measurement(5280, -5)),
    ],
)
def test_a_measurement_that_failed_is_a_fault_and_the_excitation_is_off(
    replaying: MicroPython, flag: str, traffic: list[tuple[Any, ...]]
) -> None:
    assert outcome(replaying, traffic, CALIBRATION) == "!" + flag


def test_steps_and_raw_value() -> None:
    with Tape(measurement(5280, 26400)) as tape:
        driver = Dendrometer(ReplayI2c(tape), ReplayOutput(tape, "power"), {})
        assert [driver.start(), driver.read(), driver.read()] == [5, 10, 10]
        with pytest.raises(SensorFault):
            driver.read()
        assert driver.raw() == {"girth": 200_000}


@given(st.integers(-0x7FFF, 0x7FFE), st.integers(-0x7FFF, 0x7FFE))
def test_any_two_codes_are_a_girth_of_the_travel_or_a_fault(wiper_code: int, excitation_code: int) -> None:
    tape = Tape(measurement(wiper_code, excitation_code))
    driver = Dendrometer(ReplayI2c(tape), ReplayOutput(tape, "power"), CALIBRATION)
    driver.start(), driver.read()
    try:
        driver.read()
        found = driver.read()
    except SensorFault as fault:
        assert fault.flag in ("saturated", "out-of-range")
    else:
        assert isinstance(found, dict) and -0.01 <= found["girth"] <= 0.04


def test_driver_and_model_agree_over_the_travel_and_any_supply() -> None:
    here, volts = 0.0, 3.3
    model = DendrometerModel(lambda: here, supply_mv=lambda: volts * 1000)
    driver = Dendrometer(SimulatedI2c({0x48: model}), model.power, CALIBRATION)
    for supply in (2.1, 2.8, 3.3):
        volts = supply
        for step in range(-95, 395):
            here = step / 10_000
            driver.start(), driver.read(), driver.read()
            assert driver.read() == {"girth": pytest.approx(here, abs=4e-6)}  # a code is 1.9 to 3 µm
            assert not model.power.on


@pytest.mark.parametrize(
    ("fault", "flag"),
    [("silent", "no-answer"), ("busy", "not-ready"), ("forgetful", "bad-crc"), ("supply", "out-of-range")],
)
def test_faults_of_the_model(fault: str, flag: str) -> None:
    model = DendrometerModel(lambda: 0.0, supply_mv=lambda: 1500.0 if fault == "supply" else 3300.0)
    driver = Dendrometer(SimulatedI2c({0x48: model}), model.power, CALIBRATION)
    if fault != "supply":
        setattr(model, fault, True)
    with pytest.raises(SensorFault) as caught:
        driver.start(), driver.read(), driver.read(), driver.read()
    assert caught.value.flag == flag and not model.power.on and model.power.times == 1
