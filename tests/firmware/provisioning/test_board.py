"""The whole protocol on the real firmware in MicroPython, over a pseudo-terminal."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_device.provisioning import errors, improv
from civicroot_device.provisioning.stream import INTERRUPT, Stream
from civicroot_device.version import VERSION
from civicroot_wire import keys, possession, revocation
from civicroot_wire.sodium import Signer, verify
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.firmware.provisioning.desk import Desk
from tests.firmware.provisioning.unlocking import KEYS, OPERATOR, REALM, REGISTRAR, answer, withdrawn
from tests.firmware.test_mqtt_tls import make_certificate, tls_listener
from tests.support.brokers import MosquittoBroker, free_port
from tests.support.fuzz import fuzz_examples
from tests.support.micropython import ROOT
from tests.support.plugged_board import WIFI, PluggedBoard

SUBJECT = "bin/12"
NONCE = "00112233445566778899"
SSID, PASSWORD = next(iter(WIFI.items()))
TOLD: list[dict[str, Any]] = [
    {"what": "set_realm", "realm": REALM},
    {"what": "set_subject", "subject": SUBJECT},
    {"what": "set_keys", **KEYS},
    {"what": "set_gateway", "kid": "0011223344556677", "host": "127.0.0.1", "port": 1},
    {"what": "set_wifi", "ssid": SSID, "password": PASSWORD},
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with PluggedBoard(tmp_path / "board", tmp_path / "ttyUSB") as board:
        found = Desk(board, TOLD)
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
        desk = Desk(board, TOLD)
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
            st.binary(max_size=80).map(lambda data: data.replace(b"\x03", b"")),
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
    # A frame that was begun swallows what follows, up to 265 bytes of it.
    sent = [*pieces, b"\n" * 300]
    # One that ends within another's header leaves its Ctrl-C outside, and that gives a new board's prompt.
    assume(all(kind != INTERRUPT for kind, _ in Stream().feed(b"".join(sent))))
    for piece in sent:
        desk.line.write(piece)
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


def test_a_browser_learns_that_a_device_is_provisioned_and_sets_nothing_any_more(desk: Desk) -> None:
    desk.provision()
    before = (desk.board.folder / "config.json").read_bytes()
    state = desk.frames(improv.encode(improv.COMMAND, bytes([improv.GET_STATE, 0])), 3)
    assert state[1:] == [(improv.STATE, bytes([improv.PROVISIONED])), (improv.RESULT, b"\x01\x00")]
    assert desk.frames(credentials("elsewhere", "x"), 2)[1] == (improv.ERROR, bytes([improv.UNKNOWN]))
    assert desk.frames(improv.encode(improv.COMMAND, bytes([improv.SCAN, 0])), 2)[1] == (improv.RESULT, b"\x04\x00")
    assert (desk.board.folder / "config.json").read_bytes() == before
    assert not (desk.board.folder / "draft").exists()


def credentials(ssid: str, password: str) -> bytes:
    """A browser's frame."""
    content = bytes([len(ssid)]) + ssid.encode() + bytes([len(password)]) + password.encode()
    return improv.encode(improv.COMMAND, bytes([improv.SET_WIFI, len(content)]) + content)


def unlock(signer: Signer, challenge: str, subject: str = SUBJECT, realm: str = REALM) -> str:
    return answer(signer, challenge, subject, realm)


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


@pytest.mark.parametrize("reason", [revocation.RETIRED, revocation.ROTATED])
def test_the_registrars_revocation_of_this_key_unlocks_and_no_other_does(desk: Desk, reason: int) -> None:
    public = bytes.fromhex(desk.about["public"])
    assert desk.refusal("unlock", statement=withdrawn(REGISTRAR, public, SUBJECT)) == errors.UNCOMMITTED
    desk.provision()
    assert desk.ask("unlock_challenge")["by"] == ["operator", "registrar"]
    wrong = [
        withdrawn(Signer.generate(), public, SUBJECT, reason),
        withdrawn(OPERATOR, public, SUBJECT, reason),
        withdrawn(REGISTRAR, Signer.generate().public, SUBJECT, reason),  # of another device
        withdrawn(REGISTRAR, public, SUBJECT, reason, realm="elsewhere.example"),
        "d284" + withdrawn(REGISTRAR, public, SUBJECT, reason)[4:-2] + "ff",  # no signature has that byte at its end
        unlock(REGISTRAR, desk.ask("unlock_challenge")["challenge"]),  # a configuration is the operator's
    ]
    for statement in wrong:
        assert desk.refusal("unlock", statement=statement) == errors.NOT_SIGNED
    assert (desk.board.folder / "flash" / "identity").exists()
    assert desk.ask("unlock", statement=withdrawn(REGISTRAR, public, SUBJECT, reason)) == {"state": "unlocked"}
    desk.is_unlocked()


def test_a_device_that_was_told_no_key_is_unlocked_by_nobody(desk: Desk) -> None:
    for told in TOLD:
        if told["what"] != "set_keys":
            desk.ask(**told)
    desk.ask("commit")
    desk.about = desk.talk.begin()
    asked = desk.ask("unlock_challenge")
    assert asked["by"] == []
    public = bytes.fromhex(desk.about["public"])
    for statement in (unlock(OPERATOR, asked["challenge"]), withdrawn(REGISTRAR, public, SUBJECT)):
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
