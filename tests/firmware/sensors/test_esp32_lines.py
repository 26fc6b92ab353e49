"""The ESP32's buses on stand-ins for its modules: which calls they make. What a pin does then, only a board shows."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from civicroot_device.buses import esp32
from civicroot_device.sensors.hx711 import PULSES
from civicroot_device.wiring_lines import LINES

from tests.firmware.sensors.replay_bus import DEVICE_SIDE
from tests.support.micropython import MicroPython, MicroPythonError


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    """A process of its own, because it hides real modules."""
    with MicroPython([DEVICE_SIDE]) as device:
        device.run("import fake_esp32\nfake_esp32.install()")
        yield device


def used(
    board: MicroPython,
    kind: str,
    options: dict[str, Any],
    *calls: tuple[Any, ...],
    answers: dict[str, Any] | None = None,
) -> tuple[list[Any], list[Any]]:
    log, returned = board.call(
        "fake_esp32.used", kind, options, [(name, list(arguments)) for name, *arguments in calls], answers or {}
    )
    return [entry for entry in log if entry[0] not in ("pin", "made")], returned


def test_every_type_of_line_takes_what_a_board_file_gives() -> None:
    assert esp32.LINES.keys() == LINES.keys()
    for kind, (pins, options) in LINES.items():
        assert set(inspect.signature(esp32.LINES[kind]).parameters) == {*pins, *options}


def test_i2c_addresses_a_register_in_one_transaction(board: MicroPython) -> None:
    log, returned = used(
        board,
        "i2c",
        {"scl": 9, "sda": 8},
        ("write", 0x29, b"\x00\x86\x01"),
        ("read", 0x44, 6),
        ("write_read", 0x18, b"\xa7", 7),
        ("write_read", 0x29, b"\x01\x0f", 2),
        ("write_read", 0x29, b"12345", 2),
        answers={"readfrom": b"read", "readfrom_mem": b"register"},
    )
    assert log == [
        ("writeto", 0x29, b"\x00\x86\x01", {}),
        ("readfrom", 0x44, 6, {}),
        ("readfrom_mem", 0x18, 0xA7, 7, {"addrsize": 8}),
        ("readfrom_mem", 0x29, 0x010F, 2, {"addrsize": 16}),
        ("writeto", 0x29, b"12345", False, {}),
        ("readfrom", 0x29, 2, {}),
    ]
    assert returned == [None, b"read", b"register", b"register", b"read"]


def test_a_serial_line_gives_what_is_there_and_never_waits(board: MicroPython) -> None:
    pins = {"tx": 17, "rx": 18}
    assert used(board, "uart", pins, ("read", 64), answers={"any": 0}) == ([("any", {})], [b""])
    log, returned = used(board, "uart", pins, ("read", 64), answers={"any": 4, "read": b"\xff\x07\xa1\xa7"})
    assert log == [("any", {}), ("read", 4, {})] and returned == [b"\xff\x07\xa1\xa7"]
    log, returned = used(board, "uart", pins, ("read", 2), ("write", b"a"), answers={"any": 4, "read": None})
    assert log == [("any", {}), ("read", 2, {}), ("write", b"a", {})] and returned == [b"", None]


def test_sdi12_talks_while_the_direction_is_high_and_gives_the_line_back(board: MicroPython) -> None:
    pins = {"tx": 4, "rx": 5, "direction": 6}
    log, _ = used(board, "sdi12", pins, ("send_break",), ("write", b"0M!"), ("read", 9), answers={"any": 0})
    assert log == [
        ("set", 6, 1),
        ("sendbreak", {}),
        ("slept", 9000),
        ("set", 6, 1),
        ("write", b"0M!", {}),
        ("flush", {}),
        ("set", 6, 0),
        ("any", {}),
    ]


def test_spi_selects_the_chip_only_while_it_writes(board: MicroPython) -> None:
    pins = {"sck": 12, "mosi": 11, "cs": 10}
    log, _ = used(board, "spi", pins, ("write", b"\x12"))
    assert log == [("set", 10, 0), ("write", b"\x12", {}), ("set", 10, 1)]
    log, errno = board.call("fake_esp32.failed", "spi", pins, "write", [b"\x12"], 5)
    assert errno == 5 and log[-1] == ("set", 10, 1)


def test_single_pins(board: MicroPython) -> None:
    assert used(board, "output", {"pin": 13}, ("set", True), ("set", False))[0] == [("set", 13, 1), ("set", 13, 0)]
    assert used(board, "input", {"pin": 6}, ("high",))[1] == [True]
    assert used(board, "adc", {"pin": 1}, ("millivolts",), answers={"read_uv": 1_234_999})[1] == [1234]


def test_pull_up_and_first_level_of_pins(board: MicroPython) -> None:
    for kind, options, made in (
        ("input", {"pin": 6}, ("pin", 6, 1, 2, None)),
        ("input", {"pin": 6, "pull_up": False}, ("pin", 6, 1, -1, None)),
        ("output", {"pin": 14, "high": True}, ("pin", 14, 3, -1, 1)),
        ("output", {"pin": 14}, ("pin", 14, 3, -1, 0)),
    ):
        assert board.call("fake_esp32.used", kind, options, [], {})[0] == [made]


def test_onewire_uses_the_ports_module(board: MicroPython) -> None:
    log, returned = used(
        board, "onewire", {"pin": 4}, ("reset",), ("write", b"\xcc\x44"), ("read", 2), answers={"reset": True}
    )
    assert log == [("reset", {}), ("write", b"\xcc\x44", {}), ("readinto", bytes(2), {})]
    assert returned == [True, None, bytes(2)]


def test_pixels_make_their_chain_once(board: MicroPython) -> None:
    red, dark = (255, 0, 0), (0, 0, 0)
    log, _ = used(board, "pixels", {"pin": 7}, ("write", [red, dark]), ("write", [dark, dark]), ("write", [red]))
    assert log == [("chain", 7, 2), ("shown", [red, dark]), ("shown", [dark, dark]), ("chain", 7, 1), ("shown", [red])]


@pytest.mark.parametrize("code", [0, 1, 0x800000, 0x7FFFFF, 0xFFFFFF, 0xA5C33C])
def test_shift_reads_bits_with_interrupts_off_in_each_pulse(board: MicroPython, code: int) -> None:
    word, interrupts_off, still_off = board.call("fake_esp32.shifted", code)
    assert word == code << 1 | 1
    assert interrupts_off == [True] * PULSES and still_off is False


def test_a_pulse_that_could_have_put_the_converter_to_sleep_is_an_error(board: MicroPython) -> None:
    with pytest.raises(MicroPythonError, match=r"110|116|ETIMEDOUT"):
        board.call("fake_esp32.shifted", 5, 20)  # three calls of 20 µs in a pulse


def test_shift_sleeps_with_the_clock_high(board: MicroPython) -> None:
    log, _ = used(board, "shift", {"clock": 5, "data": 4}, ("sleep",), ("wake",))
    assert log == [("set", 5, 1), ("slept", 80), ("set", 5, 0)]
