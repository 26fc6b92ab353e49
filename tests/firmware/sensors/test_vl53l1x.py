"""VL53L1X: replays of the traffic that ST's ultra lite driver (STSW-IMG009, UM2510) makes for the same calls."""

from typing import Any

import pytest
from civicroot_device.sensors import vl53l1x
from civicroot_device.sensors.vl53l1x import MAX_POLLS, POLL_MS, RANGING_MS, Vl53l1x
from civicroot_simulator.simulated_i2c import SimulatedI2c
from civicroot_simulator.vl53l1x import Vl53l1xModel
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayI2c, Tape, Transaction, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("vl53l1x", "Vl53l1x")
I2C = [("i2c", "")]
LOW_BIN = {"empty": 1000, "full": 200}
DEEP_BIN = {"empty": 1500, "full": 300}


def st_settings() -> bytearray:
    """VL51L1X_DEFAULT_CONFIGURATION of ST's driver, register by register; all others are 0."""
    known = {
        0x30: 0x01, 0x31: 0x02, 0x33: 0x02, 0x34: 0x08, 0x36: 0x08, 0x37: 0x10, 0x38: 0x01, 0x39: 0x01, 0x3E: 0xFF,
        0x40: 0x0F, 0x46: 0x20, 0x47: 0x0B, 0x4A: 0x02, 0x4B: 0x0A, 0x4C: 0x21, 0x4F: 0x05, 0x54: 0xC8, 0x57: 0x38,
        0x58: 0xFF, 0x59: 0x01, 0x5B: 0x08, 0x5E: 0x01, 0x5F: 0xCC, 0x60: 0x0F, 0x61: 0x01, 0x62: 0xF1, 0x63: 0x0D,
        0x64: 0x01, 0x65: 0x68, 0x67: 0x80, 0x68: 0x08, 0x69: 0xB8, 0x6E: 0x0F, 0x6F: 0x89, 0x77: 0x01, 0x78: 0x0F,
        0x79: 0x0D, 0x7A: 0x0E, 0x7B: 0x0E, 0x7E: 0x02, 0x7F: 0xC7, 0x80: 0xFF, 0x81: 0x9B, 0x85: 0x01,
    }  # fmt: skip
    block = bytearray(0x88)
    for register, value in known.items():
        block[register] = value
    return block


def expected_settings(long: bool) -> bytes:
    """What the registers hold after SensorInit, SetDistanceMode and SetTimingBudgetInMs(100) of ST's driver."""
    block = st_settings()
    block[0x2E] = block[0x2F] = 1  # "pull up at AVDD"
    if long:
        writes = {0x4B: b"\x0a", 0x60: b"\x0f", 0x63: b"\x0d", 0x69: b"\xb8", 0x78: b"\x0f\x0d", 0x7A: b"\x0e\x0e"}
        budget = {0x5E: b"\x01\xcc", 0x61: b"\x01\xea"}
    else:
        writes = {0x4B: b"\x14", 0x60: b"\x07", 0x63: b"\x05", 0x69: b"\x38", 0x78: b"\x07\x05", 0x7A: b"\x06\x06"}
        budget = {0x5E: b"\x02\xe1", 0x61: b"\x03\x88"}
    for register, value in {**writes, **budget}.items():
        block[register : register + len(value)] = value
    return bytes(block[0x2D:])


def written(register: int, data: bytes) -> Transaction:
    return ("w", 0x29, register.to_bytes(2, "big") + data)


def asked(register: int, answer: bytes) -> Transaction:
    return ("wr", 0x29, register.to_bytes(2, "big"), answer)


def set_up(long: bool = False) -> list[Transaction]:
    """BootState, GetSensorId (0xEACC), SensorInit's settings."""
    return [asked(0xE5, b"\3"), asked(0x010F, b"\xea\xcc"), written(0x2D, expected_settings(long))]


BEGIN = [written(0x86, b"\x01\x40")]  # ClearInterrupt, StartRanging
AGAIN = [asked(0x2E, b"\x01"), *BEGIN]  # is it still set up?
BUSY, READY = asked(0x31, b"\x02"), asked(0x31, b"\x03")  # GPIO__TIO_HV_STATUS; bit 0: the interrupt, active high
END = written(0x86, b"\x01\x00")  # ClearInterrupt, StopRanging
# The rest of SensorInit: after its first ranging the voltage search is short and begins where it ended.
TUNED = [READY, END, written(0x08, b"\x09"), written(0x0B, b"\x00"), *BEGIN]


