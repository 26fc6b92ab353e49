"""A provisioned device whose config.json cannot be used: it says so on USB, can be unlocked, and starts again."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device.buses import usb_host
from civicroot_device.provisioning import awake, errors, unlock
from civicroot_device.provisioning.factory import Factory
from civicroot_device.provisioning.unusable import known
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.provisioning.desk import Desk
from tests.firmware.provisioning.unlocking import KEYS, OPERATOR, REALM, REGISTRAR, answer, withdrawn
from tests.support.micropython import ROOT
from tests.support.plugged_board import PluggedBoard

SUBJECT = "bin/12"
GOOD: dict[str, Any] = {
    "realm": REALM,
    "gateway": "0011223344556677",
    "broker": {"host": "127.0.0.1", "port": 1},
    "kind": "bin",
    "interval_s": 600,
    "subject": SUBJECT,
    **KEYS,
}
# A program that is out of patience after a fifth of a second, in place of a minute.
IMPATIENT = f"""
import sys
sys.path[:] = [{str(ROOT / "firmware/lib")!r}, {str(ROOT / "wire/src")!r}] + sys.path
from civicroot_device.provisioning import awake
from civicroot_device.start import main
awake.PAUSE_MS = 200
main(sys.argv[1:])
"""
FACTORY = Factory({"model": "smart-bin", "configuration": {"data": "/data", "kind": "bin", "interval_s": 600}})


def configured(folder: Path, content: str | bytes, **options: Any) -> PluggedBoard:
    """A board with this config.json; there is a computer at its port."""
    board = PluggedBoard(folder / "board", folder / "ttyUSB", **options)
    data = content.encode() if isinstance(content, str) else content
    (board.folder / "config.json").write_bytes(data)
    return board


def damaged(folder: Path, **changed: Any) -> str:
    """A whole configuration but for these."""
    return json.dumps({"data": str(folder / "board" / "flash"), **GOOD, **changed})


@pytest.fixture
def on_desk(tmp_path: Path) -> Iterator[Callable[[str | bytes], Desk]]:
    """A board with that config.json, plugged in."""
    boards: list[PluggedBoard] = []
    desks: list[Desk] = []

    def plug(content: str | bytes) -> Desk:
        boards.append(configured(tmp_path, content).__enter__())
        desks.append(Desk(boards[-1], []))
        return desks[-1]

    yield plug
    for desk in desks:
        desk.line.__exit__()
    for board in boards:
        board.unplug()


def test_it_says_who_it_is_and_what_is_wrong_and_its_operator_unlocks_it(
    on_desk: Callable[[str | bytes], Desk], tmp_path: Path
) -> None:
    desk = on_desk(damaged(tmp_path, interval_s=0))
    status = desk.ask("status")
    assert status == {
        "state": "committed",
        "missing": [],
        "set": {"realm": REALM, "subject": SUBJECT},
        "config": "unusable: interval_s is not positive",
    }
    assert desk.ask("info")["config"] == status["config"]
    for what in ("set_realm", "set_wifi", "possession", "commit", "forget"):
        assert desk.refusal(what) == errors.COMMITTED
    desk.line.write(b"\x03\x03\r\n")
    asked = desk.ask("unlock_challenge")
    assert (asked["subject"], asked["by"]) == (SUBJECT, ["operator", "registrar"])
    stranger = answer(REGISTRAR, asked["challenge"], SUBJECT)
    assert desk.refusal("unlock", statement=stranger) == errors.NOT_SIGNED
    challenge = desk.ask("unlock_challenge")["challenge"]
    assert desk.ask("unlock", statement=answer(OPERATOR, challenge, SUBJECT)) == {"state": "unlocked"}
    desk.is_unlocked()


def test_the_registrars_revocation_unlocks_it_when_the_operators_key_is_damaged(
    on_desk: Callable[[str | bytes], Desk], tmp_path: Path
) -> None:
    desk = on_desk(damaged(tmp_path, operator="11"))
    assert desk.ask("unlock_challenge")["by"] == ["registrar"]
    public = bytes.fromhex(desk.about["public"])
    assert desk.ask("unlock", statement=withdrawn(REGISTRAR, public, SUBJECT)) == {"state": "unlocked"}
    desk.is_unlocked()


@pytest.mark.parametrize("content", [b"", b'{"realm": "test.exa', b"\xff" * 300, b"[" * 3000, b"[]"])
def test_one_that_knows_no_key_any_more_says_so_and_keeps_its_own(
    on_desk: Callable[[str | bytes], Desk], content: bytes
) -> None:
    desk = on_desk(content)
    status = desk.ask("status")
    assert (status["state"], status["set"]) == ("committed", {})
    assert status["config"].startswith("unusable: ")
    assert desk.refusal("unlock_challenge") == errors.INCOMPLETE
    public = bytes.fromhex(desk.about["public"])
    assert desk.refusal("unlock", statement=withdrawn(REGISTRAR, public, SUBJECT)) == errors.NOT_SIGNED
    assert (desk.board.folder / "flash" / "identity").exists()
    assert not (desk.board.folder / unlock.FILE).exists()


def test_it_starts_again_when_nobody_speaks_and_runs_once_its_configuration_is_good(tmp_path: Path) -> None:
    program = tmp_path / "impatient.py"
    program.write_text(IMPATIENT)
    board = configured(tmp_path, b"", main=program)
    with board:
        until = time.monotonic() + 60
        while board.starts < 3:
            assert time.monotonic() < until, (board.folder / "board.log").read_text()
            time.sleep(0.01)  # between two looks
    (board.folder / "config.json").write_text(damaged(tmp_path))
    with board:
        desk = Desk(board, [])
        assert desk.ask("status") == {"state": "committed", "missing": [], "set": {"realm": REALM, "subject": SUBJECT}}
        desk.line.__exit__()


def test_a_tag_answers_the_computer_at_its_port_and_sleeps_when_that_is_gone(tmp_path: Path) -> None:
    radio = {"kind": "udp", "port": 1, "address": "020000000001", "sleep": "end"}
    options = {"kind": "tree", "interval_s": 3600, "radio": radio}
    board = configured(tmp_path, damaged(tmp_path, broker=None, gateway=None, radio={"kind": "smoke"}), **options)
    (board.folder / "flash").mkdir()
    computer = board.folder / "flash" / usb_host.FILE
    computer.touch()
    with board:
        desk = Desk(board, [])
        assert desk.ask("status")["set"] == {"realm": REALM, "subject": SUBJECT}
        assert desk.ask("unlock_challenge")["by"] == ["operator", "registrar"]
        assert board.starts == 1
        desk.line.__exit__()
        computer.unlink()
        until = time.monotonic() + 60
        while board.starts < 2:  # its sleep ends the process
            assert time.monotonic() < until, (board.folder / "board.log").read_text()
            time.sleep(0.01)  # between two looks


def test_somebody_who_speaks_for_ever_does_not_keep_it_from_starting_again() -> None:
    now = [0]
    stay = awake.Awake(SimpleNamespace(seen=lambda: True), lambda: now[0], True, awake.PAUSE_MS)
    while stay(True):
        now[0] += 1_000
    assert now[0] == awake.LONGEST_MS


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=70)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), JSON, max_size=4))
def test_what_is_left_of_any_file_is_what_it_said_or_nobodys(changed: dict[str, Any]) -> None:
    found = known(FACTORY, {**GOOD, **changed})
    assert found.realm in (changed.get("realm", REALM), FACTORY.provisional_fields()["realm"])
    if "realm" not in changed:
        assert found.subject == SUBJECT or "subject" in changed
        assert found.registrar == REGISTRAR.public or "registrar" in changed
    elif found.realm != changed["realm"]:
        assert unlock.signers(found) == []
    for key, name in ((found.operator, "operator"), (found.registrar, "registrar")):
        assert key is None or key.hex() == str(changed.get(name, KEYS[name])).lower()
