"""LIS3DH: the register contents of AN3308 (Table 8) and of ST's temperature example, knocks, and faults."""

import math
from typing import Any

import pytest
from civicroot_device.sensors.lis3dh import FAST_WAKE_MS, SAMPLE_MS, SLOW_WAKE_MS, Lis3dh, angle
from civicroot_simulator.lis3dh import Lis3dhModel
from civicroot_simulator.simulated_i2c import SimulatedI2c
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import SILENT, ReplayI2c, Tape, Transaction, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("lis3dh", "Lis3dh")
I2C = [("i2c", "")]
UPRIGHT = {"x": 0, "y": 0, "z": 1024}
OFFSET = {"offset": -50}
# AN3308, Table 8: output registers (low, high) at ±2 g in high resolution.
TABLE_8 = {0: b"\x00\x00", 350: b"\xe0\x15", 1024: b"\x00\x40", -350: b"\x20\xea", -1024: b"\x00\xc0"}
WARM = b"\x80\xff"  # OUT_ADC3 of ST's worked example: 24.5 degrees


def written(register: int, data: bytes) -> Transaction:
    return ("w", 0x18, bytes([register | 0x80 if len(data) > 1 else register]) + data)


def asked(register: int, answer: bytes) -> Transaction:
    return ("wr", 0x18, bytes([register | 0x80 if len(answer) > 1 else register]), answer)


IDENTITY = asked(0x0F, b"\x33")  # WHO_AM_I
# TEMP_CFG_REG, CTRL_REG1 to CTRL_REG4: both converters on, 100 Hz, block data update and high resolution
SLEEPER = [IDENTITY, written(0x1F, b"\xc0\x57\x00\x00\x88")]
DOWN = written(0x20, b"\x07")
# The same at 400 Hz, high-pass for clicks, click on INT1; CLICK_THS latched with 1504 mg, TIME_LIMIT; CLICK_CFG
WATCHER = [
    IDENTITY,
    written(0x1F, b"\xc0\x77\x04\x80\x80"),
    written(0x3A, b"\xde\x0a\x00\x00"),
    written(0x38, b"\x15"),
]
SETTLED = [asked(0x26, b"\x00"), asked(0x39, b"\x40")]  # REFERENCE; CLICK_SRC, whose click is that of the start


def axes(x: bytes, y: bytes, z: bytes, status: int = 0x0F) -> Transaction:
    return asked(0x27, bytes([status]) + x + y + z)


def adc3(temperature: bytes, status: int = 0x07) -> Transaction:
    return asked(0x07, bytes([status]) + bytes(4) + temperature)


LEVEL = [axes(TABLE_8[0], TABLE_8[0], TABLE_8[1024]), adc3(WARM)]


def measured(
    replaying: MicroPython, traffic: list[Transaction], tilt: dict[str, int] = UPRIGHT, temp: dict[str, int] = OFFSET
) -> Any:
    ((wait, readings),) = measure_on_both(replaying, DRIVER, I2C, traffic, [tilt, temp])
    assert wait in (SLOW_WAKE_MS, None)
    return readings


@pytest.mark.parametrize(
    ("registers", "milli_g"),
    [
        ((TABLE_8[0], TABLE_8[0], TABLE_8[1024]), (0, 0, 1024)),
        ((TABLE_8[350], TABLE_8[-350], TABLE_8[1024]), (350, -350, 1024)),
        ((TABLE_8[-1024], TABLE_8[0], TABLE_8[350]), (-1024, 0, 350)),
    ],
)
def test_accelerations_of_the_application_note(registers: tuple[bytes, ...], milli_g: tuple[int, int, int]) -> None:
    with Tape([*SLEEPER, axes(*registers), adc3(WARM), DOWN]) as tape:
        sensor = Lis3dh(ReplayI2c(tape), {}, {})
        assert drive(sensor) == ([SLOW_WAKE_MS], {"tilt": "!uncalibrated", "temp": "!uncalibrated"})
    assert sensor.raw() == {"tilt.x": milli_g[0], "tilt.y": milli_g[1], "tilt.z": milli_g[2], "temp": 2450}


