"""Improv-Serial: the frames of the public specification, and whatever else comes on the line."""

import json

import pytest
from civicroot_device.provisioning import improv, stream
from civicroot_device.provisioning.improv import ImprovError
from civicroot_device.provisioning.stream import FRAME, INTERRUPT, LINE, LONG, MAX_LINE, Stream
from hypothesis import given
from hypothesis import strategies as st

# improv-wifi.com/serial, "RPC Command: Send Wi-Fi settings": its example, in a packet as "Packet format" has it.
WIFI = bytes.fromhex("01 1e 0c") + b"MyWirelessAP" + bytes.fromhex("10") + b"mysecurepassword"
WIFI_FRAME = b"IMPROV\x01\x03\x20" + WIFI
WIFI_FRAME += bytes([sum(WIFI_FRAME) % 256])
# "Request current state" and "Request device information": a command and no data; the sums by hand:
# IMPROV is 73+77+80+82+79+86 = 477, version 1, type 3, length 2, command 2 or 3, length 0: 485 and 486, less 256.
STATE_FRAME = b"IMPROV\x01\x03\x02\x02\x00\xe5"
INFO_FRAME = b"IMPROV\x01\x03\x02\x03\x00\xe6"


def test_the_frames_of_the_specification_are_read() -> None:
    kind, data = improv.decode(WIFI_FRAME)
    assert (kind, improv.command(data)) == (improv.COMMAND, (improv.SET_WIFI, WIFI[2:]))
    assert improv.wifi(improv.command(data)[1]) == ("MyWirelessAP", "mysecurepassword")
    assert improv.command(improv.decode(STATE_FRAME)[1]) == (improv.GET_STATE, b"")
    assert improv.command(improv.decode(INFO_FRAME)[1]) == (improv.GET_INFO, b"")


def test_the_frames_of_the_specification_are_written() -> None:
    assert improv.state(improv.PROVISIONED) == b"IMPROV\x01\x01\x01\x04\xe4\n"  # 477+1+1+1+4 = 484
    assert improv.error(improv.UNABLE) == b"IMPROV\x01\x02\x01\x03\xe4\n"  # 477+1+2+1+3 = 484
    # The specification's example of device information.
    strings = ("ESPHome", "2021.11.0", "esp32-s3-devkitc-1/esp32-s3", "Temperature Monitor")
    content = b"".join(bytes([len(text)]) + text.encode() for text in strings)
    body = b"IMPROV\x01\x04" + bytes([len(content) + 2, 3, len(content)]) + content
    assert improv.result(improv.GET_INFO, strings) == body + bytes([sum(body) % 256]) + b"\n"
    assert improv.result(improv.SCAN, ()) == b"IMPROV\x01\x04\x02\x04\x00\xe8\n"  # 477+1+4+2+4 = 488


@pytest.mark.parametrize("at", range(len(WIFI_FRAME)))
def test_a_frame_with_one_changed_byte_is_refused(at: int) -> None:
    frame = bytearray(WIFI_FRAME)
    frame[at] ^= 1
    with pytest.raises(ImprovError) as caught:
        improv.decode(bytes(frame))
    assert caught.value.code == improv.INVALID


@given(st.binary(max_size=255))
def test_any_data_travels_in_a_frame(data: bytes) -> None:
    frame = improv.encode(improv.COMMAND, data)
    assert improv.decode(frame[:-1]) == (improv.COMMAND, data)
    assert Stream().feed(frame) == [(FRAME, frame[:-1])]


@given(st.binary(max_size=80))
def test_any_content_is_a_network_or_refused(content: bytes) -> None:
    for read in (improv.wifi, improv.command, improv.decode):
        try:
            read(content)
        except ImprovError as error:
            assert error.code == improv.INVALID


@given(
    st.lists(st.one_of(st.just(WIFI_FRAME + b"\n"), st.just(STATE_FRAME), st.just(b'{"id":1}\r\n'))),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_lines_and_frames_are_told_apart_however_they_are_cut(items: list[bytes], cuts: list[int]) -> None:
    whole, found, at, turn = b"".join(items), [], 0, 0
    reader = Stream()
    while at < len(whole):
        size = cuts[turn % len(cuts)]
        found += reader.feed(whole[at : at + size])
        at, turn = at + size, turn + 1
    expected = [(LINE, b'{"id":1}') if item.startswith(b"{") else (FRAME, item[:-1] if item.endswith(b"\n") else item)
                for item in items]  # fmt: skip
    assert found == expected


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes_are_cut_into_pieces_and_memory_stays_bounded(pieces: list[bytes]) -> None:
    reader = Stream()
    for piece in pieces:
        for kind, data in reader.feed(piece):
            assert kind in (LINE, FRAME, LONG, INTERRUPT) and len(data) <= MAX_LINE
        assert len(reader._buffer) <= MAX_LINE


def test_a_line_that_is_too_long_is_said_once_and_the_next_one_is_read() -> None:
    reader = Stream()
    found = [item for _ in range(20) for item in reader.feed(b"x" * 500)]
    assert found == [(LONG, b"")]
    assert reader.feed(b"x\n{}\n") == [(LINE, b"{}")]
    assert stream.MAX_LINE < 500 * 20


@given(st.text(max_size=30), st.binary(max_size=60))
def test_ctrl_c_is_told_from_the_same_byte_within_a_frame(text: str, data: bytes) -> None:
    begun = json.dumps({"label": text + "IMPROVEMENT"}).encode()
    frame = improv.encode(improv.COMMAND, data)[:-1]
    assert Stream().feed(begun + frame) == [(LINE, begun), (FRAME, frame)]
    assert Stream().feed(begun + b"\x03" + frame) == [(LINE, begun), (INTERRUPT, b""), (FRAME, frame)]
    assert Stream().feed(begun + b"\n\r\x03\x03") == [(LINE, begun), (INTERRUPT, b""), (INTERRUPT, b"")]
    # However slowly it comes.
    reader = Stream()
    assert [item for byte in begun + frame for item in reader.feed(bytes([byte]))] == [(LINE, begun), (FRAME, frame)]


def test_ctrl_c_ends_a_line_that_was_too_long() -> None:
    reader = Stream()
    assert reader.feed(b"x" * 5000 + b"\x03{}\n") == [(LONG, b""), (INTERRUPT, b""), (LINE, b"{}")]
    assert [item for _ in range(10) for item in reader.feed(b"x" * 500)] == [(LONG, b"")]
    assert reader.feed(b"x\x03{}\n") == [(INTERRUPT, b""), (LINE, b"{}")]
