"""The factory's judgement on what the real firmware's self-test says, on models of the chips."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardware.factory.acceptance import UnknownBoard, judge, text
from hardware.factory.jig import LIMITS
from tests.hardware.units import board
from tests.support.micropython import ROOT, micropython_binary

COMMON = {"realm": "city.example", "interval_s": 600}
UNITS = {
    "tree_tag": {"kind": "tree", "radio": {"kind": "espnow", "gateway": "00" * 32}},
    "bin_node": {"kind": "bin", "gateway": "00" * 8, "broker": {"host": "127.0.0.1", "port": 1}},
}
FIRMWARE_BOARDS = {"tree_tag": "tree_tag", "bin_node": "smart_bin"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The self-test of each unit's firmware."""
    found = {}
    for name, fields in UNITS.items():
        folder = tmp_path_factory.mktemp(name)
        path = ROOT / "firmware" / "boards" / f"{FIRMWARE_BOARDS[name]}.json"
        (folder / "config.json").write_text(
            json.dumps({**COMMON, **fields, "data": str(folder / "data"), "board": str(path)})
        )
        (folder / "data").mkdir()
        command = [micropython_binary(), "main.py", str(folder / "config.json"), "--self-test"]
        done = subprocess.run(command, cwd=ROOT / "firmware", capture_output=True, text=True, timeout=120, check=True)
        found[name] = json.loads(done.stdout)
    return found


def within(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as on the jig: each limited reading in the middle of its limits. The names stay the firmware's."""
    changed = copy.deepcopy(answer)
    for limit in LIMITS[answer["board"]]:
        assert limit.reading in changed["sensors"][limit.driver]["raw"], f"the firmware does not read {limit.reading}"
        changed["sensors"][limit.driver]["raw"][limit.reading] = (limit.low + limit.high) / 2
    return changed


@pytest.mark.parametrize("name", UNITS)
def test_every_limit_is_of_a_reading_that_the_firmware_gives(name: str, answers: dict[str, dict[str, Any]]) -> None:
    sheet = judge(within(answers[name]))
    assert sheet.accepted and not sheet.faults
    assert text(sheet).endswith("**Accepted**\n")
    drivers = {part["driver"] for part in board(name)["sensors"]}
    assert drivers - {row.limit.driver for row in sheet.rows} <= {"reed"}  # the lid is moved by hand


@pytest.mark.parametrize("name", UNITS)
def test_each_reading_outside_its_limits_is_found(name: str, answers: dict[str, dict[str, Any]]) -> None:
    for limit in LIMITS[answers[name]["board"]]:
        for value in (limit.low - 1, limit.high + 1, None):
            changed = within(answers[name])
            if value is None:
                del changed["sensors"][limit.driver]["raw"][limit.reading]
            else:
                changed["sensors"][limit.driver]["raw"][limit.reading] = value
            sheet = judge(changed)
            assert [row.limit for row in sheet.rows if not row.accepted] == [limit]
            assert limit.wrong in text(sheet) and "**Not accepted**" in text(sheet)


def test_a_fault_and_an_unknown_board_are_not_accepted(answers: dict[str, dict[str, Any]]) -> None:
    changed = within(answers["tree_tag"])
    changed["sensors"]["sht3x"]["faults"]["humidity"] = "no-answer"
    sheet = judge(changed)
    assert not sheet.accepted and sheet.faults == ("sht3x, humidity: no-answer",)
    with pytest.raises(UnknownBoard, match="no limits for the board other"):
        judge({"board": "other", "sensors": {}})


def test_the_command_prints_the_sheet(answers: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for answer, code in ((within(answers["bin_node"]), 0), (answers["bin_node"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "hardware.factory"],
            cwd=ROOT, input=json.dumps(answer), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "# Acceptance: smart-bin" in done.stdout