@pytest.mark.parametrize(("offset", "celsius"), [(0, 24.5), (-50, 24.0), (1325, 37.75)])
def test_temperature_of_sts_example(replaying: MicroPython, offset: int, celsius: float) -> None:
    readings = measured(replaying, [*SLEEPER, *LEVEL, DOWN], temp={"offset": offset})
    assert readings == {"tilt": 0.0, "temp": celsius}


def test_tilt_is_the_angle_from_the_mounted_position(replaying: MicroPython) -> None:
    traffic = [*SLEEPER, axes(TABLE_8[350], TABLE_8[0], TABLE_8[1024]), adc3(WARM), DOWN]
    assert measured(replaying, traffic)["tilt"] == pytest.approx(math.atan(350 / 1024))
    mounted = {"x": -1024, "y": 0, "z": 350}  # lying on its side, and turned by a right angle
    assert measured(replaying, traffic, mounted)["tilt"] == pytest.approx(math.pi / 2)


def test_a_watcher_is_set_up_once_and_tells_knocks(replaying: MicroPython) -> None:
    quiet, hit = asked(0x39, b"\x00"), asked(0x39, b"\x54")  # IA, single click, on Z
    traffic = [*WATCHER, *LEVEL, *SETTLED, *LEVEL, quiet, *LEVEL, hit, *LEVEL, quiet]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [UPRIGHT, OFFSET, 0x18, 1504], rounds=4)
    assert [wait for wait, _ in rounds] == [FAST_WAKE_MS, SAMPLE_MS, SAMPLE_MS, SAMPLE_MS]
    assert [readings["knock"] for _, readings in rounds] == [False, False, True, False]
    assert all(readings["tilt"] == 0 and readings["temp"] == 24 for _, readings in rounds)


def test_a_watcher_that_lost_its_power_is_set_up_anew(replaying: MicroPython) -> None:
    lost = [axes(b"\0\0", b"\0\0", b"\0\0", status=0), adc3(b"\0\0", status=0), asked(0x39, b"\x00")]
    traffic = [*WATCHER, *LEVEL, *SETTLED, *lost, *WATCHER, *LEVEL, *SETTLED]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [UPRIGHT, OFFSET, 0x18, 1504], rounds=3)
    assert rounds[1][1] == {"tilt": "!not-ready", "temp": "!not-ready", "knock": False}
    assert rounds[2][1] == {"tilt": 0.0, "temp": 24.0, "knock": False}


@pytest.mark.parametrize("at", range(5))
def test_silence_at_any_transaction_is_no_answer(replaying: MicroPython, at: int) -> None:
    good = [*SLEEPER, *LEVEL, DOWN]
    assert measured(replaying, [*good[:at], (*good[at][:3], SILENT)]) == "!no-answer"


@pytest.mark.parametrize("at", range(8))
def test_silence_sets_a_watcher_up_anew(replaying: MicroPython, at: int) -> None:
    good = [*WATCHER, *LEVEL, *SETTLED]
    traffic = [*good[:at], (*good[at][:3], SILENT), *good]
    rounds = measure_on_both(replaying, DRIVER, I2C, traffic, [UPRIGHT, OFFSET, 0x18, 1504], rounds=2)
    assert rounds[0][1] == "!no-answer" and rounds[1][1]["tilt"] == 0


def test_another_chip_at_the_address_is_no_answer(replaying: MicroPython) -> None:
    assert measured(replaying, [asked(0x0F, b"\x32")]) == "!no-answer"  # a LIS331DLH


@pytest.mark.parametrize("register", [b"\xf0\x7f", b"\xc0\x7f", b"\x00\x80", b"\x40\x80"])
def test_an_axis_at_the_end_of_its_range_is_saturated(replaying: MicroPython, register: bytes) -> None:
    traffic = [*SLEEPER, axes(register, TABLE_8[0], TABLE_8[0]), adc3(WARM), DOWN]
    assert measured(replaying, traffic) == {"tilt": "!saturated", "temp": 24.0}


@pytest.mark.parametrize(("x", "z"), [(0, 0), (350, 350), (-1024, 1152)])
def test_without_gravity_or_with_more_there_is_no_tilt(replaying: MicroPython, x: int, z: int) -> None:
    registers = [(axis << 4 & 0xFFFF).to_bytes(2, "little") for axis in (x, 0, z)]
    assert measured(replaying, [*SLEEPER, axes(*registers), adc3(WARM), DOWN])["tilt"] == "!out-of-range"


