"""Messages of SDI-12 probes: the specification's own CRC examples, and whatever a bad cable makes of a line."""

from collections.abc import Callable
from typing import Any

import pytest
from civicroot_device.errors import SensorFault
from civicroot_device.sensors import sdi12_message as message
from hypothesis import given
from hypothesis import strategies as st

from tests.support.micropython import MicroPython, MicroPythonError

# SDI-12 v1.4 §4.4.12.3, examples a to d: what the sensor answers to a D command after aMC!; and §4.4.8.1: no values.
EXAMPLES = [
    (b"0+3.14OqZ", [(314, 2)]),
    (b"0+3.14+2.718+1.414Ipz", [(314, 2), (2718, 3), (1414, 3)]),
    (b"0+1.11+2.22+3.33+4.44+5.55+6.66I]q", [(111, 2), (222, 2), (333, 2), (444, 2), (555, 2), (666, 2)]),
    (b"0+7.77+8.88+9.99IvW", [(777, 2), (888, 2), (999, 2)]),
    (b"0+3.14+2.718IWO", [(314, 2), (2718, 3)]),
    (b"0AP@", []),
]
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "promise": message.promise,
    "values": message.values,
    "identification": message.identification,
    "response": lambda data: message.response(data, b"0D0!"),
    "checked": lambda data: message.response(data, b"0D0!", True),
}
LINES = st.binary(max_size=90) | st.text("0+-.123Da!\0\r\n@A", max_size=40).map(str.encode)


@pytest.mark.parametrize(("line", "values"), EXAMPLES)
def test_crc_examples_of_the_specification(replaying: MicroPython, line: bytes, values: list[tuple[int, int]]) -> None:
    assert message.crc(line[:-3]) == line[-3:]
    body = message.response(line + b"\r\n", b"0D0!", True)
    assert message.values(body) == values
    assert replaying.call("civicroot_device.sensors.sdi12_message.response", line + b"\r\n", b"0D0!", True) == body
    assert replaying.call("civicroot_device.sensors.sdi12_message.values", body) == values


def test_crc_of_the_catalogue() -> None:
    # CRC-16/ARC of "123456789" is 0xBB3D: four, six and six bits behind 0x40 (§4.4.12.2).
    assert message.crc(b"123456789") == bytes([0x40 | 0xB, 0x40 | 0x2C, 0x40 | 0x3D])


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (b"", []),
        (b"+1", [(1, 0)]),
        (b"-0.5", [(-5, 1)]),
        (b"+1234567", [(1234567, 0)]),
        (b"-.123456", [(-123456, 6)]),
        (b"+12.-3", [(12, 0), (-3, 0)]),
        (b"+0", [(0, 0)]),
    ],
)
def test_numbers_of_the_format(body: bytes, values: list[tuple[int, int]]) -> None:
    assert message.values(body) == values  # §4.4.7: p d…d . d…d


@pytest.mark.parametrize(
    "body", [b"1", b"+", b"+-1", b"+.", b"+1.2.3", b"+12345678", b"+1 ", b"+1e5", b"+0x1", b"+nan", b"++1", b"+1+"]
)
def test_what_is_no_number_is_a_fault(body: bytes) -> None:
    with pytest.raises(SensorFault, match="bad-crc"):
        message.values(body)


def test_the_break_and_the_echo_of_the_command_are_left_out() -> None:
    for noise in (b"", b"\0", b"0D0!", b"\0000D0!", b"\0\0000D0!\0"):
        assert message.response(noise + b"0+3.14OqZ\r\n", b"0D0!", True) == b"+3.14"


@pytest.mark.parametrize(
    ("heard", "flag"),
    [
        (b"", "no-answer"),
        (b"\0", "no-answer"),
        (b"\0000D0!", "no-answer"),  # only ourselves
        (b"0+3.14OqZ", "bad-crc"),  # cut off
        (b"0+3.14OqZ\r", "bad-crc"),
        (b"+3.14OqZ\r\n", "bad-crc"),
        (b"1+3.14OqZ\r\n", "bad-crc"),  # another probe
        (b"0+3.15OqZ\r\n", "bad-crc"),
        (b"0+3.14OqX\r\n", "bad-crc"),
        (b"0OqZ\r\n", "bad-crc"),
        (b"0\r\n", "bad-crc"),
        (b"0+3.\xb14OqZ\r\n", "bad-crc"),  # a parity bit that came through
        (b"0" + b"+1" * 60 + b"\r\n", "bad-crc"),
    ],
)
def test_a_line_that_is_no_answer_is_a_fault(heard: bytes, flag: str) -> None:
    with pytest.raises(SensorFault) as caught:
        message.response(heard, b"0D0!", True)
    assert caught.value.flag == flag


