"""docs/devices.md is complete: every pin of the board files, every quantity, flag and alarm is in it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device.reporting.kinds import KINDS  # noqa: E402
from civicroot_device.sensors.sensor import FLAGS  # noqa: E402

PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
BOARDS = sorted((ROOT / "firmware" / "boards").glob("*.json"))
TABLES = {"smart_bin": "Smart bin, ESP32-S3:", "tree_tag": "Tree tag, ESP32-C3:"}
ALARMS = ("fire", "full", "tilt", "battery", "knock")
NOT_PINS = {"hz", "id", "baud", "type", "pull_up", "high", "pixels"}


def pins_table(board: str) -> dict[str, str]:
    """Line → its row in the page's table of that board; a row may be of several lines."""
    text = PAGE[PAGE.index(TABLES[board]) :]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", text[: text.index("\n\n", text.index("|---"))], re.MULTILINE)
    return {name: row for names, row in rows for name in re.findall(r"`([^`]+)`", names)}


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_line_of_a_board_file_is_in_the_table_with_its_pins(path: Path) -> None:
    board: dict[str, Any] = json.loads(path.read_text())
    table = pins_table(path.stem)
    assert set(table) == set(board["lines"])
    for name, line in board["lines"].items():
        for key, pin in line.items():
            if key not in NOT_PINS and isinstance(pin, int) and not isinstance(pin, bool):
                assert re.search(rf"\b{pin}\b", table[name]), f"{name}.{key} = {pin}"


def test_every_flag_quantity_and_alarm_is_explained() -> None:
    for flag in FLAGS:
        assert f"| `{flag}` |" in PAGE
    for kind in KINDS.values():
        for quantity in kind:
            if quantity.name != "knock":  # told as an alarm alone
                assert re.search(rf"^\| {quantity.name} \|", PAGE, re.MULTILINE), quantity.name
    for alarm in ALARMS:
        assert f"| `{alarm}`" in PAGE
