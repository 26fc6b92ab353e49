"""The accelerometer's watch on replayed traffic: registers as the datasheet numbers them."""

import pytest
from civicroot_device.tag.motion_watch import SETTLE_MS, MotionWatch
from replay_bus import SILENT, ReplayI2c, Tape

ADDRESS = 0x19
ARMED = [
    ("w", ADDRESS, b"\x30\x00"),
    ("w", ADDRESS, b"\x9f\x00\x2f\x01\x40\x00\x08\x00"),
    ("w", ADDRESS, b"\xb2\x0d\x03"),
    ("wr", ADDRESS, b"\x26", b"\x00"),
    ("w", ADDRESS, b"\x30\x2a"),
    ("wr", ADDRESS, b"\x31", b"\x00"),
]


def test_it_is_armed_against_its_position_after_the_first_sample() -> None:
    waited: list[int] = []
    with Tape(ARMED) as tape:
        MotionWatch(ReplayI2c(tape), ADDRESS, waited.append).arm()
    assert waited == [SETTLE_MS] and SETTLE_MS > 100  # a sample at 10 Hz


@pytest.mark.parametrize("silent", range(len(ARMED)))
def test_a_chip_that_does_not_answer_is_an_error(silent: int) -> None:
    what = ARMED[silent]
    last = (*what[:3], SILENT)
    with Tape([*ARMED[:silent], last]) as tape, pytest.raises(OSError, match="19"):
        MotionWatch(ReplayI2c(tape), ADDRESS, lambda ms: None).arm()
