"""The whole protocol on the real firmware in MicroPython, over a pseudo-terminal."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.provision.conversation import Conversation
from civicroot_cli.provision.errors import DeviceRefused
from civicroot_cli.provision.port import SerialLine
from civicroot_device.provisioning import errors, improv
from civicroot_device.version import VERSION
from civicroot_wire import configuration, keys, possession, revocation
from civicroot_wire.configuration import Configuration
from civicroot_wire.revocation import Revocation
from civicroot_wire.sodium import Signer, verify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.firmware.test_mqtt_tls import make_certificate, tls_listener
from tests.support.brokers import MosquittoBroker, free_port
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import ROOT
from tests.support.plugged_board import WIFI, PluggedBoard

REALM = "test.example"
SUBJECT = "bin/12"
OPERATOR = Signer(bytes(range(32)))
REGISTRAR = Signer(bytes(range(1, 33)))
NONCE = "00112233445566778899"
SSID, PASSWORD = next(iter(WIFI.items()))
TOLD: list[dict[str, Any]] = [
    {"what": "set_realm", "realm": REALM},
    {"what": "set_subject", "subject": SUBJECT},
    {"what": "set_keys", "operator": OPERATOR.public.hex(), "registrar": REGISTRAR.public.hex()},
    {"what": "set_gateway", "kid": "0011223344556677", "host": "127.0.0.1", "port": 1},
    {"what": "set_wifi", "ssid": SSID, "password": PASSWORD},
]


class Desk:
    """A board on the desk, and a line to it."""

    def __init__(self, board: PluggedBoard) -> None:
        self.board = board
        self.open()

    def open(self) -> None:
        self.line = SerialLine(str(self.board.port))
        self.talk = Conversation(self.line)
        self.about = self.talk.begin()

    def replug(self) -> None:
        """Out and in again."""
        self.line.__exit__()
        self.board.unplug()
        self.board.plug()
        self.open()

    def ask(self, what: str, **values: Any) -> dict[str, Any]:
        return self.talk.ask(what, **values)

    def provision(self) -> None:
        """Tell it all, and commit."""
        for told in TOLD:
            self.ask(**told)
        self.ask("commit")
        self.about = self.talk.begin()  # it has started again

    def is_unlocked(self) -> None:
        """Its program ends, which is a board's prompt, and nothing that was secret is left."""
        self.board.wait()
        assert not (self.board.folder / "flash" / "identity").exists()
        left = sorted(path.name for path in self.board.folder.iterdir())
        assert left == ["board.log", "factory.json", "flash", "unlocked"]
        # The firmware is put on again: it is a new device.
        (self.board.folder / "unlocked").unlink()
        old = self.about["kid"]
        self.replug()
        assert self.ask("status")["state"] == "new"
        assert self.about["kid"] != old

    def refusal(self, what: str, **values: Any) -> str:
        """The name of its error."""
        with pytest.raises(DeviceRefused) as caught:
            self.ask(what, **values)
        assert caught.value.name in errors.NAMES
        return caught.value.name

    def frames(self, sent: bytes, count: int) -> list[tuple[int, bytes]]:
        """What a browser gets for a frame: `count` frames."""
        self.line.write(sent)
        found = b""
        until = time.monotonic() + 10.0
        while time.monotonic() < until:
            found += self.line.read(0.1)
            frames = list(_frames(found))
            if len(frames) >= count:
                return frames
        raise AssertionError(found)


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        size = improv.size(data)
        if size is None or len(data) < size + 1:
            return
        yield improv.decode(data[:size])
        data = data[size + 1 :]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with PluggedBoard(tmp_path / "board", tmp_path / "ttyUSB") as board:
        found = Desk(board)
        yield found
        found.line.__exit__()


def test_a_new_device_says_who_it_is_and_its_key_outlives_the_plug(desk: Desk) -> None:
    about = desk.about
    assert about["kid"] == keys.kid(bytes.fromhex(about["public"])).hex()
    assert (about["model"], about["version"], about["boots"], about["simulated"]) == ("smart-bin", VERSION, 0, True)
    assert desk.ask("status") == {"state": "new", "missing": ["realm", "subject", "gateway", "wifi"], "set": {}}
    assert desk.ask("info")["made"] == 0
    desk.replug()
    assert desk.about == about


