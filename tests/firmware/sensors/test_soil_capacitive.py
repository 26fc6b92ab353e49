"""Capacitive soil probe: linear between two points, and never on after a reading."""

from typing import Any

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.soil_capacitive import SoilCapacitive
from civicroot_simulator.soil_capacitive import SoilCapacitiveModel
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayAdc, ReplayOutput, Tape, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("soil_capacitive", "SoilCapacitive")
FACES = [("adc", ""), ("output", "power")]
CALIBRATION = {"dry": 2300, "wet": 1100}


def measurement(millivolts: int | str) -> list[tuple[Any, ...]]:
    readings = 1 if millivolts == SILENT else 3
    return [("power", "set", True), *[("mv", millivolts)] * readings, ("power", "set", False)]


def outcome(device: MicroPython, millivolts: int | str, *arguments: Any) -> Any:
    ((wait, found),) = measure_on_both(device, DRIVER, FACES, measurement(millivolts), arguments)
    assert wait == (arguments[1] if len(arguments) > 1 else 500)
    return found


@pytest.mark.parametrize(
    ("millivolts", "calibration", "content"),
    [
        (2300, CALIBRATION, 0.0),
        (1700, CALIBRATION, 0.5),
        (1100, CALIBRATION, 1.0),
        (2359, CALIBRATION, 0.0),  # a little drier than the dry point: 5 % of the span are taken for it
        (1041, CALIBRATION, 1.0),
        (1700, {**CALIBRATION, "saturation": 440}, 0.22),  # the wet point was a saturated loam of 44 %
        (1100, {**CALIBRATION, "saturation": 440}, 0.44),
        (1400, {"dry": 800, "wet": 2000}, 0.5),  # a probe whose voltage rises
    ],
)
def test_water_content_between_the_two_points(
    replaying: MicroPython, millivolts: int, calibration: dict[str, int], content: float
) -> None:
    assert outcome(replaying, millivolts, calibration) == {"soil": content}


@pytest.mark.parametrize(
    ("flag", "millivolts", "calibration"),
    [
        ("no-answer", SILENT, CALIBRATION),
        ("no-answer", 0, CALIBRATION),  # unplugged: the pull-down resistor
        ("no-answer", 99, CALIBRATION),
        ("saturated", 2451, CALIBRATION),  # shorted to the supply
        ("saturated", 3300, CALIBRATION),
        ("out-of-range", 2370, CALIBRATION),
        ("out-of-range", 1038, CALIBRATION),
        ("out-of-range", 100, CALIBRATION),
        ("uncalibrated", 1700, {}),
        ("uncalibrated", 1700, {"dry": 2300}),
        ("uncalibrated", 1700, {"wet": 1100, "saturation": 500}),
    ],
)
def test_a_reading_that_failed_is_a_fault_and_the_probe_is_off(
    replaying: MicroPython, flag: str, millivolts: int | str, calibration: dict[str, int]
) -> None:
    assert outcome(replaying, millivolts, calibration) == "!" + flag


@pytest.mark.parametrize("millivolts", [(1700, 0, 1700), (3300, 1700, 1690), (1700, 1700, 2400)])
def test_the_median_of_three_readings_of_one_supply_counts(replaying: MicroPython, millivolts: tuple[int, ...]) -> None:
    tape = [("power", "set", True), *[("mv", one) for one in millivolts], ("power", "set", False)]
    ((_, found),) = measure_on_both(replaying, DRIVER, FACES, tape, (CALIBRATION,))
    assert found == {"soil": 0.5}


def test_settling_time_of_another_probe(replaying: MicroPython) -> None:
    assert outcome(replaying, 1700, CALIBRATION, 40) == {"soil": 0.5}


@pytest.mark.parametrize(("millivolts", "raw"), [(1700, {"soil": 1700}), (1000, {"soil": 1000}), (50, {}), (3000, {})])
def test_raw_value_is_there_for_calibration_unless_the_probe_is_broken(millivolts: int, raw: dict[str, int]) -> None:
    with Tape(measurement(millivolts)) as tape:
        driver = SoilCapacitive(ReplayAdc(tape), ReplayOutput(tape, "power"), {})
        driver.start()
        with pytest.raises(SensorFault):
            driver.read()
        assert driver.raw() == raw


@given(st.integers(-100, 5000), st.sampled_from([CALIBRATION, {"dry": 900, "wet": 2000}, {"dry": 110, "wet": 2440}]))
def test_any_voltage_is_a_content_or_a_fault(millivolts: int, calibration: dict[str, int]) -> None:
    tape = Tape(measurement(millivolts))
    driver = SoilCapacitive(ReplayAdc(tape), ReplayOutput(tape, "power"), calibration)
    driver.start()
    try:
        found = driver.read()["soil"]
    except SensorFault as fault:
        assert fault.flag in ("no-answer", "saturated", "out-of-range")
    else:
        assert 0 <= found <= 1 and 100 <= millivolts <= 2450
    tape.done()


def test_driver_and_model_agree_over_the_range() -> None:
    here = 0.0
    model = SoilCapacitiveModel(lambda: here)
    driver = SoilCapacitive(model, model.power, CALIBRATION)
    for step in range(101):
        here = step / 100
        driver.start()
        assert driver.read() == {"soil": pytest.approx(here, abs=0.0015)}
        assert not model.power.on


@pytest.mark.parametrize(("fault", "flag"), [("unplugged", "no-answer"), ("shorted", "saturated")])
def test_faults_of_the_model(fault: str, flag: str) -> None:
    model = SoilCapacitiveModel(lambda: 0.3)
    setattr(model, fault, True)
    driver = SoilCapacitive(model, model.power, CALIBRATION)
    driver.start()
    with pytest.raises(SensorFault) as caught:
        driver.read()
    assert caught.value.flag == flag and not model.power.on
