"""The laptop's side of the line: whatever comes, an answer is found in it or nobody is there."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import commands, flashing, site
from civicroot_cli.provision.conversation import Conversation, parse
from civicroot_cli.provision.errors import DeviceRefused, ListError, Unplugged
from civicroot_cli.provision.flashing import Firmware
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.test_mqtt_tls import make_certificate
from tests.support.micropython import ROOT


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
    ).ask("status", progress=lambda part, what: seen.append((part, what)))
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


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b"\n"), st.just(b'{"id": 1, "ok": ')), max_size=12))
def test_any_bytes_are_passed_over(pieces: list[bytes]) -> None:
    line = Said(*pieces)
    with contextlib.suppress(Unplugged, DeviceRefused):
        Conversation(line, line.clock).ask("identity", seconds=8.0)


@given(st.binary(max_size=200))
def test_any_line_is_an_object_or_nothing(line: bytes) -> None:
    assert parse(line) is None or isinstance(parse(line), dict)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('realm = "a.example"', ""), "realm is missing"),
        (lambda text: text.replace('"a.example"', '"No Realm"'), "realm"),
        (lambda text: "colour = 1\n" + text, "colour is unknown"),
        (lambda text: text.replace("port = 1", 'port = "1"'), "gateway.port is of a wrong type"),
        (lambda text: text + "[wifi]\nssid = true\n", "wifi.ssid is of a wrong type"),
        (lambda text: text + "[", "site.toml"),
    ],
)
def test_a_site_file_that_is_not_usable_names_the_key(tmp_path: Path, change: Callable[[str], str], says: str) -> None:
    top = 'realm = "a.example"\nurl = "http://a"\npolicy = "p"\nsupport = "1"\n'
    text = top + '[gateway]\nkid = "00"\nhost = "b"\nport = 1\n'
    path = tmp_path / "site.toml"
    path.write_text(text)
    assert site.load(path).gateway["host"] == "b"
    path.write_text(change(text))
    with pytest.raises(ListError, match=says):
        site.load(path)


def test_the_certificate_authority_goes_to_the_device_in_der(tmp_path: Path) -> None:
    der = make_certificate(tmp_path, "localhost")
    (pem,) = [path for path in tmp_path.iterdir() if b"BEGIN CERTIFICATE" in path.read_bytes()]
    assert site.authority(der) == site.authority(pem) == der.read_bytes()


@pytest.mark.parametrize(
    ("text", "found"),
    [("weight:tare", ("weight", "tare", None)), ("weight:scale:10000", ("weight", "scale", 10000))],
)
def test_calibrations_on_the_command_line(text: str, found: tuple[str, str, int | None]) -> None:
    assert commands.calibration(text) == found


@pytest.mark.parametrize("text", ["weight", "weight:", "weight:scale:x", "a:b:1:2", ""])
def test_a_calibration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError):
        commands.calibration(text)


@pytest.mark.parametrize("board", sorted(flashing.CHIPS))
def test_flashing_writes_the_image_then_the_application_and_what_starts_it_last(tmp_path: Path, board: str) -> None:
    image = tmp_path / "micropython.bin"
    image.write_bytes(b"\xe9")
    lines = flashing.commands(Firmware(ROOT / "firmware", image, board), "/dev/ttyACM0")
    said = [" ".join(line[2:]) for line in lines]
    assert said[0] == f"esptool --chip {flashing.CHIPS[board]} --port /dev/ttyACM0 erase-flash"
    assert said[1].endswith(f"write-flash 0x0 {image}")
    assert said[-1] == "mpremote connect /dev/ttyACM0 reset"
    assert "main.py" in said[-2] and "boot.py" in said[-2] and "prompt.py" in said[-2] and "starter.py" in said[-2]
    copied = " ".join(said)
    assert f"{board}.json :board.json" in copied and f"factory/{board}.json :factory.json" in copied
    assert "civicroot_simulator" not in copied
    for line in lines:
        assert all(Path(part).exists() for part in line if part.startswith(str(ROOT)))


def test_flashing_without_its_files_is_refused_before_the_flash_is_erased(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"there is no .*none\.bin"):
        flashing.commands(Firmware(ROOT / "firmware", tmp_path / "none.bin", "smart_bin"), "/dev/ttyACM0")
    with pytest.raises(CommandError, match="no board lamp"):
        flashing.commands(Firmware(ROOT / "firmware", tmp_path, "lamp"), "/dev/ttyACM0")