def test_what_was_told_outlives_the_plug_and_nothing_is_signed_for_nobody(desk: Desk) -> None:
    assert desk.refusal("possession", nonce=NONCE) == errors.INCOMPLETE
    assert desk.refusal("commit") == errors.INCOMPLETE
    for told in TOLD:
        desk.ask(**told)
        desk.replug()
    status = desk.ask("status")
    assert (status["state"], status["missing"]) == ("ready", [])
    assert PASSWORD not in json.dumps(status)
    signed = possession.decode(bytes.fromhex(desk.ask("possession", nonce=NONCE)["possession"]))
    possession.verify(signed, REALM, bytes.fromhex(desk.about["public"]), verify)
    assert (signed.subject, signed.role, signed.nonce.hex()) == (SUBJECT, "device", NONCE)
    assert desk.refusal("possession", nonce="00") == errors.VALUE


def test_a_self_test_tries_all_and_names_what_does_not_work(tmp_path: Path) -> None:
    with PluggedBoard(tmp_path / "board", tmp_path / "ttyUSB", ROOT / "firmware/boards/smart_bin.json") as board:
        desk = Desk(board)
        for told in TOLD:
            desk.ask(**told)
        seen: list[str] = []
        found = desk.ask("self_test", seconds=60.0, progress=lambda part, _: seen.append(part))
        assert sorted(seen) == sorted([*found["sensors"], "display", "lamp", "wifi", "broker"])
        assert (found["display"], found["lamp"], found["wifi"]) == ("shown", "shown", "joined")
        assert "broker" in found["faults"]  # nobody listens on port 1
        assert found["sensors"]["reed"]["values"] == {"lid": False}
        # A calibration is durable at once, and its record is made in the realm that the device gets in the end.
        set_to = desk.ask("calibrate", sensor="weight", point="tare", seconds=60.0)["set"]
        assert desk.ask("info")["calibration"] == {"weight": set_to}
        assert desk.ask("info")["made"] == 0
        assert desk.refusal("calibrate", sensor="colour", point="red") == errors.VALUE
        desk.ask("commit")
        desk.talk.begin()
        until = time.monotonic() + 20
        while not desk.ask("info")["made"] and time.monotonic() < until:
            time.sleep(0.1)  # between two looks
        assert desk.ask("info")["made"] > 0


def test_the_self_test_reaches_a_broker_over_tls_with_the_authority_that_was_told_and_no_other(
    desk: Desk, tmp_path: Path
) -> None:
    der, port = make_certificate(tmp_path, "localhost"), free_port()
    (tmp_path / "foreign").mkdir()
    stranger = make_certificate(tmp_path / "foreign", "localhost")
    gateway = {"kid": "0011223344556677", "host": "127.0.0.1", "port": port, "name": "localhost"}
    with MosquittoBroker(tmp_path, extra=tls_listener(tmp_path, port)):
        desk.ask("set_gateway", **gateway, ca=base64.b64encode(stranger.read_bytes()).decode())
        assert desk.ask("self_test", seconds=60.0)["broker"] != "reached"
        desk.ask("set_gateway", **gateway, ca=base64.b64encode(der.read_bytes()).decode())
        assert desk.ask("self_test", seconds=60.0)["broker"] == "reached"
    assert (desk.board.folder / "ca.der").read_bytes() == der.read_bytes()


def test_a_provisioned_device_speaks_only_its_protocol_and_is_told_nothing_more(desk: Desk) -> None:
    desk.provision()
    assert desk.ask("status") == {"state": "committed", "missing": [], "set": {"realm": REALM, "subject": SUBJECT}}
    for what in ("set_realm", "set_wifi", "possession", "commit", "forget", "self_test", "calibrate"):
        assert desk.refusal(what) == errors.COMMITTED
    desk.line.write(b"\x03\x03\x01import os\r\n\x04")  # what mpremote would send for the prompt
    assert desk.talk.begin()["kid"] == desk.about["kid"]
    desk.replug()
    assert desk.ask("status")["state"] == "committed"
    assert not (desk.board.folder / "draft").exists()
    (info,) = [desk.ask("info")]
    assert info["boots"] >= 2


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"hello", errors.MALFORMED),
        (b"[1]", errors.MALFORMED),
        (b'{"id": 1}', errors.MALFORMED),
        (b'{"id": 1, "do": 7}', errors.MALFORMED),
        (b"[" * 2000, errors.MALFORMED),
        (b'{"id": 1, "do": "fly"}', errors.UNKNOWN),
        (b'{"id": 1, "do": "set_realm"}', errors.VALUE),
        (b'{"id": 1, "do": "set_realm", "realm": 7}', errors.VALUE),
        (b'{"id": 1, "do": "set_realm", "realm": "a.example", "colour": 1}', errors.VALUE),
        (b'{"id": 1, "do": "set_gateway", "port": true}', errors.VALUE),
        (b'{"id": 1, "do": "unlock_challenge"}', errors.UNCOMMITTED),
        (b'{"id": 1, "do": "' + b"x" * 5000 + b'"}', errors.TOO_LONG),
    ],
)
def test_a_bad_request_is_answered_by_name(desk: Desk, line: bytes, name: str) -> None:
    desk.line.write(line + b"\n")
    found = b""
    while b"\n" not in found:
        found += desk.line.read(5.0)
    answer = json.loads(found.split(b"\n")[0])
    assert answer["error"] == name
    assert desk.ask("identity") == desk.about


