"""What only a board has at its port, with stand-ins for its modules: the register of frames, and who gets Ctrl-C."""

import os
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from civicroot_device.buses import usb_host
from civicroot_device.provisioning import usb


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The process takes itself for an ESP32; what `micropython` was asked for."""
    asked: list[object] = []
    monkeypatch.setattr(sys, "platform", "esp32")
    monkeypatch.setattr(time, "sleep_ms", asked.append, raising=False)
    monkeypatch.setitem(sys.modules, "micropython", SimpleNamespace(kbd_intr=asked.append))
    return asked


@pytest.mark.parametrize(("chip", "address"), [("ESP32-C3", 0x60043024), ("ESP32-C6", 0x6000F024)])
def test_a_computer_is_seen_in_the_register_of_its_frames(
    monkeypatch: pytest.MonkeyPatch, board: list[object], chip: str, address: int
) -> None:
    memory = {address: 0xFFFF_F800 | 2047}  # the upper bits are nobody's
    monkeypatch.setitem(sys.modules, "machine", SimpleNamespace(mem32=memory))
    host = usb_host.of(SimpleNamespace(wiring=SimpleNamespace(chip=chip)), "/data")  # type: ignore[arg-type]
    memory[address] = 2047
    assert not host.seen()
    memory[address] = 0
    assert host.seen()
    assert not host.seen_within(30)
    assert board == [usb_host.LOOK_MS] * 3


@pytest.mark.parametrize("wiring", [SimpleNamespace(chip="ESP32-S3"), None])
def test_a_chip_without_that_register_sees_none(board: list[object], wiring: SimpleNamespace | None) -> None:
    host = usb_host.of(SimpleNamespace(wiring=wiring), "/data")  # type: ignore[arg-type]
    assert not host.seen_within(20)
    assert board == [usb_host.LOOK_MS] * 2


def test_ctrl_c_is_not_the_ports_while_a_board_is_provisioned(board: list[object]) -> None:
    """Else each frame of a browser would end the program: its type is that byte."""
    usb._ignore_ctrl_c()
    assert board == [-1]


def test_elsewhere_the_interrupt_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, board: list[object]) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    usb._ignore_ctrl_c()
    assert board == []


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of standard input."""
    reads, writes = os.pipe()
    with open(reads, "rb", buffering=0) as end:  # noqa: PTH123 (a descriptor)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=end, fileno=end.fileno))
        yield writes
    os.close(writes)


def test_what_follows_ctrl_c_is_left_to_the_prompt(line: int) -> None:
    port = usb.Port()
    assert port.read() == b""
    os.write(line, b"\r\x03\r\x01print(1)\x04")  # mpremote: interrupt, then the raw prompt
    assert port.read() == b"\r\x03"
    assert os.read(sys.stdin.fileno(), 64) == b"\r\x01print(1)\x04"


def test_no_more_is_read_at_once_than_a_turn_takes(line: int) -> None:
    port = usb.Port()
    os.write(line, b"x" * (usb.MAX_AT_ONCE + 3))
    assert [len(port.read()) for _ in range(3)] == [usb.MAX_AT_ONCE, 3, 0]
