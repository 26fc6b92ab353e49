"""The replay buses notice every deviation, on both interpreters."""

import pytest

from tests.firmware.sensors.replay_bus import (
    SILENT,
    ReplayAdc,
    ReplayI2c,
    ReplayOneWire,
    ReplayOutput,
    ReplayShift,
    ReplayUart,
    Tape,
)
from tests.support.micropython import MicroPython, MicroPythonError


def test_a_tape_is_played_in_order_and_used_up() -> None:
    with Tape([("power", "set", True), ("wr", 0x48, b"\0", b"\x12\x34"), ("mv", 900), ("power", "set", False)]) as tape:
        power, i2c, adc = ReplayOutput(tape, "power"), ReplayI2c(tape), ReplayAdc(tape)
        power.set(True)
        assert i2c.write_read(0x48, b"\0", 2) == b"\x12\x34"
        assert adc.millivolts() == 900
        power.set(False)


@pytest.mark.parametrize("transactions", [[("w", 1, b"a")], [("w", 2, b"b")], [("r", 2, b"a")], []])
def test_a_deviation_shows_both_sides(transactions: list[tuple[object, ...]]) -> None:
    with pytest.raises(AssertionError, match=r"expected .*, actual \('w', 2, b'a'\)"):
        ReplayI2c(transactions).write(2, b"a")


def test_a_read_of_another_size_is_a_deviation() -> None:
    with pytest.raises(AssertionError, match=r"actual \('r', 2, 3\)"):
        ReplayI2c([("r", 2, b"ab")]).read(2, 3)


def test_what_is_left_over_is_shown() -> None:
    bus = ReplayOneWire([("reset", True), ("w", b"\xcc")])
    assert bus.reset() is True
    with pytest.raises(AssertionError, match="xcc"):
        bus.done()


def test_silence_is_an_oserror_for_every_kind_of_transaction() -> None:
    bus = ReplayI2c([("w", 1, b"a", SILENT), ("r", 1, SILENT), ("wr", 1, b"a", SILENT)])
    with pytest.raises(OSError, match="19"):
        bus.write(1, b"a")
    with pytest.raises(OSError, match="19"):
        bus.read(1, 7)
    with pytest.raises(OSError, match="19"):
        bus.write_read(1, b"a", 7)
    bus.done()


def test_a_line_is_read_in_pieces_of_any_size() -> None:
    line = ReplayUart([("r", b"abc"), ("r", b""), ("r", b"d")])
    assert [line.read(2), line.read(2), line.read(9), line.read(9)] == [b"ab", b"c", b"", b"d"]
    line.done()


def test_bytes_that_nobody_read_are_shown() -> None:
    line = ReplayUart([("r", b"abc")])
    line.read(1)
    with pytest.raises(AssertionError, match="bc"):
        line.done()


def test_a_converter_is_asked_for_its_bits() -> None:
    shift = ReplayShift([("ready", False), ("ready", True), ("bits", 25, 7)])
    assert [shift.ready(), shift.ready(), shift.read(25)] == [False, True, 7]
    shift.done()


def test_the_same_in_micropython(replaying: MicroPython) -> None:
    source = """
        from replay_bus import ReplayI2c
        bus = ReplayI2c([("wr", 1, b"a", b"bc")])
        result = bus.write_read(1, b"a", size)
        bus.done()
        """
    assert replaying.run(source, size=2) == b"bc"
    with pytest.raises(MicroPythonError, match="transaction 0: expected"):
        replaying.run(source, size=3)
