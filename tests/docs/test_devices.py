"""docs/devices.md is complete: pins, quantities, flags, alarms, lamp, e-paper, calibrations, starts, tasks, lives."""

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from civicroot_device import boots, safe_mode, uplink  # noqa: E402
from civicroot_device.calibration_limits import LIMITS  # noqa: E402
from civicroot_device.calibration_points import POINTS  # noqa: E402
from civicroot_device.lamp import states  # noqa: E402
from civicroot_device.reporting.kinds import KINDS, Quantity  # noqa: E402
from civicroot_device.sensors.sensor import FLAGS  # noqa: E402

from hardware.power import firmware, report  # noqa: E402
from hardware.power.phase import Mark  # noqa: E402
from hardware.power.tag import RADIOS, tag  # noqa: E402

PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
BOARDS = sorted((ROOT / "firmware" / "boards").glob("*.json"))
TABLES = {"smart_bin": "Smart bin, ESP32-S3:", "tree_tag": "Tree tag, ESP32-C3:"}
DEVICE = ROOT / "firmware" / "lib" / "civicroot_device"
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


def table(heading: str, columns: str) -> dict[str, list[str]]:
    """First cell, without backticks → the others, of the table below a heading whose first row begins so."""
    section = PAGE[PAGE.index(f"\n{heading}\n") :]
    rows = section[section.index(f"\n| {columns}") + 1 :].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]
    return {row[0].replace("`", ""): row[1:] for row in cells}


def numbers(text: str) -> list[float]:
    """Decimal numbers of a cell; π is one."""
    found = re.findall(r"[−-]?\d+(?:\.\d+)?|π", text)
    return [3.142 if one == "π" else float(one.replace("−", "-")) for one in found]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_quantity_is_in_the_table_with_unit_resolution_delta_and_range(kind: str) -> None:
    rows = table("## What a device reports, and when", f"{kind} |")
    assert set(rows) == {item.name for item in KINDS[kind] if item.told}
    for item in KINDS[kind]:
        if isinstance(item, Quantity):
            unit, resolution, delta, span = rows[item.name]
            scale = 10.0**-item.digits
            assert unit == item.unit and numbers(resolution) == [pytest.approx(scale)]
            assert numbers(delta)[0] == pytest.approx(item.delta * scale)
            assert numbers(span) == [pytest.approx(item.low * scale), pytest.approx(item.high * scale)]
    beating = ", ".join(item.name for item in KINDS[kind] if item.beat)
    assert f"{kind}: {beating}" in PAGE  # the row of the heartbeat


def test_every_flag_and_alarm_is_explained_and_no_other() -> None:
    assert set(table("## Faults", "flag")) == set(FLAGS)
    named = {rule.alarm for kind in KINDS.values() for item in kind for rule in item.alarms}
    assert {row.split(" ")[0] for row in table("## Alarms", "alarm")} == named


def test_every_state_of_the_lamp_is_in_the_table_and_no_other() -> None:
    shown = [name.split(",")[0].replace(" ", "-") for name in table("## What the lamp says", "state")]
    assert set(shown) == {*states.STATES, states.FAULT}


def test_every_page_of_the_display_has_its_picture_and_is_shown_by_the_firmware() -> None:
    tree = ast.parse((DEVICE / "display" / "page.py").read_text())
    functions = [item for item in tree.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    pages = {item.name for item in functions if item.returns and ast.unparse(item.returns) == "bytearray"}
    pictured = re.findall(r"pictures/e-paper-([a-z]+)\.png", "".join(table("## What the e-paper shows", "page")))
    assert set(pictured) == pages and len(pages) >= 4
    shown = (DEVICE / "panel.py").read_text()
    for page in pages:
        assert f" page.{page}(" in shown and (ROOT / "docs" / "pictures" / f"e-paper-{page}.png").is_file()


def test_every_calibration_is_explained_key_by_key_and_point_by_point() -> None:
    bullets = [item.split("\n- *")[0] for item in PAGE.split("\n- *Calibration*")[1:]]
    for sensor, keys in LIMITS.items():
        names = [f"`{name}`" for name in (sensor, *keys)]
        assert any(all(name in bullet for name in names) for bullet in bullets), sensor
    points = PAGE.partition("Points: ")[2].partition("\n- ")[0]
    for sensor, point in POINTS:
        assert re.search(rf"`{sensor} {point}[` ]", points), f"{sensor} {point}"


def test_every_reason_of_a_start_is_in_the_table_and_no_other() -> None:
    heading = "## Starts, their reasons, and safe mode"
    named = [name for row in table(heading, "`reset`") for name in row.split(", ")]
    assert sorted(named) == sorted(boots.REASONS)


def test_every_task_that_the_supervisor_hears_is_in_the_table() -> None:
    written = {line.split('"')[1] for line in _lines("# name of the task")} | {uplink.LINK, uplink.DELIVERY}
    assert set(table("## What a bin does", "task")) == written - {safe_mode.HEALTH}
    assert f"`{safe_mode.HEALTH}`" in PAGE.partition("## Starts, their reasons, and safe mode")[2]


def _lines(words: str) -> list[str]:
    files = [path.read_text() for path in DEVICE.glob("*.py")]
    return [line for text in files for line in text.splitlines() if line.endswith(words)]


@pytest.mark.parametrize("radio", RADIOS)
def test_the_life_of_a_tag_is_the_models(radio: str) -> None:
    rows = {name.split(",")[0]: row for name, row in table("### Battery of a tree tag", "radio").items()}
    assert set(rows) == set(RADIOS)
    unit = tag(radio)
    lives = [f"{one.years:.1f} years" for one in (unit, report.scaled_slower(unit), report.unknown_slower(unit))]
    bound = unit.without(lambda phase: phase.mark == Mark.SCALED).years
    assert rows[radio] == [*lives, f"{unit.watts * 1e6:.0f} µW", f"{bound:.1f} years"]


def test_the_least_intervals_are_the_firmwares() -> None:
    rows = table("### What the cells last with", "least seconds between wakes")
    espnow = {"kind": "espnow", "channel": 6}
    found = rows.pop("ESP-NOW")
    assert (found[0], found[-1]) == (f"{firmware.least_s(espnow):,}", f"{firmware.least_s(espnow, frozen=False):,}")
    place = {"kind": "lora", "region": "EU868", "frequency": 869_525_000, "wiring": {}}
    for name, row in rows.items():
        radios = [{**place, "factor": int(name.removeprefix("LoRa SF")), "power": power} for power in (14, 17, 20, 22)]
        seconds = [*(firmware.least_s(radio) for radio in radios), firmware.least_s(radios[0], frozen=False)]
        assert row == [f"{each:,}" for each in seconds]
    assert len(rows) == 4
