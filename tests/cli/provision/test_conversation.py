"""The laptop's side of the line: whatever comes, an answer is found in it or nobody is there."""

import contextlib
import json

import pytest
from civicroot_cli.provision.conversation import Conversation, parse
from civicroot_cli.provision.errors import DeviceRefused, Unplugged
from civicroot_cli.provision.waits import Waits
from hypothesis import given, settings
from hypothesis import strategies as st


class Said:
    """A line on which these pieces come, one at each read; time passes with each."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.written = b""
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def read(self, _seconds: float) -> bytes:
        self.now += 0.5
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, data: bytes) -> None:
        self.written += data


def talk(*pieces: bytes) -> Conversation:
    line = Said(*pieces)
    return Conversation(line, line.clock)


def test_an_answer_is_found_between_logs_other_answers_and_pieces() -> None:
    seen: list[object] = []
    found = talk(
        b'started: kid 00\n{"log": "x"}\n{"id": 7, "ok": {"a": 1}}\n{"id": 1, "pro',
        b'gress": {"part": "lid", "found": true}}\n[1]\n\xff\xfe\n',
        b'{"id": 1, "ok": {"b": 2}}\n',
    ).ask("info", progress=lambda part, what: seen.append((part, what)))
    assert (found, seen) == ({"b": 2}, [("lid", True)])


def test_an_error_has_the_devices_own_name() -> None:
    with pytest.raises(DeviceRefused) as caught:
        talk(b'{"id": 1, "error": "value", "detail": "realm: no"}\n').ask("set_realm", realm="no")
    assert (caught.value.name, str(caught.value)) == ("value", "the device refuses: value: realm: no")


def test_a_request_is_one_line_with_its_id() -> None:
    line = Said(b'{"id": 1, "ok": {}}\n')
    Conversation(line, line.clock).ask("set_wifi", ssid="a\nb", password="\u0000")
    assert line.written.count(b"\n") == 1
    assert json.loads(line.written) == {"id": 1, "do": "set_wifi", "ssid": "a\nb", "password": "\u0000"}


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b"\n"), st.just(b'{"id": 1, "ok": ')), max_size=12))
def test_any_bytes_are_passed_over(pieces: list[bytes]) -> None:
    line = Said(*pieces)
    with contextlib.suppress(Unplugged, DeviceRefused):
        Conversation(line, line.clock).ask("identity", seconds=8.0)


@settings(deadline=None)  # a busy machine is no fault
@given(st.binary(max_size=200))
def test_any_line_is_an_object_or_nothing(line: bytes) -> None:
    assert parse(line) is None or isinstance(parse(line), dict)


def test_waiting_for_the_device_is_counted_and_what_people_and_the_laptop_do_is_not() -> None:
    line = Said(b"", b"", b'{"id": 1, "ok": {}}\n')  # half a second each
    waits = Waits(line.clock)
    talk = Conversation(waits.line(line), line.clock)
    line.now += 100.0
    talk.ask("info")
    with waits.on("city"):
        line.now += 2.25
    assert waits.seconds == {"device": 1.5, "city": 2.25}
    assert str(waits) == "waited 3.8 s: device 1.5, city 2.2"