@pytest.mark.parametrize(
    ("register", "temp", "flag"),
    [
        (b"\xc0\x7f", {"offset": 0}, "saturated"),
        (b"\x00\x80", {"offset": 0}, "saturated"),
        (b"\x00\x65", {"offset": 0}, "out-of-range"),  # 126 degrees
        (b"\x00\xb9", {"offset": 0}, "out-of-range"),  # -46 degrees
        (WARM, {}, "uncalibrated"),
    ],
)
def test_a_temperature_that_cannot_be_is_a_fault(
    replaying: MicroPython, register: bytes, temp: dict[str, int], flag: str
) -> None:
    readings = measured(replaying, [*SLEEPER, LEVEL[0], adc3(register), DOWN], temp=temp)
    assert readings == {"tilt": 0.0, "temp": "!" + flag}


@pytest.mark.parametrize("tilt", [{}, {"x": 0, "y": 0}, {"x": 0, "y": 0, "z": 100}])
def test_without_a_mounted_position_there_is_no_tilt(replaying: MicroPython, tilt: dict[str, int]) -> None:
    readings = measured(replaying, [*SLEEPER, *LEVEL, DOWN], tilt)
    assert readings == {"tilt": "!uncalibrated", "temp": 24.0}


@pytest.mark.parametrize("milliradians", [0, 1, 5, 100, 1571, 3000, 3141])
def test_small_and_large_angles_are_precise(milliradians: int) -> None:
    wanted = milliradians / 1000
    turned = (round(1e6 * math.sin(wanted)), 0, round(1e6 * math.cos(wanted)))
    assert angle(turned, (0, 0, 1_000_000)) == pytest.approx(wanted, abs=2e-6)


@given(st.binary(min_size=7, max_size=7), st.binary(min_size=7, max_size=7))
def test_any_registers_are_readings_or_faults(accelerations: bytes, converters: bytes) -> None:
    with Tape([*SLEEPER, asked(0x27, accelerations), asked(0x07, converters), DOWN]) as tape:
        readings = drive(Lis3dh(ReplayI2c(tape), UPRIGHT, OFFSET))[1]
    assert readings["tilt"] in ("!saturated", "!out-of-range", "!not-ready") or 0 <= readings["tilt"] <= math.pi
    assert readings["temp"] in ("!saturated", "!out-of-range", "!not-ready") or -45 <= readings["temp"] <= 125


@pytest.mark.parametrize("knock_mg", [None, 800])
def test_driver_and_model_agree_over_the_range(knock_mg: int | None) -> None:
    degrees, celsius = 0.0, 0.0
    model = Lis3dhModel(
        lambda: (1000 * math.sin(math.radians(degrees)), 0, 1000 * math.cos(math.radians(degrees))), lambda: celsius
    )
    sensor = Lis3dh(SimulatedI2c({0x18: model}), {"x": 0, "y": 0, "z": 1000}, {"offset": 0}, knock_mg=knock_mg)
    for degrees in range(0, 181, 3):
        celsius = degrees / 2 - 20
        readings = drive(sensor)[1]
        assert readings["tilt"] == pytest.approx(math.radians(degrees), abs=0.002)
        assert readings["temp"] == pytest.approx(celsius, abs=0.13)
    assert model.running == (knock_mg is not None)


def test_knocks_and_faults_of_the_model() -> None:
    model = Lis3dhModel(lambda: (0, 0, 1000), lambda: 20)
    sensor = Lis3dh(SimulatedI2c({0x18: model}), {"x": 0, "y": 0, "z": 1000}, {"offset": 0}, knock_mg=800)
    model.hit(2000)  # before anybody listens
    assert drive(sensor)[1]["knock"] is False
    for force, knock in ((799, False), (800, True), (2000, True), (100, False)):
        model.hit(force)
        assert drive(sensor)[1]["knock"] is knock
    assert drive(sensor)[1]["knock"] is False
    model.silent = True
    assert drive(sensor)[1] == "!no-answer"
    model.silent = False
    assert drive(sensor)[1] == {"tilt": 0.0, "temp": 20.0, "knock": False}
    model.power_up()
    assert drive(sensor)[1]["tilt"] == "!not-ready"
    assert drive(sensor)[1]["tilt"] == 0.0
