"""ADS1115: the datasheet's register values and codes, and that a chip which forgot its configuration is noticed."""

from typing import Any

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.ads1115 import FULL_SCALE_MV, Ads1115, configuration
from civicroot_simulator.ads1115 import RESET, Ads1115Model
from civicroot_simulator.simulated_i2c import SimulatedI2c
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayI2c, Tape
from tests.support.micropython import MicroPython

CONVERT = """
    from civicroot_device.errors import SensorFault
    from civicroot_device.sensors.ads1115 import Ads1115
    from replay_bus import ReplayI2c
    bus = ReplayI2c(traffic)
    chip = Ads1115(bus, *arguments)
    try:
        result = (chip.begin(channel, full_scale_mv), chip.result())
    except SensorFault as fault:
        result = "!" + fault.flag
    bus.done()
    """


def convert(device: MicroPython, traffic: list[tuple[Any, ...]], *arguments: int, channel: int = 0) -> Any:
    """One conversion of an input at ±4.096 V, in CPython and in MicroPython."""
    bound = {"traffic": traffic, "arguments": list(arguments), "channel": channel, "full_scale_mv": 4096}
    there = device.run(CONVERT, **bound)
    with Tape(traffic) as tape:
        chip = Ads1115(ReplayI2c(tape), *arguments)
        try:
            here: Any = (chip.begin(channel, 4096), chip.result())
        except SensorFault as fault:
            here = "!" + fault.flag
    assert there == here
    return here


def conversion(code: int, config: bytes = b"\xc3\x83") -> list[tuple[Any, ...]]:
    """Input 0 at ±4.096 V, 128 SPS, single shot: 0xC383 (§9.6.3); the OS bit reads 1 again when it is done."""
    return [
        ("w", 0x48, b"\x01\xc3\x83"),
        ("wr", 0x48, b"\x01", config),
        ("wr", 0x48, b"\x00", (code & 0xFFFF).to_bytes(2, "big")),
    ]


def test_configuration_of_the_datasheet() -> None:
    # §9.6.3: after reset 0x8583, which is AIN0 against AIN1 at ±2.048 V, single shot, 128 SPS, comparator off.
    assert configuration(0, 2048) ^ RESET == 0b100 << 12
    assert configuration(0, 4096) == 0xC383
    assert [configuration(channel, 4096) >> 12 & 7 for channel in range(4)] == [4, 5, 6, 7]
    assert [configuration(0, range_mv) >> 9 & 7 for range_mv in FULL_SCALE_MV] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("channel", "range_mv"), [(4, 4096), (-1, 4096), (0, 5000)])
def test_a_configuration_that_there_is_not_is_an_error(channel: int, range_mv: int) -> None:
    with pytest.raises(ValueError):
        configuration(channel, range_mv)


@pytest.mark.parametrize("code", [0x7FFE, 0x0001, 0x0000, -0x0001, -0x7FFF])  # §9.5.4, but for the two ends
def test_codes_of_the_data_format(replaying: MicroPython, code: int) -> None:
    assert convert(replaying, conversion(code)) == (10, code)


def test_another_address_and_input(replaying: MicroPython) -> None:
    traffic = [
        ("w", 0x4B, b"\x01\xf3\x83"),
        ("wr", 0x4B, b"\x01", b"\xf3\x83"),
        ("wr", 0x4B, b"\x00", b"\x12\x34"),
    ]
    assert convert(replaying, traffic, 0x4B, channel=3) == (10, 0x1234)


@pytest.mark.parametrize(
    ("flag", "traffic"),
    [
        ("no-answer", [("w", 0x48, b"\x01\xc3\x83", SILENT)]),
        ("no-answer", [conversion(0)[0], ("wr", 0x48, b"\x01", SILENT)]),
        ("no-answer", [*conversion(0)[:2], ("wr", 0x48, b"\x00", SILENT)]),
        ("not-ready", conversion(0, b"\x43\x83")[:2]),  # OS reads 0: a conversion is being performed
        ("saturated", conversion(0x7FFF)),
        ("saturated", conversion(-0x8000)),
        ("bad-crc", conversion(0, b"\x85\x83")[:2]),  # reset in between: the conversion is of other inputs
        ("bad-crc", conversion(0, b"\xff\xff")[:2]),
        ("bad-crc", conversion(0, b"\x00\x00")[:2]),
    ],
)
def test_a_conversion_that_failed_is_a_fault(replaying: MicroPython, flag: str, traffic: list[tuple[Any, ...]]) -> None:
    assert convert(replaying, traffic) == "!" + flag


@given(st.binary(min_size=2, max_size=2), st.binary(min_size=2, max_size=2))
def test_no_code_from_another_configuration(config: bytes, code: bytes) -> None:
    traffic = [("w", 0x48, b"\x01\xc3\x83"), ("wr", 0x48, b"\x01", config), ("wr", 0x48, b"\x00", code)]
    chip = Ads1115(ReplayI2c(traffic))
    chip.begin(0, 4096)
    try:
        found = chip.result()
    except SensorFault as fault:
        assert fault.flag in ("bad-crc", "not-ready", "saturated")
    else:
        assert config == b"\xc3\x83" and found == int.from_bytes(code, "big", signed=True)


def test_driver_and_model_agree_over_the_range() -> None:
    here = 0.0
    model = Ads1115Model([lambda: here, lambda: 0, lambda: -here, lambda: 1])
    chip = Ads1115(SimulatedI2c({0x48: model}))
    for range_mv in FULL_SCALE_MV:
        for step in range(-99, 100):
            here = range_mv * step / 100
            for channel, expected in ((0, here), (2, -here)):
                chip.begin(channel, range_mv)
                assert chip.result() * range_mv / 32768 == pytest.approx(expected, abs=range_mv / 32768)


@pytest.mark.parametrize(
    ("fault", "flag"), [("silent", "no-answer"), ("busy", "not-ready"), ("forgetful", "bad-crc"), ("", "saturated")]
)
def test_faults_of_the_model(fault: str, flag: str) -> None:
    model = Ads1115Model([lambda: 4200.0 if not fault else 1.0] * 4)
    if fault:
        setattr(model, fault, True)
    chip = Ads1115(SimulatedI2c({0x48: model}))
    with pytest.raises(SensorFault) as caught:
        chip.begin(0, 4096)
        chip.result()
    assert caught.value.flag == flag
