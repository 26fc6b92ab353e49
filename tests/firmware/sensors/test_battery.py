"""Batteries: the stated curves, the divider, and what cannot be."""

import pytest
from civicroot_device.errors import ConfigurationError
from civicroot_device.sensors.battery import ADC_MAX_MV, CURVES, LIMITS, Battery, level
from civicroot_simulator.battery import BatteryModel
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import ReplayAdc, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("battery", "Battery")
PIN = [("adc", "")]
DIVIDERS = {"lead": (1_000_000, 180_000), "lifepo4": (1_000_000, 180_000), "l91": (1_000_000, 1_000_000)}


def said(replaying: MicroPython, pin: int, arguments: list[object]) -> object:
    ((wait, readings),) = measure_on_both(replaying, DRIVER, PIN, [("mv", pin)], arguments)
    assert wait == 0
    return readings


@pytest.mark.parametrize(
    ("chemistry", "battery", "percent"),
    [(chemistry, *point) for chemistry, curve in CURVES.items() for point in curve],
)
def test_points_of_the_curves(replaying: MicroPython, chemistry: str, battery: int, percent: int) -> None:
    assert said(replaying, battery // 10, [chemistry, 9, 1, {}]) == {"battery": percent}


def test_between_the_points_the_curve_is_straight() -> None:
    assert [level(CURVES["lead"], mv) for mv in (12_730, 12_675, 12_620, 12_560, 12_500)] == [100, 95, 90, 85, 80]


@pytest.mark.parametrize("chemistry", CURVES)
def test_curves_fall_and_lie_within_their_limits(chemistry: str) -> None:
    volts, shares = zip(*CURVES[chemistry], strict=True)
    low, high = LIMITS[chemistry]
    assert list(volts) == sorted(set(volts), reverse=True) and list(shares) == sorted(set(shares), reverse=True)
    assert low <= volts[-1] and volts[0] <= high and shares[0] == 100 and shares[-1] == 0
    upper, lower = DIVIDERS[chemistry]
    assert high * lower // (upper + lower) < ADC_MAX_MV, "the board's divider does not reach the upper limit"


def test_gain_corrects_the_divider(replaying: MicroPython) -> None:
    assert said(replaying, 1250, ["lead", 9, 1, {"gain": 1000}]) == {"battery": 80}
    assert said(replaying, 1263, ["lead", 9, 1, {"gain": 990}]) == {"battery": 80}


@pytest.mark.parametrize(
    ("flag", "pin"),
    [("saturated", 2450), ("saturated", 3300), ("out-of-range", 0), ("out-of-range", 899), ("out-of-range", 1551)],
)
def test_a_reading_that_cannot_be_is_a_fault(replaying: MicroPython, flag: str, pin: int) -> None:
    assert said(replaying, pin, ["lead", 9, 1, {}]) == "!" + flag


def test_a_battery_that_charges_is_full_and_a_drained_one_empty(replaying: MicroPython) -> None:
    assert said(replaying, 1440, ["lead", 9, 1, {}]) == {"battery": 100}
    assert said(replaying, 1000, ["lead", 9, 1, {}]) == {"battery": 0}


@pytest.mark.parametrize(("chemistry", "upper", "lower"), [("alkaline", 1, 1), ("lead", 1, 0), ("lead", -1, 1)])
def test_a_wrong_board_file_is_refused(chemistry: str, upper: int, lower: int) -> None:
    with pytest.raises(ConfigurationError):
        Battery(ReplayAdc([]), chemistry, upper, lower, {})


def test_raw_value_is_the_batterys_voltage() -> None:
    sensor = Battery(ReplayAdc([("mv", 1250), ("mv", 2600)]), "lead", 9, 1, {"gain": 500})
    drive(sensor)
    assert sensor.raw() == {"battery": 12_500}
    drive(sensor)
    assert sensor.raw() == {}


@given(st.sampled_from(sorted(CURVES)), st.integers(0, 3300))
def test_any_voltage_is_a_share_or_a_fault(chemistry: str, pin: int) -> None:
    readings = drive(Battery(ReplayAdc([("mv", pin)]), chemistry, *DIVIDERS[chemistry], {}))[1]
    assert readings in ("!saturated", "!out-of-range") or 0 <= readings["battery"] <= 100


@pytest.mark.parametrize("chemistry", CURVES)
def test_driver_and_model_agree_over_the_curve(chemistry: str) -> None:
    battery = 0.0
    upper, lower = DIVIDERS[chemistry]
    sensor = Battery(BatteryModel(lambda: battery, upper, lower), chemistry, upper, lower, {})
    for battery in range(CURVES[chemistry][-1][0], LIMITS[chemistry][1] - 10, 10):
        # A millivolt at the pin is several at the battery.
        steps = (upper + lower) // lower + 1
        lowest, highest = (level(CURVES[chemistry], round(battery) + step) for step in (-steps, steps))
        assert lowest <= drive(sensor)[1]["battery"] <= highest


def test_a_divider_without_its_lower_resistor_is_saturated() -> None:
    model = BatteryModel(lambda: 12_500, 1_000_000, 180_000)
    sensor = Battery(model, "lead", 1_000_000, 180_000, {})
    assert drive(sensor)[1] == {"battery": 80}
    model.broken = True
    assert drive(sensor)[1] == "!saturated"
