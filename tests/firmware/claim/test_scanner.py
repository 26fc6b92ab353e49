"""The GM861 driver on replayed traffic, and with the simulated reader."""

from binascii import crc_hqx
from typing import Any

import pytest
from civicroot_device.claim.scanner import ATTEMPTS, MIN_CARD_BYTES, READ_MS, REPLY_MS, RETRY_MS, WAKE_MS, Gm861
from civicroot_device.sensors.sensor import BAD_CRC, NO_ANSWER
from civicroot_simulator.gm861 import Gm861Model

from tests.firmware.claim.world import CARD
from tests.firmware.sensors.replay_bus import ReplayUart
from tests.support.micropython import MicroPython

WAKE = bytes.fromhex("7E 00 08 01 00 D9 00 DB 26")  # the manual's
SLEEP = bytes.fromhex("7E 00 08 01 00 D9 A5 3E 69")  # the manual's
DONE = bytes.fromhex("02 00 00 01 00 33 31")  # the manual's
QUIET = ("r", b"")


def setting(address_and_value: str) -> bytes:
    """The command that sets a zone byte, its CRC by CPython's own CRC-CCITT."""
    body = bytes.fromhex("08 01" + address_and_value)
    return b"\x7e\x00" + body + crc_hqx(body, 0).to_bytes(2, "big")


TRIGGER = setting("0002 01")  # the manual's, with a CRC in place of AB CD, which means "do not check"
SETUP = [setting(text) for text in ("000D A0", "0003 02", "0060 01", "0006 32", "0000 D5")]
Traffic = list[tuple[Any, ...]]
STEP_MS = 100


def answered(*commands: bytes) -> Traffic:
    """Each command, and the reply at the next look, on which the following command goes out."""
    found: Traffic = []
    for sent in commands:
        found += [("w", sent), ("r", DONE)]
    return found


READY = [QUIET, ("w", WAKE), QUIET, *answered(*SETUP)]  # up to the reply to the last setting
READY_MS = STEP_MS * (len(SETUP) + 2)


def look(scanner: Gm861, until_ms: int, wanted: bool, from_ms: int = STEP_MS) -> list[bytes]:
    found = []
    for now in range(from_ms, until_ms + 1, STEP_MS):
        card = scanner.poll(now, wanted)
        if card is not None:
            found.append(card)
    return found


def test_it_is_set_up_once_at_the_start_and_sleeps() -> None:
    uart = ReplayUart([*READY, ("w", SLEEP), ("r", DONE), QUIET])
    scanner = Gm861(uart)
    assert look(scanner, READY_MS, wanted=False) == []
    assert (scanner.fault, scanner.busy) == (None, False)
    look(scanner, READY_MS + 2 * STEP_MS, wanted=False, from_ms=READY_MS + STEP_MS)
    uart.done()


def test_a_wanted_card_is_read_and_the_reader_sleeps_again() -> None:
    traffic = [*READY, ("w", TRIGGER), ("r", DONE), QUIET, ("r", CARD + b"\r"), ("w", SLEEP)]
    uart = ReplayUart(traffic)
    scanner = Gm861(uart)
    assert look(scanner, READY_MS + 3 * STEP_MS, wanted=True) == [CARD]
    assert not scanner.busy
    uart.done()


def test_a_card_may_come_in_pieces_right_behind_the_reply() -> None:
    uart = ReplayUart([*READY, ("w", TRIGGER), ("r", DONE + CARD[:9]), ("r", CARD[9:] + b"\r"), ("w", SLEEP)])
    assert look(Gm861(uart), READY_MS + 2 * STEP_MS, wanted=True) == [CARD]
    uart.done()


def test_it_is_triggered_again_when_its_time_to_read_is_over() -> None:
    looks = READ_MS // STEP_MS
    traffic = [*READY, *answered(TRIGGER), *[QUIET] * (looks - 1), QUIET, ("w", TRIGGER), ("r", DONE)]
    uart = ReplayUart(traffic)
    assert look(Gm861(uart), READY_MS + (looks + 2) * STEP_MS, wanted=True) == []
    uart.done()


def test_an_offer_that_ends_puts_it_to_sleep_and_what_comes_then_is_dropped() -> None:
    uart = ReplayUart([*READY, *answered(TRIGGER), ("w", SLEEP), ("r", DONE + CARD + b"\r")])
    scanner = Gm861(uart)
    look(scanner, READY_MS, wanted=True)
    assert look(scanner, READY_MS + 2 * STEP_MS, wanted=False, from_ms=READY_MS + STEP_MS) == []
    assert scanner.refused == 1
    uart.done()


def test_the_next_offer_wakes_it_at_once() -> None:
    end: Traffic = [("w", SLEEP), ("r", DONE)]
    uart = ReplayUart([*READY, ("w", TRIGGER), ("r", DONE + CARD + b"\r"), *end, ("w", WAKE), QUIET])
    scanner = Gm861(uart)
    assert look(scanner, READY_MS + STEP_MS, wanted=True) == [CARD]
    look(scanner, READY_MS + 2 * STEP_MS, wanted=True, from_ms=READY_MS + 2 * STEP_MS)
    uart.read(1)
    uart.done()


@pytest.mark.parametrize("text", [b"8711218972875", b"x" * (MIN_CARD_BYTES - 1)])
def test_an_empty_bottle_is_no_card(text: bytes) -> None:
    uart = ReplayUart([*READY, ("w", TRIGGER), ("r", DONE + text + b"\r"), ("r", CARD + b"\r"), ("w", SLEEP)])
    scanner = Gm861(uart)
    assert look(scanner, READY_MS + 2 * STEP_MS, wanted=True) == [CARD]
    assert scanner.refused == 1
    uart.done()