def test_another_address_and_a_line_too_long_are_faults_whatever_their_crc() -> None:
    for body in (b"1+3.14", b"0" + b"+1" * 60):
        with pytest.raises(SensorFault, match="bad-crc"):
            message.response(body + message.crc(body) + b"\r\n", b"0D0!", True)
        with pytest.raises(SensorFault, match="bad-crc"):
            message.response(body + b"\r\n", b"0D0!")


@pytest.mark.parametrize(("body", "found"), [(b"0015", (1, 5)), (b"0000", (0, 0)), (b"9999", (999, 9))])
def test_promise_of_values(body: bytes, found: tuple[int, int]) -> None:
    assert message.promise(body) == found


@pytest.mark.parametrize("body", [b"", b"001", b"00155", b"00a1", b"-011"])
def test_what_is_no_promise_is_a_fault(body: bytes) -> None:
    with pytest.raises(SensorFault, match="bad-crc"):
        message.promise(body)


def test_identification() -> None:
    # §4.4.2: allccccccccmmmmmmvvvxxx…: version of SDI-12, vendor, model, version, and up to 13 characters more.
    body = message.response(b"013NRSYSINC1000001.2101\r\n", b"0I!")
    assert message.identification(body) == {
        "sdi12": "1.3",
        "vendor": "NRSYSINC",
        "model": "100000",
        "version": "1.2",
        "more": "101",
    }
    for wrong in (b"", b"13NRSYSINC1000001.", b"xxNRSYSINC1000001.2"):
        with pytest.raises(SensorFault):
            message.identification(wrong)


def test_service_request() -> None:
    assert message.is_service_request(b"\0005\r\n", b"5")
    for other in (b"", b"5", b"6\r\n", b"5\r\n5\r\n", b"5+1\r\n"):
        assert not message.is_service_request(other, b"5")


@pytest.mark.parametrize("value", ["", "00", "!", "?", "é", "/", ":", "@", "[", "`", "{"])
def test_addresses_that_there_are_not(value: str) -> None:
    with pytest.raises(ValueError):
        message.address(value)
    assert [message.address(good) for good in "09azAZ"] == list("09azAZ")


@pytest.mark.parametrize("parser", sorted(PARSERS))
@given(data=LINES)
def test_no_bytes_crash_a_parser(parser: str, data: bytes) -> None:
    try:
        PARSERS[parser](data)
    except SensorFault as fault:
        assert fault.flag in ("no-answer", "bad-crc", "out-of-range")


@given(data=LINES)
def test_nothing_is_taken_whose_crc_is_wrong(data: bytes) -> None:
    try:
        body = message.response(data, b"0D0!", True)
    except SensorFault:
        return
    assert data.endswith(b"0" + body + message.crc(b"0" + body) + b"\r\n")


@given(place=st.integers(0, 8), bit=st.integers(0, 7))
def test_any_flipped_bit_of_an_answer_is_noticed(place: int, bit: int) -> None:
    line = bytearray(b"0+3.14OqZ")
    line[place] ^= 1 << bit
    with pytest.raises(SensorFault):
        message.response(bytes(line) + b"\r\n", b"0D0!", True)


def test_hostile_lines_in_micropython(replaying: MicroPython) -> None:
    for heard in (b"", b"\xff" * 100, b"0D0!", b"0+1\r\n", b"\r\n", b"0" * 300, bytes(range(256))):
        with pytest.raises(MicroPythonError) as caught:
            replaying.call("civicroot_device.sensors.sdi12_message.response", heard, b"0D0!", True)
        assert caught.value.name == "SensorFault"