def result(mm: int, status: int = 9) -> Transaction:
    """0x89: range status, report status, stream count, four words, and at 0x96 the corrected range."""
    return asked(
        0x89, bytes([status, 0x20, 0x00]) + b"\x0c\x80\x01\x02\x00\x10\x00\x20\x03\x04" + mm.to_bytes(2, "big")
    )


def ranging(mm: int, status: int = 9) -> list[Transaction]:
    return [READY, result(mm, status), END]


def measured(replaying: MicroPython, traffic: list[Transaction], calibration: dict[str, int] = LOW_BIN) -> Any:
    ((_, readings),) = measure_on_both(replaying, DRIVER, I2C, traffic, [calibration])
    return readings


def test_settings_are_those_of_st_in_both_modes() -> None:
    assert vl53l1x.settings(long=True) == expected_settings(long=True)
    assert vl53l1x.settings(long=False) == expected_settings(long=False)


def test_the_first_measurement_sets_up_tunes_and_measures(replaying: MicroPython) -> None:
    assert measured(replaying, [*set_up(), *BEGIN, *TUNED, *ranging(600)]) == {"fill": 0.5}


def test_later_measurements_only_range(replaying: MicroPython) -> None:
    traffic = [*set_up(), *BEGIN, *TUNED, *ranging(600), *AGAIN, *ranging(1000), *AGAIN, *ranging(200)]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [LOW_BIN], rounds=3)
    assert rounds == [(RANGING_MS, {"fill": 0.5}), (RANGING_MS, {"fill": 0.0}), (RANGING_MS, {"fill": 1.0})]


def test_a_deep_bin_gets_the_long_mode(replaying: MicroPython) -> None:
    traffic = [*set_up(long=True), *BEGIN, *TUNED, *ranging(900)]
    assert measured(replaying, traffic, DEEP_BIN) == {"fill": 0.5}


def test_a_new_calibration_may_change_the_mode() -> None:
    calibration = dict(DEEP_BIN)
    traffic = [*set_up(long=True), *BEGIN, *TUNED, *ranging(900), *set_up(), *BEGIN, *TUNED, *ranging(600)]
    with Tape(traffic) as tape:
        sensor = Vl53l1x(ReplayI2c(tape), calibration)
        assert drive(sensor) == ([RANGING_MS, RANGING_MS], {"fill": 0.5})
        calibration.update(LOW_BIN)
        assert drive(sensor)[1] == {"fill": 0.5}


def test_an_unfinished_ranging_is_asked_again() -> None:
    with Tape([*set_up(), *BEGIN, BUSY, *TUNED, BUSY, BUSY, *ranging(600)]) as tape:
        waits, readings = drive(Vl53l1x(ReplayI2c(tape), LOW_BIN))
    assert waits == [RANGING_MS, POLL_MS, RANGING_MS, POLL_MS, POLL_MS] and readings == {"fill": 0.5}


def test_a_ranging_without_an_end_is_not_ready_and_the_laser_is_off(replaying: MicroPython) -> None:
    traffic = [*set_up(), *BEGIN, *TUNED, *[BUSY] * (MAX_POLLS + 1), written(0x87, b"\x00")]
    traffic += [*set_up(), *BEGIN, *TUNED, *ranging(600)]  # and it is set up anew
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [LOW_BIN], rounds=2)
    assert [readings for _, readings in rounds] == ["!not-ready", {"fill": 0.5}]


def test_a_chip_that_lost_its_power_is_set_up_anew(replaying: MicroPython) -> None:
    good = [*set_up(), *BEGIN, *TUNED, *ranging(600)]
    rounds = measure_on_both(replaying, DRIVER, I2C, [*good, asked(0x2E, b"\x00"), *good], [LOW_BIN], rounds=2)
    assert [readings for _, readings in rounds] == [{"fill": 0.5}, {"fill": 0.5}]


@pytest.mark.parametrize("at", range(12))
def test_silence_at_any_transaction_is_no_answer_and_ends_with_a_new_set_up(replaying: MicroPython, at: int) -> None:
    good = [*set_up(), *BEGIN, *TUNED, *ranging(600)]
    assert len(good) == 12
    lost = (*good[at][:3], SILENT)
    rounds = measure_on_both(replaying, DRIVER, I2C, [*good[:at], lost, *good], [LOW_BIN], rounds=2)
    assert [readings for _, readings in rounds] == ["!no-answer", {"fill": 0.5}]