def test_without_an_answer_it_is_a_fault_and_tried_again_after_a_minute() -> None:
    attempts: Traffic = []
    for _ in range(ATTEMPTS):
        attempts += [("w", SETUP[0]), *[QUIET] * (REPLY_MS // STEP_MS)]
    uart = ReplayUart([QUIET, ("w", WAKE), QUIET, *attempts])
    scanner = Gm861(uart)
    failed_at = STEP_MS + WAKE_MS + ATTEMPTS * REPLY_MS
    look(scanner, failed_at, wanted=False)
    assert (scanner.fault, scanner.busy) == (NO_ANSWER, False)
    uart.done()
    again = ReplayUart(
        [QUIET] * (RETRY_MS // STEP_MS - 1) + [QUIET, ("w", WAKE), QUIET, *answered(*SETUP), ("w", SLEEP)]
    )
    scanner._uart = again
    until = failed_at + RETRY_MS + WAKE_MS + len(SETUP) * STEP_MS
    look(scanner, until, wanted=False, from_ms=failed_at + STEP_MS)
    assert scanner.fault is None
    again.done()


def test_one_lost_reply_is_no_fault() -> None:
    lost = [("w", SETUP[0]), *[QUIET] * (REPLY_MS // STEP_MS)]
    uart = ReplayUart([QUIET, ("w", WAKE), QUIET, *lost, *answered(*SETUP), ("w", SLEEP)])
    scanner = Gm861(uart)
    look(scanner, READY_MS + REPLY_MS, wanted=False)
    assert scanner.fault is None
    uart.done()


@pytest.mark.parametrize("reply", [DONE[:-1] + b"\x30", bytes.fromhex("02 00 00 01 3E E4 AC")])
def test_a_reply_that_is_damaged_or_another_one_is_no_answer(reply: bytes) -> None:
    attempts: Traffic = []
    for _ in range(ATTEMPTS):
        attempts += [("w", SETUP[0]), ("r", reply), *[QUIET] * (REPLY_MS // STEP_MS - 1)]
    uart = ReplayUart([QUIET, ("w", WAKE), QUIET, *attempts])
    scanner = Gm861(uart)
    look(scanner, STEP_MS + WAKE_MS + ATTEMPTS * REPLY_MS, wanted=True)
    assert scanner.fault == (BAD_CRC if reply[-1] == 0x30 else NO_ANSWER)
    uart.done()


def test_a_damaged_reply_of_long_ago_does_not_name_a_later_fault() -> None:
    model = Gm861Model(lambda: None)
    model.noisy = True
    scanner = Gm861(model)
    look(scanner, 3000, wanted=False)
    assert scanner.fault == BAD_CRC
    model.silent = True
    look(scanner, 2 * RETRY_MS, wanted=False, from_ms=3100)
    assert scanner.fault == NO_ANSWER


def test_a_line_that_nobody_asked_for_is_dropped_also_while_it_is_set_up() -> None:
    uart = ReplayUart([QUIET, ("w", WAKE), ("r", CARD + b"\r"), *answered(*SETUP), ("w", SLEEP)])
    scanner = Gm861(uart)
    assert look(scanner, READY_MS, wanted=False) == []
    assert scanner.refused == 1
    uart.done()


def test_a_reader_that_is_unplugged_while_it_reads_is_a_fault() -> None:
    model = Gm861Model(lambda: None)
    scanner = Gm861(model)
    look(scanner, READY_MS + 2 * STEP_MS, wanted=True)
    assert scanner.fault is None
    model.silent = True
    look(scanner, READY_MS + READ_MS + 2 * ATTEMPTS * REPLY_MS, wanted=True, from_ms=READY_MS + 3 * STEP_MS)
    assert scanner.fault == NO_ANSWER
    model.silent = False
    look(scanner, 3 * RETRY_MS, wanted=False, from_ms=RETRY_MS)
    assert scanner.fault is None


def test_the_simulated_reader_behaves_as_the_driver_needs_it() -> None:
    card: list[bytes | None] = [None]
    model = Gm861Model(lambda: card[0])
    scanner = Gm861(model)
    assert look(scanner, 1000, wanted=False) == []
    assert model.asleep and model.zones[0x0D] == 0xA0 and model.zones[0x03] == 0x02
    card[0] = CARD
    assert look(scanner, 3000, wanted=False, from_ms=1100) == []
    assert look(scanner, 5000, wanted=True, from_ms=3100)[:1] == [CARD]
    model.noisy = True
    look(scanner, 10_000, wanted=True, from_ms=5100)
    assert scanner.fault == BAD_CRC


def test_a_card_is_read_on_micropython_from_the_same_traffic(device: MicroPython) -> None:
    script = """
        from civicroot_device.claim.scanner import Gm861
        from replay_bus import ReplayUart
        uart = ReplayUart(traffic)
        scanner = Gm861(uart)
        result = [scanner.poll(now, True) for now in range(100, until + 1, 100)]
        uart.done()
    """
    traffic = [*READY, ("w", TRIGGER), ("r", DONE + CARD[:9]), ("r", CARD[9:] + b"\r"), ("w", SLEEP)]
    found = device.run(script, traffic=traffic, until=READY_MS + 2 * STEP_MS)
    assert found == [None] * (len(found) - 1) + [CARD]
