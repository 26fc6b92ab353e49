"""DS18B20: the datasheet's tables and CRC example, and every way in which a probe in the soil fails."""

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors.ds18b20 import Ds18b20, celsius, crc8
from civicroot_simulator.ds18b20 import Ds18b20Model
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayOneWire, Tape, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("ds18b20", "Ds18b20")
FACES = [("onewire", "")]
DONE = ("r", b"\xff")
ROM = bytes.fromhex("28ff4b4613010099")[:7]
ROM += bytes([crc8(ROM)])
# Datasheet, Table 1: temperature/data relationship (the register's bytes are sent low byte first).
TABLE_1 = [
    (125.0, "07d0"),
    (85.0, "0550"),
    (25.0625, "0191"),
    (10.125, "00a2"),
    (0.5, "0008"),
    (0.0, "0000"),
    (-0.5, "fff8"),
    (-10.125, "ff5e"),
    (-25.0625, "fe6f"),
    (-55.0, "fc90"),
]
POWER_ON = bytes.fromhex("50054b467fff0c101c")  # the scratchpad after power-on (Figure 9), as recorded from a probe


def scratchpad(register: int, configuration: int = 0x7F) -> bytes:
    body = struct.pack("<H", register & 0xFFFF) + bytes([0x4B, 0x46, configuration, 0xFF, 0x0C, 0x10])
    return body + bytes([crc8(body)])


def measurement(answer: bytes | str, select: bytes = b"\xcc") -> list[tuple[Any, ...]]:
    """The traffic of one measurement ("DS18B20 operation example 2", with external supply)."""
    return [
        ("reset", True),
        ("w", select + b"\x44"),
        DONE,
        ("reset", True),
        ("w", select + b"\xbe"),
        ("r", answer),
    ]


def outcome(device: MicroPython, traffic: Sequence[tuple[Any, ...]], *arguments: Any) -> Any:
    ((wait, found),) = measure_on_both(device, DRIVER, FACES, traffic, arguments or [{}])
    assert wait in (None, 750)
    return found


def test_crc_of_the_application_note() -> None:
    # Maxim application note 27, figure 2: ROM code 02 1C B8 01 00 00 00 has the CRC A2.
    assert crc8(bytes.fromhex("021cb801000000")) == 0xA2
    assert crc8(POWER_ON[:8]) == POWER_ON[8]


@pytest.mark.parametrize(("degrees", "register"), [row for row in TABLE_1 if row[0] != 85.0])
def test_temperatures_of_table_1(replaying: MicroPython, degrees: float, register: str) -> None:
    assert outcome(replaying, measurement(scratchpad(int(register, 16)))) == {"soiltemp": degrees}


def test_85_degrees_is_believed_only_beside_such_a_reading(replaying: MicroPython) -> None:
    assert celsius(POWER_ON) == 85.0
    assert outcome(replaying, measurement(POWER_ON)) == "!not-ready"
    near, far = scratchpad(80 * 16), scratchpad(79 * 16)
    traffic = measurement(near) + measurement(POWER_ON)
    assert measure_on_both(replaying, DRIVER, FACES, traffic, [{}], 2)[1][1] == {"soiltemp": 85.0}
    traffic = measurement(far) + measurement(POWER_ON)
    assert measure_on_both(replaying, DRIVER, FACES, traffic, [{}], 2)[1][1] == "!not-ready"


@pytest.mark.parametrize(("configuration", "degrees"), [(0x1F, 10.0), (0x3F, 10.25), (0x5F, 10.375), (0x7F, 10.4375)])
def test_undefined_bits_of_a_lower_resolution_are_left_out(
    replaying: MicroPython, configuration: int, degrees: float
) -> None:
    # Figure 4 and Table 2: at 11 bits bit 0 is undefined, at 10 bits 1 and 0, at 9 bits 2 to 0.
    assert outcome(replaying, measurement(scratchpad(0x00A7, configuration))) == {"soiltemp": degrees}


def test_one_of_several_probes_is_addressed_by_its_rom_code(replaying: MicroPython) -> None:
    traffic = measurement(scratchpad(0x0191), b"\x55" + ROM)
    assert outcome(replaying, traffic, {}, ROM, "temp") == {"temp": 25.0625}


