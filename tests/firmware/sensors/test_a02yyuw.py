"""A02YYUW: DFRobot SEN0311's own example frame, and everything that a noisy line makes of frames."""

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors.a02yyuw import CHUNK, FRAME_MS, MAX_STALE, A02yyuw, newest
from civicroot_simulator.a02yyuw import A02yyuwModel
from hypothesis import example, given
from hypothesis import strategies as st

from tests.firmware.sensors.replay_bus import ReplayUart, Transaction, drive, measure_on_both
from tests.support.micropython import MicroPython

DRIVER = ("a02yyuw", "A02yyuw")
LINE = [("uart", "")]
BIN = {"empty": 2000, "full": 400}
EXAMPLE = b"\xff\x07\xa1\xa7"  # SEN0311, "UART Output": 1953 mm


def frame(mm: int) -> bytes:
    body = b"\xff" + mm.to_bytes(2, "big")
    return body + bytes([sum(body) & 0xFF])


def said(replaying: MicroPython, arrived: bytes, calibration: dict[str, int] = BIN) -> object:
    traffic: list[Transaction] = [("r", b""), ("r", arrived)]
    ((wait, readings),) = measure_on_both(replaying, DRIVER, LINE, traffic, [calibration])
    assert wait == FRAME_MS
    return readings


def test_the_example_of_the_datasheet(replaying: MicroPython) -> None:
    assert newest(EXAMPLE) == 1953 and frame(1953) == EXAMPLE
    assert said(replaying, EXAMPLE) == {"fill": 47 / 1600}


@pytest.mark.parametrize(("mm", "share"), [(2000, 0.0), (1200, 0.5), (400, 1.0), (30, 1.0), (2160, 0.0)])
def test_shares(replaying: MicroPython, mm: int, share: float) -> None:
    assert said(replaying, frame(mm)) == {"fill": share}


def test_what_arrived_before_is_dropped(replaying: MicroPython) -> None:
    traffic: list[Transaction] = [("r", frame(100) * 4), ("r", b""), ("r", frame(1200))]
    assert measure_on_both(replaying, DRIVER, LINE, traffic, [BIN]) == [(FRAME_MS, {"fill": 0.5})]


def test_a_line_that_never_ends_does_not_hold_up_the_start() -> None:
    line = ReplayUart([("r", bytes(CHUNK))] * (MAX_STALE // CHUNK))
    A02yyuw(line, BIN).start()
    line.done()


def test_of_several_frames_the_newest_counts(replaying: MicroPython) -> None:
    assert said(replaying, frame(400) + frame(800) + frame(1200)) == {"fill": 0.5}


def test_a_stream_may_begin_and_end_inside_a_frame(replaying: MicroPython) -> None:
    assert said(replaying, frame(400)[2:] + frame(1200) + frame(400)[:3]) == {"fill": 0.5}


def test_a_bad_frame_between_good_ones_is_passed_over(replaying: MicroPython) -> None:
    assert said(replaying, frame(400) + b"\xff\x04\xb0\x00" + frame(1200)) == {"fill": 0.5}


def test_a_header_byte_may_be_data(replaying: MicroPython) -> None:
    assert newest(frame(255)) == 255  # FF 00 FF FE
    assert said(replaying, frame(511), {"empty": 1022, "full": 0}) == {"fill": 0.5}


@pytest.mark.parametrize(
    ("flag", "arrived"),
    [
        ("no-answer", b""),
        ("not-ready", EXAMPLE[:3]),
        ("not-ready", b"\x07\xa1\xa7"),
        ("bad-crc", b"\xff\x07\xa1\xa8"),
        ("bad-crc", b"\xff\x07\xa0\xa7"),
        ("out-of-range", frame(0)),  # no echo
        ("out-of-range", frame(29)),
        ("out-of-range", frame(4501)),
        ("out-of-range", frame(2161)),  # beyond the bottom
    ],
)
def test_a_reading_that_failed_is_a_fault(replaying: MicroPython, flag: str, arrived: bytes) -> None:
    assert said(replaying, arrived) == "!" + flag


def test_uncalibrated_it_still_tells_the_distance_for_a_calibration(replaying: MicroPython) -> None:
    assert said(replaying, EXAMPLE, {}) == "!uncalibrated"
    sensor = A02yyuw(ReplayUart([("r", b""), ("r", EXAMPLE), ("r", b""), ("r", b"")]), {})
    drive(sensor)
    assert sensor.raw() == {"fill": 1953}
    drive(sensor)
    assert sensor.raw() == {}


@given(st.lists(st.one_of(st.binary(max_size=9), st.integers(0, 0xFFFF).map(frame)), max_size=6).map(b"".join))
@example(b"\xff\xff\xff\xff\xff")
def test_any_bytes_are_a_checked_distance_or_a_fault(data: bytes) -> None:
    try:
        mm = newest(data)
    except SensorFault as fault:
        assert fault.flag == "bad-crc"
        mm = None
    good = [
        data[at + 1 : at + 3] for at in range(len(data) - 3) if data[at] == 255 and frame_is_good(data[at : at + 4])
    ]
    assert (mm is None) == (not good)
    assert mm is None or mm.to_bytes(2, "big") in good


def frame_is_good(four: bytes) -> bool:
    return sum(four[:3]) % 256 == four[3]


@given(st.integers(0, 0xFFFF), st.integers(0, 3), st.integers(1, 255))
def test_no_distance_with_a_wrong_check_sum(mm: int, at: int, change: int) -> None:
    bad = bytearray(frame(mm))
    bad[at] ^= change
    try:
        assert newest(bytes(bad)) is None
    except SensorFault as fault:
        assert fault.flag == "bad-crc"


def test_driver_and_model_agree_over_the_range() -> None:
    distance = 0.0
    sensor = A02yyuw(A02yyuwModel(lambda: distance), BIN)
    for mm in range(30, 4501, 30):
        distance = mm
        share = min(1.0, max(0.0, (2000 - mm) / 1600))
        assert drive(sensor) == ([FRAME_MS], {"fill": share} if mm <= 2160 else "!out-of-range")


def test_faults_of_the_model() -> None:
    model = A02yyuwModel(lambda: 1200)
    sensor = A02yyuw(model, BIN)
    model.silent = True
    assert drive(sensor)[1] == "!no-answer"
    model.silent = False
    assert drive(sensor)[1] == {"fill": 0.5}
    model.bad_sum = True
    assert drive(sensor)[1] == "!bad-crc"