def test_another_chip_at_the_address_is_no_answer(replaying: MicroPython) -> None:
    traffic = [asked(0xE5, b"\3"), asked(0x010F, b"\xee\xaa")]  # a VL53L0X would say 0xEEAA
    assert measured(replaying, traffic) == "!no-answer"


def test_a_chip_that_still_boots_is_not_ready(replaying: MicroPython) -> None:
    assert measured(replaying, [asked(0xE5, b"\2")]) == "!not-ready"


@pytest.mark.parametrize("status", [4, 5, 6, 7, 8, 12])
def test_what_the_chip_doubts_is_out_of_range(replaying: MicroPython, status: int) -> None:
    traffic = [*set_up(), *BEGIN, *TUNED, *ranging(600, status), *AGAIN, *ranging(600)]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [LOW_BIN], rounds=2)
    assert [readings for _, readings in rounds] == ["!out-of-range", {"fill": 0.5}]


@pytest.mark.parametrize("status", [0, 1, 2, 3, 18, 31])
def test_a_fault_of_the_chip_or_no_result_sets_it_up_anew(replaying: MicroPython, status: int) -> None:
    good = [*set_up(), *BEGIN, *TUNED]
    traffic = [*good, *ranging(0, status), *good, *ranging(600)]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [LOW_BIN], rounds=2)
    assert [readings for _, readings in rounds] == ["!out-of-range", {"fill": 0.5}]


@pytest.mark.parametrize("mm", [0, 39, 1081, 4001, 8191, 0xFFFF])
def test_distances_that_cannot_be_are_out_of_range(replaying: MicroPython, mm: int) -> None:
    assert measured(replaying, [*set_up(), *BEGIN, *TUNED, *ranging(mm)]) == "!out-of-range"


def test_uncalibrated_it_still_tells_the_distance_for_a_calibration(replaying: MicroPython) -> None:
    traffic = [*set_up(long=True), *BEGIN, *TUNED, *ranging(873)]
    assert measured(replaying, traffic, {}) == "!uncalibrated"
    with Tape(traffic) as tape:
        sensor = Vl53l1x(ReplayI2c(tape), {})
        drive(sensor)
    assert sensor.raw() == {"fill": 873}


def test_driver_and_model_agree_over_the_range() -> None:
    distance = 0.0
    model = Vl53l1xModel(lambda: distance)
    for calibration, reach in ((LOW_BIN, 1080), (DEEP_BIN, 1620)):
        sensor = Vl53l1x(SimulatedI2c({0x29: model}), calibration)
        depth = calibration["empty"] - calibration["full"]
        for mm in range(40, 2000, 20):
            distance = mm
            share = min(1.0, max(0.0, (calibration["empty"] - mm) / depth))
            assert drive(sensor)[1] == ({"fill": share} if mm <= reach else "!out-of-range")
            assert sensor.raw() == {"fill": mm} or mm > 1360


def test_faults_of_the_model() -> None:
    model = Vl53l1xModel(lambda: 600)
    sensor = Vl53l1x(SimulatedI2c({0x29: model}), LOW_BIN)
    assert drive(sensor)[1] == {"fill": 0.5}
    for switch, value, said in (
        ("silent", True, "!no-answer"),
        ("stuck", True, "!not-ready"),
        ("status", 6, "!out-of-range"),
    ):
        before = getattr(model, switch)
        setattr(model, switch, value)
        assert drive(sensor)[1] == said
        setattr(model, switch, before)
        assert drive(sensor)[1] == {"fill": 0.5}
    model.power_up()
    assert drive(sensor)[0] == [RANGING_MS, RANGING_MS], "it was not set up anew"


@given(st.binary(min_size=15, max_size=15))
def test_any_result_is_a_share_or_a_fault(block: bytes) -> None:
    with Tape([*set_up(), *BEGIN, *TUNED, READY, asked(0x89, block), END]) as tape:
        readings = drive(Vl53l1x(ReplayI2c(tape), LOW_BIN))[1]
    if block[0] & 0x1F in (9, 19) and 40 <= int.from_bytes(block[13:], "big") <= 1080:
        assert 0 <= readings["fill"] <= 1
    else:
        assert readings == "!out-of-range"
