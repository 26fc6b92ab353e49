"""Calibrations on the command line, which are those that the firmware knows."""

import re

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import calibration_points

from tests.support.micropython import ROOT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("weight:tare", ("weight", "tare", None)),
        ("weight:scale:10000", ("weight", "scale", 10000)),
        ("fill-2:empty", ("fill-2", "empty", None)),
    ],
)
def test_calibrations_on_the_command_line(text: str, found: tuple[str, str, int | None]) -> None:
    assert calibration_points.parse(text) == found
    calibration_points.check([found])


@pytest.mark.parametrize("text", ["weight", "weight:", "weight:scale:x", "a:b:1:2", ""])
def test_a_calibration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="SENSOR:POINT"):
        calibration_points.parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("weight:empty", "--calibrate weight:empty is unknown; there are weight:tare, "),
        ("lamp:tare", "--calibrate lamp:tare is unknown"),
        ("weight:scale", "--calibrate weight:scale needs a number"),
        ("weight:tare:5", "--calibrate weight:tare takes no number"),
    ],
)
def test_what_no_sensor_takes_is_refused(text: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        calibration_points.check([calibration_points.parse(text)])


def test_the_points_are_those_of_the_firmware() -> None:
    text = (ROOT / "firmware/lib/civicroot_device/calibration_points.py").read_text()
    table = text[text.index("POINTS: ") : text.index("\n}\n")]
    found = {(one, two): what != "None" for one, two, what in re.findall(r'\("(\w+)", "(\w+)"\): (None|")', table)}
    assert found == calibration_points.POINTS
