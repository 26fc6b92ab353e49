"""SHT3x: the datasheet's checksum and formulas, and every way in which the chip on its mast fails."""

from collections.abc import Sequence
from typing import Any

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.sht3x import Sht3x, crc8, millidegrees, millipercent, words
from civicroot_simulator.sht3x import Sht3xModel
from civicroot_simulator.simulated_i2c import SimulatedI2c
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayI2c, Tape, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("sht3x", "Sht3x")
FACES = [("i2c", "")]
RESET = ("w", 0x44, b"\x30\xa2")
SINGLE_SHOT = ("w", 0x44, b"\x24\x00")
FINE = b"\x00\x00\x81"  # status register without heater or failure, with its CRC


def word(value: int) -> bytes:
    pair = value.to_bytes(2, "big")
    return pair + bytes([crc8(pair)])


def status(answer: bytes | str) -> tuple[Any, ...]:
    return ("wr", 0x44, b"\xf3\x2d", answer)


def measurement(temp: int, humidity: int, state: bytes | str = FINE) -> list[tuple[Any, ...]]:
    """The first measurement after a start: reset, single shot, read-out, status."""
    return [RESET, SINGLE_SHOT, ("r", 0x44, word(temp) + word(humidity)), status(state)]


def outcome(device: MicroPython, traffic: Sequence[tuple[Any, ...]], *arguments: Any) -> Any:
    ((_, found),) = measure_on_both(device, DRIVER, FACES, traffic, arguments or [{}, {}])
    return found


def test_checksum_of_the_datasheet() -> None:
    # Table 20: CRC(0xBEEF) = 0x92. The status register's zeros have 0x81.
    assert crc8(b"\xbe\xef") == 0x92
    assert words(b"\xbe\xef\x92" + FINE) == [0xBEEF, 0]


@pytest.mark.parametrize(
    ("temp", "celsius", "humidity", "percent"),
    [
        # §4.13: T = -45 + 175 S / 65535, RH = 100 S / 65535
        (0x6666, 25.0, 0x8000, 50.001),  # 26214 / 65535 is 0.4 exactly
        (0x4000, -1.249, 0x4000, 25.0),
        (0x41D4, 0.0, 0xBEEF, 74.585),
        (0x0751, -39.999, 0xFFFF, 100.0),
        (0xF8AE, 124.999, 0x0001, 0.002),
    ],
)
def test_values_of_the_formulas(
    replaying: MicroPython, temp: int, celsius: float, humidity: int, percent: float
) -> None:
    found = outcome(replaying, measurement(temp, humidity))
    assert found["temp"] == pytest.approx(celsius, abs=0.0011) and found["humidity"] == pytest.approx(percent)


@given(st.integers(0x0751, 0xF8AE), st.integers(1, 0xFFFF))
def test_integers_are_the_formulas_rounded(temp: int, humidity: int) -> None:
    assert abs(millidegrees(temp) - (-45_000 + 175_000 * temp / 65535)) <= 0.5
    assert abs(millipercent(humidity) - 100_000 * humidity / 65535) <= 0.5


def test_reset_comes_before_the_first_measurement_and_after_a_fault(replaying: MicroPython) -> None:
    good = measurement(0x6666, 0x8000)
    broken = [SINGLE_SHOT, ("r", 0x44, SILENT)]
    rounds = measure_on_both(replaying, DRIVER, FACES, good + broken + good + good[1:], [{}, {}], 4)
    assert [wait for wait, _ in rounds] == [2, 16, 2, 16]
    assert [found if isinstance(found, str) else found["temp"] for _, found in rounds] == [
        25.0,
        "!not-ready",
        25.0,
        25.0,
    ]


def test_measurement_is_waited_for_after_the_reset() -> None:
    with Tape(measurement(0x6666, 0x8000)) as tape:
        driver = Sht3x(ReplayI2c(tape), {}, {})
        assert driver.start() == 2
        assert driver.read() == 16
        assert driver.read() == {"temp": 25.0, "humidity": 50.001}


def test_other_address_and_offsets(replaying: MicroPython) -> None:
    traffic = [(kind, 0x45, *rest) for kind, _, *rest in measurement(0x6666, 0x8000)]
    assert outcome(replaying, traffic, {"offset": -150}, {"offset": 200}, 0x45) == {"temp": 23.5, "humidity": 52.001}


def test_an_offset_leads_over_no_end_of_the_humidity(replaying: MicroPython) -> None:
    assert outcome(replaying, measurement(0x6666, 0xFFF0), {}, {"offset": 300})["humidity"] == 100
    assert outcome(replaying, measurement(0x6666, 0x0010), {}, {"offset": -300})["humidity"] == 0


