"""The serial line of a GM861, from its manual's examples and from what one was recorded to say."""

from binascii import crc_hqx

import pytest
from civicroot_device.claim.gm861_serial import GAP_MS, LINE, READ, REPLY, WRITE, Reader, command, crc
from hypothesis import given
from hypothesis import strategies as st

from tests.support.micropython import MicroPython

# The manual's examples of commands: reading and writing zone byte 0x000A, the baud rate, and the special byte 0x00D9.
COMMANDS = [
    (READ, 0x000A, "01", "7E 00 07 01 00 0A 01 EE 8A"),
    (WRITE, 0x000A, "3E", "7E 00 08 01 00 0A 3E 4C CF"),
    (READ, 0x002A, "02", "7E 00 07 01 00 2A 02 D8 0F"),
    (WRITE, 0x002A, "39 01", "7E 00 08 02 00 2A 39 01 A7 EA"),
    (WRITE, 0x00D9, "55", "7E 00 08 01 00 D9 55 D1 76"),
    (WRITE, 0x00D9, "A5", "7E 00 08 01 00 D9 A5 3E 69"),
    (WRITE, 0x00D9, "00", "7E 00 08 01 00 D9 00 DB 26"),
    (0x09, 0x0000, "00", "7E 00 09 01 00 00 00 DE C8"),
    (0x0A, 0x0000, "00", "7E 00 0A 01 00 00 00 30 1A"),
]
# Its examples of replies: done; zone byte 0x000A; the baud rate.
DONE = "02 00 00 01 00 33 31"
REPLIES = [(DONE, "00"), ("02 00 00 01 3E E4 AC", "3E"), ("02 00 00 02 39 01 C1 4C", "39 01")]
# All 98 zone bytes of a GM861 as delivered, but for its output (recorded in the discussion arendst/Tasmota 18399).
ZONES = (
    "02 00 00 62 D6 00 20 01 00 0A 32 01 2C 00 87 3C 01 A0 1C 32 03 00 80 00 06 00 00 00 00 00 00 00 00 00 00 00 00 02 "
    "80 3C 00 00 00 06 00 00 39 01 05 64 0D 0D 0D 01 0D 01 04 80 09 04 80 05 04 80 01 04 80 01 08 04 80 08 04 80 08 04 "
    "80 08 04 80 08 01 80 00 00 00 04 80 01 01 00 00 00 00 04 80 00 00 03 00 01 00 2D 9E"
)
BOTTLE = b"8711218972875"  # the bar code of that recording: 38 37 31 31 32 31 38 39 37 32 38 37 35 0D


def feed(data: bytes, longest: int = 256) -> list[tuple[str, bytes]]:
    return Reader(longest).feed(data, 0)


@pytest.mark.parametrize(("kind", "address", "data", "encoded"), COMMANDS)
def test_commands_are_the_manuals(kind: int, address: int, data: str, encoded: str) -> None:
    made = command(WRITE if kind > READ else READ, address, bytes.fromhex(data))
    if kind in (READ, WRITE):
        assert made == bytes.fromhex(encoded)
    assert crc(bytes.fromhex(encoded)[2:-2]) == int.from_bytes(bytes.fromhex(encoded)[-2:], "big")


@given(st.binary(max_size=120))
def test_the_crc_is_the_one_of_cpython(data: bytes) -> None:
    assert crc(data) == crc_hqx(data, 0)


@pytest.mark.parametrize(("encoded", "data"), REPLIES)
def test_replies_are_read(encoded: str, data: str) -> None:
    assert feed(bytes.fromhex(encoded)) == [(REPLY, bytes.fromhex(data))]


def test_the_recorded_reply_with_all_zone_bytes_is_read() -> None:
    ((kind, zones),) = feed(bytes.fromhex(ZONES))
    assert (kind, len(zones)) == (REPLY, 98)
    assert (zones[0x00], zones[0x06], zones[0x0D], zones[0x2A], zones[0x60]) == (0xD6, 50, 0xA0, 0x39, 0x01)


def test_a_scanned_code_is_a_line_behind_the_reply_to_its_trigger() -> None:
    assert feed(bytes.fromhex(DONE) + BOTTLE + b"\r") == [(REPLY, b"\x00"), (LINE, BOTTLE)]