@settings(max_examples=fuzz_examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=80).map(lambda data: data.replace(b"\x03", b"")),  # Ctrl-C ends it
            st.just(b"IMPROV\x01\x03"),
            st.builds(lambda data: improv.encode(improv.COMMAND, data), st.binary(max_size=40)),
            st.builds(
                lambda do, key, value: json.dumps({"id": 1, "do": do, key: value}).encode() + b"\n",
                st.sampled_from(["set_realm", "set_wifi", "set_gateway", "set_place", "calibrate", "possession"]),
                st.sampled_from(["realm", "ssid", "kid", "label", "sensor", "nonce", "values"]),
                st.recursive(
                    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
                    max_leaves=5,
                ),
            ),
        ),
        max_size=5,
    )
)
def test_whatever_comes_the_device_goes_on_answering(desk: Desk, pieces: list[bytes]) -> None:
    for piece in pieces:
        desk.line.write(piece)
    # A frame that was begun swallows what follows, up to 265 bytes of it.
    desk.line.write(b"\n" * 300)
    assert desk.ask("identity")["kid"] == desk.about["kid"]
    assert desk.board.starts == 1


def test_a_browser_sets_wifi_by_improv(desk: Desk) -> None:
    scan = desk.frames(improv.encode(improv.COMMAND, bytes([improv.SCAN, 0])), 3)
    assert scan[0] == (improv.ERROR, b"\x00")
    assert scan[1:] == [(improv.RESULT, b"\x04\x0f\x06street\x03-50\x03YES"), (improv.RESULT, b"\x04\x00")]
    assert desk.frames(improv.encode(improv.COMMAND, bytes([improv.GET_STATE, 0])), 2)[1] == (improv.STATE, b"\x02")
    (_, (kind, info)) = desk.frames(improv.encode(improv.COMMAND, bytes([improv.GET_INFO, 0])), 2)
    assert (kind, b"Civicroot" in info, b"smart-bin" in info) == (improv.RESULT, True, True)
    wrong = desk.frames(credentials(SSID, "wrong"), 4)
    assert [wrong[1], wrong[2], wrong[3]] == [
        (improv.STATE, bytes([improv.PROVISIONING])),
        (improv.STATE, bytes([improv.AUTHORIZED])),
        (improv.ERROR, bytes([improv.UNABLE])),
    ]
    assert "wifi" in desk.ask("status")["missing"]
    right = desk.frames(credentials(SSID, PASSWORD), 4)
    assert right[2:] == [(improv.STATE, bytes([improv.PROVISIONED])), (improv.RESULT, b"\x01\x00")]
    assert desk.ask("status")["set"]["wifi"] == {"ssid": SSID}
    assert desk.frames(b"IMPROV\x01\x03\x02\x02\x00\x00", 1) == [(improv.ERROR, bytes([improv.INVALID]))]
    assert desk.frames(improv.encode(improv.COMMAND, b"\x63\x00"), 2)[1] == (
        improv.ERROR,
        bytes([improv.UNKNOWN_COMMAND]),
    )


def credentials(ssid: str, password: str) -> bytes:
    """A browser's frame."""
    content = bytes([len(ssid)]) + ssid.encode() + bytes([len(password)]) + password.encode()
    return improv.encode(improv.COMMAND, bytes([improv.SET_WIFI, len(content)]) + content)


def unlock(signer: Signer, challenge: str, subject: str = SUBJECT, realm: str = REALM) -> str:
    """A statement that unlocks."""
    wanted = Configuration(subject, 1, {"unlock": challenge})
    return configuration.sign(wanted, signer.kid, f"{realm}/operator", realm, signer).hex()


