"""The e-paper's driver on traffic written from the SSD1681's command table, and on the model."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.display.pictures import page_picture, read
from tests.firmware.display.qr_cases import LONGEST, URL
from tests.firmware.sensors.replay_bus import DEVICE_SIDE, SILENT, Transaction
from tests.support.micropython import MicroPython, MicroPythonError

sys.path.insert(0, str(DEVICE_SIDE))

import display_drive
from civicroot_device.display import ssd1681

PAGE = random.Random(1681).randbytes(5000)
OTHER = bytes(5000)


def command(code: int, *data: bytes) -> list[Transaction]:
    """§6.1.2: dc is low during a command and high during its parameters."""
    sent: list[Transaction] = [("dc", "set", False), ("spi", "w", bytes((code,))), ("dc", "set", True)]
    return sent + [("spi", "w", part) for part in data]


def busy(*levels: bool) -> list[Transaction]:
    return [("busy", "high", level) for level in levels]


def chunks(data: bytes) -> list[bytes]:
    return [data[at : at + 1000] for at in range(0, len(data), 1000)]


WAKE = [("reset", "set", False), ("reset", "set", True), *command(0x12)]
# §9.1, general operation flow: output, entry mode and ranges, border, temperature; memories; update; deep sleep.
SETTINGS = [
    *command(0x01, bytes.fromhex("c70000")),  # 200 gate lines: MUX = 199
    *command(0x11, b"\x03"),  # X and Y increment
    *command(0x44, bytes.fromhex("0018")),  # 25 bytes a line
    *command(0x45, bytes.fromhex("0000c700")),
    *command(0x3C, b"\x05"),
    *command(0x18, b"\x80"),
]
HOME = [*command(0x4E, b"\x00"), *command(0x4F, b"\x00\x00")]
UPDATE = [*command(0x22, b"\xf7"), *command(0x20)]
SLEEP = command(0x10, b"\x01")


def written(page: bytes) -> list[Transaction]:
    return [*HOME, *command(0x24, *chunks(page)), *HOME, *command(0x26, *[bytes(1000)] * 5)]


def shown(page: bytes) -> list[Transaction]:
    """A page with a software reset and a refresh that each are busy for two looks."""
    return [
        *WAKE,
        *busy(True, True, False),
        *SETTINGS,
        *written(page),
        *UPDATE,
        *busy(False, True, True, True, False),
        *SLEEP,
    ]


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        yield process


def replay(device: MicroPython, transactions: list[Transaction], *pages: bytes) -> Any:
    """On both interpreters, which must agree."""
    here = display_drive.replay(transactions, list(pages))
    assert device.call("display_drive.replay", transactions, list(pages)) == here
    return here


def test_a_page_is_the_general_operation_flow_of_the_datasheet(device: MicroPython) -> None:
    flags, waited, longest = replay(device, shown(PAGE), PAGE)
    assert flags == [None]
    # Reset low and high, after the software reset, two looks at its busy, one until busy rises, two of the refresh.
    assert waited == 3 * 10 + 2 * 20 + 20 + 2 * 20
    assert longest <= 50


def test_each_page_begins_with_a_reset_since_deep_sleep_ends_with_nothing_else(device: MicroPython) -> None:
    assert replay(device, shown(PAGE) + shown(OTHER), PAGE, OTHER)[0] == [None, None]


def test_no_panel_is_no_answer_and_is_sent_no_more(device: MicroPython) -> None:
    looks = 1 + ssd1681.BEGIN_MS // ssd1681.POLL_MS
    tape = [*WAKE, *busy(False), *SETTINGS, *written(PAGE), *UPDATE, *busy(*[False] * looks)]
    assert replay(device, tape, PAGE)[0] == ["no-answer"]


def test_a_reset_that_does_not_end_is_not_ready(device: MicroPython) -> None:
    looks = 1 + ssd1681.RESET_LIMIT_MS // ssd1681.POLL_MS
    flags, waited, _ = replay(device, [*WAKE, *busy(*[True] * looks)], PAGE)
    assert flags == ["not-ready"]
    assert waited <= 30 + ssd1681.RESET_LIMIT_MS


def test_a_refresh_that_does_not_end_is_not_ready_and_the_next_page_works(device: MicroPython) -> None:
    looks = 1 + ssd1681.REFRESH_LIMIT_MS // ssd1681.POLL_MS
    failed = [*WAKE, *busy(False), *SETTINGS, *written(PAGE), *UPDATE, *busy(True), *busy(*[True] * looks)]
    flags, waited, longest = replay(device, failed + shown(OTHER), PAGE, OTHER)
    assert flags == ["not-ready", None]
    assert waited >= ssd1681.REFRESH_LIMIT_MS and longest <= 50


def test_a_bus_that_fails_is_an_oserror(device: MicroPython) -> None:
    tape = [("reset", "set", False), ("reset", "set", True), ("dc", "set", False), ("spi", "w", b"\x12", SILENT)]
    with pytest.raises(OSError, match="19"):
        display_drive.replay(tape, [PAGE])
    with pytest.raises(MicroPythonError) as caught:
        device.call("display_drive.replay", tape, [PAGE])
    assert caught.value.name == "OSError"


@pytest.mark.parametrize("size", [0, 4999, 5001])
def test_a_page_of_another_size_is_refused_before_the_panel_wakes(size: int) -> None:
    with pytest.raises(ValueError, match="5000"):
        display_drive.replay([], [bytes(size)])


def test_the_model_shows_what_is_drawn_and_recovers(device: MicroPython) -> None:
    pages, switches = [PAGE, OTHER, OTHER, PAGE], ["", "silent", "stuck", ""]
    here = display_drive.simulate(pages, switches)
    assert here == device.call("display_drive.simulate", pages, switches)
    assert [flag for flag, _, _ in here] == [None, "no-answer", "not-ready", None]
    assert [picture for _, picture, _ in here] == [PAGE, PAGE, OTHER, PAGE]
    assert here[0][2] and here[3][2], "asleep after a page"


def test_a_claim_drawn_and_sent_by_the_device_is_read_off_the_panel(device: MicroPython, tmp_path: Path) -> None:
    source = """
    import asyncio
    from civicroot_device.display import page
    from display_drive import simulate
    drawn = asyncio.run(page.claim(url, digits, 1240, "Bin 12", 90, "ko"))
    result = simulate([drawn], [""])[0]
    """
    flag, picture, asleep = device.run(source, url=URL, digits=LONGEST)
    assert flag is None and asleep
    assert read(page_picture(picture).resize((600, 600)), tmp_path) == URL + LONGEST


def test_the_models_picture_can_be_looked_at(device: MicroPython, tmp_path: Path) -> None:
    device.call("display_drive.pbm", PAGE, str(tmp_path / "page.pbm"))
    header, pixels = (tmp_path / "page.pbm").read_bytes().split(b"200 200\n")
    assert header == b"P4\n"
    assert bytes(byte ^ 0xFF for byte in pixels) == PAGE
    assert page_picture(PAGE).size == (200, 200)
