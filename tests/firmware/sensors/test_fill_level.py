"""From a distance to the share that is full."""

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.fill_level import MIN_DEPTH_MM, fill

BIN = {"empty": 1000, "full": 200}


@pytest.mark.parametrize(
    ("mm", "share"),
    [(1000, 0.0), (600, 0.5), (200, 1.0), (900, 0.125), (1080, 0.0), (199, 1.0), (30, 1.0)],
)
def test_share_between_the_bottom_and_the_line(mm: int, share: float) -> None:
    assert fill(BIN, mm) == share


def test_a_distance_beyond_the_tolerance_is_no_level() -> None:
    with pytest.raises(SensorFault) as fault:
        fill(BIN, 1081)
    assert fault.value.flag == "out-of-range"


def test_a_flat_bin_has_the_sensors_own_tolerance() -> None:
    assert fill({"empty": 300, "full": 150}, 340) == 0.0
    with pytest.raises(SensorFault):
        fill({"empty": 300, "full": 150}, 341)


@pytest.mark.parametrize(
    "calibration",
    [
        {},
        {"empty": 900},
        {"full": 100},
        {"empty": 200, "full": 900},
        {"empty": 300, "full": 301 - MIN_DEPTH_MM},
        {"empty": 900, "full": -1},
    ],
)
def test_without_a_sensible_calibration_there_is_no_level(calibration: dict[str, int]) -> None:
    with pytest.raises(SensorFault) as fault:
        fill(calibration, 500)
    assert fault.value.flag == "uncalibrated"