def test_bytes_may_come_one_by_one() -> None:
    reader = Reader(256)
    found = []
    for byte in bytes.fromhex(DONE) + BOTTLE + b"\r\n":
        found += reader.feed(bytes([byte]), 0)
    assert found == [(REPLY, b"\x00"), (LINE, BOTTLE)]


@pytest.mark.parametrize("bit", range(16, 56))
def test_a_reply_with_a_changed_bit_is_none(bit: int) -> None:
    reply = bytearray(bytes.fromhex(DONE))
    reply[bit // 8] ^= 1 << bit % 8
    assert [event for event in feed(bytes(reply)) if event[0] == REPLY] == []


def test_a_reply_that_is_no_success_is_none() -> None:
    body = bytes.fromhex("01 01 00")
    assert feed(b"\x02\x00" + body + crc_hqx(body, 0).to_bytes(2, "big") + BOTTLE + b"\r") == [(LINE, BOTTLE)]


def test_a_wrong_crc_is_counted() -> None:
    reader = Reader(256)
    assert reader.feed(bytes.fromhex("02 00 00 01 00 33 30") + BOTTLE + b"\r", 0) == [(LINE, BOTTLE)]
    assert reader.bad_crc == 1


def test_a_half_line_before_a_silence_does_not_begin_the_next_one() -> None:
    reader = Reader(256)
    assert reader.feed(BOTTLE[:5], 1000) == []
    assert reader.feed(BOTTLE + b"\r", 1000 + GAP_MS + 1) == [(LINE, BOTTLE)]
    assert reader.feed(BOTTLE[:5], 5000) == []
    assert reader.feed(BOTTLE[5:] + b"\r", 5000 + GAP_MS) == [(LINE, BOTTLE)]


def test_a_half_line_before_a_reply_is_dropped() -> None:
    assert feed(BOTTLE[:5] + bytes.fromhex(DONE) + BOTTLE + b"\r") == [(REPLY, b"\x00"), (LINE, BOTTLE)]


def test_half_a_reply_before_a_silence_does_not_swallow_a_line() -> None:
    reader = Reader(256)
    assert reader.feed(bytes.fromhex(DONE)[:5], 0) == []
    assert reader.feed(BOTTLE + b"\r", GAP_MS + 1) == [(LINE, BOTTLE)]


@pytest.mark.parametrize(
    "noise", [b"\x00", b"\xff\xfe", "ü".encode(), b"\x1b[A", b"\x02\x05", b"\x02A", b"\x02\x00\x00\xff"]
)
def test_noise_spoils_its_line_and_no_other(noise: bytes) -> None:
    reader = Reader(256)
    assert reader.feed(b"12" + noise + b"34\r" + BOTTLE + b"\r", 0) == [(LINE, BOTTLE)]
    assert reader.noise > 0


def test_noise_just_before_a_reply_does_not_hide_it() -> None:
    assert feed(b"\x02" + bytes.fromhex(DONE)) == [(REPLY, b"\x00")]


def test_a_line_that_is_too_long_is_dropped_whole_and_counted() -> None:
    reader = Reader(16)
    assert reader.feed(b"x" * 16 + b"\r" + b"y" * 17 + b"\r" + b"z\r", 0) == [(LINE, b"x" * 16), (LINE, b"z")]
    assert reader.long == 1


def test_empty_lines_are_nothing() -> None:
    assert feed(b"\r\n\r\n") == []


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_no_rubbish_breaks_the_reader_and_a_line_after_a_silence_always_arrives(chunks: list[bytes]) -> None:
    reader = Reader(64)
    now = 0
    for chunk in chunks:
        now += 10
        for kind, content in reader.feed(chunk, now):
            assert kind == REPLY or (len(content) <= 64 and content.isascii())
    assert reader.feed(BOTTLE + b"\r", now + GAP_MS + 1) == [(LINE, BOTTLE)]


def test_the_line_is_taken_apart_on_micropython_too(device: MicroPython) -> None:
    script = """
        from civicroot_device.claim.gm861_serial import Reader, WRITE, command
        reader = Reader(256)
        result = [reader.feed(data, 0), reader.noise, command(WRITE, 0x0A, b"\\x3e")]
    """
    data = b"\x00\r" + bytes.fromhex(ZONES) + BOTTLE + b"\r"
    expected = [[(REPLY, bytes.fromhex(ZONES)[4:-2]), (LINE, BOTTLE)], 1, bytes.fromhex(COMMANDS[1][3])]
    assert device.run(script, data=data) == expected