@pytest.mark.parametrize(
    ("flag", "traffic"),
    [
        ("no-answer", [(*RESET, SILENT)]),
        ("no-answer", [RESET, (*SINGLE_SHOT, SILENT)]),
        ("not-ready", [RESET, SINGLE_SHOT, ("r", 0x44, SILENT)]),  # §4.4: not acknowledged while it measures
        ("bad-crc", [RESET, SINGLE_SHOT, ("r", 0x44, b"\xbe\xef\x93" + word(1))]),
        ("bad-crc", [RESET, SINGLE_SHOT, ("r", 0x44, word(0x6666) + b"\xbe\xef\x91")]),
        ("bad-crc", [RESET, SINGLE_SHOT, ("r", 0x44, bytes(6))]),
        ("bad-crc", [RESET, SINGLE_SHOT, ("r", 0x44, b"\xff" * 6)]),  # a bus that nobody drives: its CRC is 0xAC
        ("no-answer", measurement(0x6666, 0x8000, SILENT)),
        ("bad-crc", measurement(0x6666, 0x8000, b"\x00\x00\x00")),
        ("out-of-range", measurement(0x6666, 0x8000, word(0x2000))),  # the heater is on: not the air's temperature
        ("not-ready", measurement(0x6666, 0x8000, word(0x0002))),  # the command was not processed
    ],
)
def test_a_measurement_that_failed_is_a_fault(
    replaying: MicroPython, flag: str, traffic: list[tuple[Any, ...]]
) -> None:
    assert outcome(replaying, traffic) == "!" + flag


@pytest.mark.parametrize(
    ("temp", "humidity", "expected"),
    [
        (0x0000, 0x8000, {"temp": "!saturated", "humidity": 50.001}),
        (0xFFFF, 0x8000, {"temp": "!saturated", "humidity": 50.001}),
        (0x0740, 0x8000, {"temp": "!out-of-range", "humidity": 50.001}),
        (0xF8C0, 0x8000, {"temp": "!out-of-range", "humidity": 50.001}),
        (0x6666, 0x0000, {"temp": 25.0, "humidity": "!saturated"}),
    ],
)
def test_one_value_may_fail_beside_the_other(
    replaying: MicroPython, temp: int, humidity: int, expected: dict[str, object]
) -> None:
    assert outcome(replaying, measurement(temp, humidity)) == expected


@given(st.binary(min_size=6, max_size=6))
def test_any_six_bytes_are_words_with_their_crc_or_a_fault(data: bytes) -> None:
    try:
        found = words(data)
    except SensorFault as fault:
        assert fault.flag == "bad-crc"
    else:
        assert crc8(data[:2]) == data[2] and crc8(data[3:5]) == data[5] and len(found) == 2


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.integers(0, 1))
def test_no_word_with_a_wrong_crc(value: int, change: int, place: int) -> None:
    data = bytearray(word(value) + word(value))
    data[3 * place + 2] ^= change
    with pytest.raises(SensorFault, match="bad-crc"):
        words(bytes(data))


def test_raw_values_are_kept_for_calibration() -> None:
    with Tape(measurement(0x6666, 0x0000)) as tape:
        driver = Sht3x(ReplayI2c(tape), {"offset": 100}, {})
        driver.start(), driver.read(), driver.read()
        assert driver.raw() == {"temp": 2500}


def test_driver_and_model_agree_over_the_range() -> None:
    here = {"temp": 0.0, "humidity": 0.0}
    model = Sht3xModel(lambda: here["temp"], lambda: here["humidity"])
    driver = Sht3x(SimulatedI2c({0x44: model}), {}, {})
    driver.start(), driver.read()
    for step in range(161):
        here = {"temp": -39.0 + step, "humidity": 1 + step / 2}
        driver.start()
        found = driver.read()
        while isinstance(found, int):
            found = driver.read()
        assert found == pytest.approx(here, abs=0.003)


@pytest.mark.parametrize(
    ("fault", "flag"),
    [("silent", "no-answer"), ("bad_crc", "bad-crc"), ("busy", "not-ready"), ("heater", "out-of-range")],
)
def test_faults_of_the_model_and_recovery(fault: str, flag: str) -> None:
    model = Sht3xModel(lambda: 20.0, lambda: 60.0)
    driver = Sht3x(SimulatedI2c({0x44: model}), {}, {})
    driver.start(), driver.read(), driver.read()
    setattr(model, fault, True)
    with pytest.raises(SensorFault) as caught:
        driver.start(), driver.read()
    assert caught.value.flag == flag
    if fault != "heater":  # which the driver's reset switches off
        setattr(model, fault, False)
    driver.start(), driver.read()
    assert driver.read() == pytest.approx({"temp": 20.0, "humidity": 60.0}, abs=0.003)
