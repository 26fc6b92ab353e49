"""A tree tag's drivers together on simulated chips, on both interpreters: values, flags, and power off again."""

import pytest

from tests.firmware.sensors.replay_bus import DEVICE_SIDE  # noqa: F401 (puts device_side on the path)
from tests.support.micropython import MicroPython

import tree_sensors  # isort: skip (found by the line above)

AIR = {"temp": -32, "humidity": 875}
GIRTH = {"girth": 4200}


@pytest.mark.parametrize(
    ("probe", "uncalibrated", "soil", "flags"),
    [
        (False, {"soiltemp": 115}, {"soil": 310, "soiltemp": 120}, {"soiltemp": "not-ready"}),
        (
            True,
            {"soil": 310, "soiltemp": 115},
            {"soil": 310, "soiltemp": 115},
            {"soil": "no-answer", "soiltemp": "no-answer"},
        ),
    ],
)
def test_values_faults_and_recovery_of_a_tree(
    replaying: MicroPython, probe: bool, uncalibrated: dict[str, int], soil: dict[str, int], flags: dict[str, str]
) -> None:
    here = tree_sensors.looks(probe)
    assert replaying.call("tree_sensors.looks", probe) == here
    values = [look[0] for look in here]
    faults = [look[1] for look in here]
    assert values[0] == {**AIR, **uncalibrated}
    assert set(faults[0].values()) == {"uncalibrated"}
    assert values[1] == values[-1] == {**AIR, **GIRTH, **soil} and faults[1] == faults[-1] == {}
    assert values[2] == {**GIRTH, **soil} and faults[2] == {"temp": "bad-crc", "humidity": "bad-crc"}
    assert values[3] == {**AIR, **soil} and faults[3] == {"girth": "no-answer"}
    assert faults[4] == flags and values[4].keys() == {"soil", *AIR, *GIRTH} - flags.keys()