def test_the_operator_alone_gets_the_prompt_back_and_the_key_is_gone(desk: Desk) -> None:
    desk.provision()
    old = desk.ask("unlock_challenge")["challenge"]
    challenge = desk.ask("unlock_challenge")["challenge"]
    assert challenge != old
    wrong = [
        unlock(OPERATOR, old),
        unlock(Signer.generate(), challenge),
        unlock(OPERATOR, challenge, subject="bin/13"),
        unlock(OPERATOR, challenge, realm="elsewhere.example"),
        "00",
    ]
    for statement in wrong:
        assert desk.refusal("unlock", statement=statement) == errors.NOT_SIGNED
        assert desk.refusal("unlock", statement=unlock(OPERATOR, challenge)) == errors.NOT_SIGNED  # one answer to each
        challenge = desk.ask("unlock_challenge")["challenge"]
    assert (desk.board.folder / "flash" / "identity").exists()
    assert desk.ask("unlock", statement=unlock(OPERATOR, desk.ask("unlock_challenge")["challenge"])) == {
        "state": "unlocked"
    }
    desk.is_unlocked()


def withdrawn(signer: Signer, public: bytes, reason: int = revocation.RETIRED, realm: str = REALM) -> str:
    """The revocation of a key, as the city's log has it."""
    last, successor = (7, bytes(32)) if reason == revocation.ROTATED else (None, None)
    about = Revocation(SUBJECT, keys.thumbprint(public), reason, last, successor)
    return revocation.sign(about, signer.kid, f"{realm}/registrar", realm, signer).hex()


@pytest.mark.parametrize("reason", [revocation.RETIRED, revocation.ROTATED])
def test_the_registrars_revocation_of_this_key_unlocks_and_no_other_does(desk: Desk, reason: int) -> None:
    public = bytes.fromhex(desk.about["public"])
    assert desk.refusal("unlock", statement=withdrawn(REGISTRAR, public)) == errors.UNCOMMITTED
    desk.provision()
    assert desk.ask("unlock_challenge")["by"] == ["operator", "registrar"]
    wrong = [
        withdrawn(Signer.generate(), public, reason),
        withdrawn(OPERATOR, public, reason),
        withdrawn(REGISTRAR, Signer.generate().public, reason),  # of another device
        withdrawn(REGISTRAR, public, reason, realm="elsewhere.example"),
        "d284" + withdrawn(REGISTRAR, public, reason)[4:-2] + "ff",  # no signature has that byte at its end
        unlock(REGISTRAR, desk.ask("unlock_challenge")["challenge"]),  # a configuration is the operator's
    ]
    for statement in wrong:
        assert desk.refusal("unlock", statement=statement) == errors.NOT_SIGNED
    assert (desk.board.folder / "flash" / "identity").exists()
    assert desk.ask("unlock", statement=withdrawn(REGISTRAR, public, reason)) == {"state": "unlocked"}
    desk.is_unlocked()


def test_a_device_that_was_told_no_key_is_unlocked_by_nobody(desk: Desk) -> None:
    for told in TOLD:
        if told["what"] != "set_keys":
            desk.ask(**told)
    desk.ask("commit")
    desk.about = desk.talk.begin()
    asked = desk.ask("unlock_challenge")
    assert asked["by"] == []
    for statement in (unlock(OPERATOR, asked["challenge"]), withdrawn(REGISTRAR, bytes.fromhex(desk.about["public"]))):
        assert desk.refusal("unlock", statement=statement) == errors.NOT_SIGNED


@pytest.mark.parametrize("reads", [b"\x03", b"\r\x03\x03\r\x01", b'{"do": "identi\x03'])
def test_ctrl_c_gives_the_prompt_of_a_new_device_and_not_within_a_frame_of_a_browser(desk: Desk, reads: bytes) -> None:
    """Every frame of a browser has that byte as its type."""
    credentials_of_three = credentials("abc", "\x03\x03\x03")
    assert desk.frames(credentials_of_three, 4)[-1] == (improv.ERROR, bytes([improv.UNABLE]))
    desk.line.write(b"half a line" + improv.encode(improv.COMMAND, bytes([improv.GET_STATE, 0])))
    assert desk.ask("identity") == desk.about
    desk.line.write(reads)
    desk.board.wait()  # its program has ended: the prompt is what a board shows now
    assert desk.board.starts == 1
    desk.replug()
    assert desk.ask("status")["state"] == "new"