@pytest.mark.parametrize("rom", [ROM[:7], ROM[:7] + bytes([ROM[7] ^ 1]), b"\x10" + ROM[1:7] + b"\0"])
def test_a_rom_code_that_is_none_is_refused(rom: bytes) -> None:
    with pytest.raises(ConfigurationError):
        Ds18b20(ReplayOneWire([]), {}, rom)


def test_an_offset_is_added(replaying: MicroPython) -> None:
    assert outcome(replaying, measurement(scratchpad(0x0191)), {"offset": -25}) == {"soiltemp": 24.8125}


@pytest.mark.parametrize(
    ("flag", "traffic"),
    [
        ("no-answer", [("reset", False)]),
        ("no-answer", [("reset", SILENT)]),
        ("no-answer", [*measurement(b"")[:3], ("reset", False)]),
        ("no-answer", [*measurement(b"")[:2], ("r", SILENT)]),
        ("no-answer", measurement(SILENT)),
        ("no-answer", measurement(b"\xff" * 9)),
        ("no-answer", measurement(bytes(9))),  # a line held low: its CRC is right, and it would be 0 °C
        ("not-ready", [*measurement(b"")[:2], ("r", b"\x00")]),
        ("bad-crc", measurement(scratchpad(0x0191)[:8] + b"\0")),
        ("bad-crc", measurement(scratchpad(0x0191)[::-1])),
        ("out-of-range", measurement(scratchpad(0x0191, 0x00))),  # not the configuration register of this chip
        ("out-of-range", measurement(scratchpad(0x07D1))),
        ("out-of-range", measurement(scratchpad(0xFC8F))),
    ],
)
def test_a_reading_that_failed_is_a_fault(replaying: MicroPython, flag: str, traffic: list[tuple[Any, ...]]) -> None:
    assert outcome(replaying, traffic) == "!" + flag


@given(st.binary(min_size=9, max_size=9))
def test_any_nine_bytes_are_a_temperature_with_its_crc_or_a_fault(data: bytes) -> None:
    try:
        found = celsius(data)
    except SensorFault as fault:
        assert fault.flag in ("no-answer", "bad-crc", "out-of-range")
    else:
        assert crc8(data[:8]) == data[8] and -55 <= found <= 125


@given(st.integers(-55 * 16, 125 * 16), st.integers(1, 255))
def test_no_value_with_a_wrong_crc(sixteenths: int, change: int) -> None:
    data = bytearray(scratchpad(sixteenths))
    assert celsius(bytes(data)) == sixteenths / 16
    data[8] ^= change
    with pytest.raises(SensorFault):
        celsius(bytes(data))


def test_raw_value_is_kept_for_calibration_and_only_from_a_good_reading() -> None:
    with Tape(measurement(scratchpad(0x0191)) + measurement(b"\xff" * 9)) as tape:
        driver = Ds18b20(ReplayOneWire(tape), {"offset": 100})
        driver.start()
        driver.read()
        assert driver.raw() == {"soiltemp": 2506}
        driver.start()
        with pytest.raises(SensorFault):
            driver.read()
        assert driver.raw() == {}


def test_driver_and_model_agree_over_the_range() -> None:
    for sixteenths in range(-55 * 16, 84 * 16, 7):
        model = Ds18b20Model(lambda value=sixteenths / 16: value)
        driver = Ds18b20(model, {})
        driver.start()
        assert driver.read() == {"soiltemp": sixteenths / 16}


@pytest.mark.parametrize(
    ("fault", "flag"),
    [("silent", "no-answer"), ("bad_crc", "bad-crc"), ("busy", "not-ready"), ("unpowered", "not-ready")],
)
def test_faults_of_the_model(fault: str, flag: str) -> None:
    model = Ds18b20Model(lambda: 12.5)
    driver = Ds18b20(model, {})
    setattr(model, fault, True)
    with pytest.raises(SensorFault) as caught:
        driver.start()
        driver.read()
    assert caught.value.flag == flag
    setattr(model, fault, False)
    driver.start()
    assert driver.read() == {"soiltemp": 12.5}
