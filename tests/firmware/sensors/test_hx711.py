"""HX711: two's complement, saturation and the 25th pulse as the datasheet has them."""

import pytest
from civicroot_device.sensors.hx711 import MAX_POLLS, POLL_MS, SETTLE_MS, Hx711
from civicroot_simulator.hx711 import Hx711Model
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayShift, Tape, Transaction, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("hx711", "Hx711")
LINES = [("shift", "")]
SCALE = {"tare": 80_000, "scale": 20_000}
WAKE, SLEEP = ("wake",), ("sleep",)


def bits(code: int) -> Transaction:
    """24 bits, most significant first, and the 25th, at which DOUT is high again ("Serial Interface")."""
    return ("bits", 25, code << 1 | 1)


def said(replaying: MicroPython, conversation: list[Transaction], calibration: dict[str, int] = SCALE) -> object:
    ((wait, readings),) = measure_on_both(replaying, DRIVER, LINES, [WAKE, *conversation, SLEEP], [calibration])
    assert wait == SETTLE_MS
    return readings


@pytest.mark.parametrize(
    ("code", "counts"),
    [(0x000000, 0), (0x000001, 1), (0xFFFFFF, -1), (0x7FFFFE, 8_388_606), (0x800001, -8_388_607), (0x013880, 80_000)],
)
def test_codes_are_twos_complement(replaying: MicroPython, code: int, counts: int) -> None:
    assert said(replaying, [("ready", True), bits(code)]) == {"weight": (counts - 80_000) / 20_000}


def test_cells_that_are_mounted_the_other_way_round(replaying: MicroPython) -> None:
    calibration = {"tare": -1000, "scale": -20_000}
    assert said(replaying, [("ready", True), bits(0x1000000 - 41_000)], calibration) == {"weight": 2.0}


@pytest.mark.parametrize("code", [0x7FFFFF, 0x800000])
def test_the_ends_of_the_range_are_saturated(replaying: MicroPython, code: int) -> None:
    assert said(replaying, [("ready", True), bits(code)]) == "!saturated"


def test_a_conversion_may_be_late(replaying: MicroPython) -> None:
    conversation = [*[("ready", False)] * MAX_POLLS, ("ready", True), bits(100_000)]
    assert said(replaying, conversation) == {"weight": 1.0}
    with Tape([WAKE, ("ready", False), ("ready", True), bits(100_000), SLEEP]) as tape:
        assert drive(Hx711(ReplayShift(tape), SCALE))[0] == [SETTLE_MS, POLL_MS]


def test_without_a_conversion_it_is_not_ready_and_has_no_power(replaying: MicroPython) -> None:
    assert said(replaying, [("ready", False)] * (MAX_POLLS + 1)) == "!not-ready"


def test_a_pulse_that_was_too_long_is_not_ready(replaying: MicroPython) -> None:
    assert said(replaying, [("ready", True), ("bits", 25, SILENT)]) == "!not-ready"


def test_a_line_that_stays_low_is_no_answer(replaying: MicroPython) -> None:
    assert said(replaying, [("ready", True), ("bits", 25, 0)]) == "!no-answer"


@pytest.mark.parametrize("calibration", [{}, {"tare": 5}, {"scale": 20_000}, {"tare": 5, "scale": 0}])
def test_uncalibrated_there_is_no_weight(replaying: MicroPython, calibration: dict[str, int]) -> None:
    conversation = [("ready", True), bits(100_000)]
    assert said(replaying, conversation, calibration) == "!uncalibrated"
    with Tape([WAKE, *conversation, SLEEP]) as tape:
        sensor = Hx711(ReplayShift(tape), calibration)
        drive(sensor)
    assert sensor.raw() == {"weight": 100_000}


@given(st.integers(0, (1 << 25) - 1))
def test_any_word_is_a_weight_of_the_range_or_a_fault(word: int) -> None:
    with Tape([WAKE, ("ready", True), ("bits", 25, word), SLEEP]) as tape:
        readings = drive(Hx711(ReplayShift(tape), SCALE))[1]
    if word & 1 and word >> 1 not in (0x7FFFFF, 0x800000):
        assert -424 < readings["weight"] < 416
    else:
        assert readings == ("!saturated" if word & 1 else "!no-answer")


def test_driver_and_model_agree_over_the_range() -> None:
    kilograms = 0.0
    model = Hx711Model(lambda: 80_000 + 20_000 * kilograms)
    sensor = Hx711(model, SCALE)
    for tenths in range(-50, 5000, 37):
        kilograms = tenths / 10
        readings = drive(sensor)[1]
        if kilograms < 415.4:
            assert readings["weight"] == pytest.approx(kilograms)
        else:
            assert readings == "!saturated"
        assert model.asleep


@pytest.mark.parametrize(
    ("fault", "flag"), [("silent", "not-ready"), ("shorted", "no-answer"), ("broken", "not-ready")]
)
def test_faults_of_the_model(fault: str, flag: str) -> None:
    model = Hx711Model(lambda: 100_000)
    sensor = Hx711(model, SCALE)
    setattr(model, fault, True)
    assert drive(sensor)[1] == "!" + flag and model.asleep
    setattr(model, fault, False)
    assert drive(sensor)[1] == {"weight": 1.0}
