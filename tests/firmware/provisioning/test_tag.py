"""A tree tag over a pseudo-terminal: provisioned as a bin is, then asleep but for wakes that find a computer."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli.provision.conversation import SELF_TEST_SECONDS
from civicroot_cli.provision.errors import Unplugged
from civicroot_device.buses import usb_host
from civicroot_device.provisioning import errors
from civicroot_device.tag import unix_port
from civicroot_wire import keys, possession, record
from civicroot_wire.sodium import Signer, verify

from tests.firmware.provisioning.desk import Desk
from tests.firmware.provisioning.unlocking import KEYS, REALM, REGISTRAR, answer, withdrawn
from tests.firmware.tag.udp_gateway import UdpGateway
from tests.support.micropython import ROOT
from tests.support.plugged_board import PluggedBoard

SUBJECT = "tree/7"
GATEWAY = Signer(b"\x07" * 32)
TOLD: list[dict[str, Any]] = [
    {"what": "set_realm", "realm": REALM},
    {"what": "set_subject", "subject": SUBJECT},
    {"what": "set_keys", **KEYS},
    {"what": "set_gateway", "public": GATEWAY.public.hex()},
]
NONCE = "00112233445566778899"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A tag of its board file, plugged in."""
    files = ROOT / "firmware"
    factory = json.loads((files / "factory" / "tree_tag.json").read_text())["configuration"]
    options = {name: factory[name] for name in ("kind", "interval_s")}
    radio = {"kind": "udp", "port": 1, "address": "020000000001"}  # the air of this machine, in place of ESP-NOW
    board = PluggedBoard(
        tmp_path / "board", tmp_path / "tty", files / "boards/tree_tag.json", "tree-tag", radio=radio, **options
    )
    plug_computer(board)
    with board:
        found = Desk(board, TOLD)
        yield found
        found.line.__exit__()


def plug_computer(board: PluggedBoard) -> None:
    """The tag has its power from elsewhere: with this a computer is at its port, too."""
    (board.folder / "flash").mkdir(exist_ok=True)
    (board.folder / "flash" / usb_host.FILE).touch()


def heard_at(board: PluggedBoard, port: int) -> None:
    """A gateway's radio is there, on this port of the machine."""
    path = board.folder / "factory.json"
    factory = json.loads(path.read_text())
    factory["configuration"]["radio"]["port"] = port
    path.write_text(json.dumps(factory))


def test_a_tag_from_its_box_to_its_first_record_and_back_to_the_prompt(desk: Desk) -> None:
    about, board = desk.about, desk.board
    assert (about["model"], desk.ask("status")["missing"]) == ("tree-tag", ["realm", "subject", "gateway"])
    public = bytes.fromhex(about["public"])
    with UdpGateway(GATEWAY, public) as gateway:
        heard_at(board, gateway.port)
        desk.replug()
        seen: list[str] = []
        found = desk.ask("self_test", seconds=SELF_TEST_SECONDS, progress=lambda part, _: seen.append(part))
        assert sorted(seen) == sorted([*found["sensors"], "wifi", "broker"])
        parts = {"soil_capacitive", "ds18b20", "sht3x", "lis3dh", "dendrometer", "battery"}
        assert set(found["sensors"]) == parts
        assert set(found["faults"].values()) <= {"uncalibrated"}
        for told in TOLD:
            desk.ask(**told)
        signed = possession.decode(bytes.fromhex(desk.ask("possession", nonce=NONCE)["possession"]))
        possession.verify(signed, REALM, public, verify)
        assert (signed.subject, desk.ask("status")["state"]) == (SUBJECT, "ready")
        assert not gateway.records  # nothing is sent for nobody
        desk.ask("commit")
        assert desk.talk.begin()["kid"] == keys.kid(public).hex()
        gateway.wait(1)  # it was sent before the tag answered: a wake is a wake
        assert record.decode(gateway.records[0]).seq == 0
    assert desk.ask("status") == {"state": "committed", "missing": [], "set": {"realm": REALM, "subject": SUBJECT}}
    assert desk.refusal("set_realm", realm="other.example") == errors.COMMITTED
    desk.line.write(b"\x03\x03\r\x01")  # of mpremote, for the prompt
    assert desk.talk.begin() == about | {"boots": 0}
    challenge = desk.ask("unlock_challenge")
    assert challenge["by"] == ["operator", "registrar"]
    assert desk.refusal("unlock", statement=answer(REGISTRAR, challenge["challenge"], SUBJECT)) == errors.NOT_SIGNED
    assert desk.ask("unlock", statement=withdrawn(REGISTRAR, public, SUBJECT)) == {"state": "unlocked"}
    desk.is_unlocked()


def test_a_provisioned_tag_sleeps_when_the_computer_is_gone_and_answers_at_a_wake_that_finds_one(desk: Desk) -> None:
    desk.provision()
    data = desk.board.folder / "flash"
    (data / usb_host.FILE).unlink()
    while True:  # it notices within GONE_MS, and then sleeps for an hour
        try:
            desk.talk.ask("identity", seconds=1.0)
        except Unplugged:
            break
    # A wake without a computer answers nobody.
    (data / unix_port.MOTION_FILE).touch()
    until = time.monotonic() + 20
    while (data / unix_port.MOTION_FILE).exists():  # until it wakes
        assert time.monotonic() < until
        time.sleep(0.02)  # between two looks
    with pytest.raises(Unplugged):
        desk.talk.ask("identity", seconds=1.5)
    # The next one finds a computer.
    plug_computer(desk.board)
    (data / unix_port.MOTION_FILE).touch()
    assert desk.talk.begin() == desk.about
    assert desk.board.starts == 2  # all of that in one life since `commit`
