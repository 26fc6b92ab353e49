"""A key comes from the chip's generator with the radio on: without it an ESP32 draws pseudo-random numbers."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_device.provisioning.factory import Factory

from tests.support.micropython import ROOT, MicroPython

FIRMWARE = ROOT / "firmware"
LIB = FIRMWARE / "lib"
DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
RADIO_ON, KEY, JITTER = ("radio", True), ("drawn", 32), ("drawn", 4)


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        process.run("import key_board\nkey_board.install()")
        yield process


def fields_of(board: str, folder: Path) -> dict[str, Any]:
    """Of a device that nobody has provisioned."""
    fields = Factory(json.loads((FIRMWARE / "factory" / f"{board}.json").read_text())).provisional_fields()
    return {**fields, "data": str(folder), "board": str(FIRMWARE / "boards" / f"{board}.json")}


@pytest.mark.parametrize("board", ["smart_bin", "tree_tag"])
def test_the_radio_is_on_before_the_key_is_drawn_and_not_switched_on_for_a_key_that_is_there(
    chip: MicroPython, tmp_path: Path, board: str
) -> None:
    fields = fields_of(board, tmp_path / "flash")
    first = chip.call("key_board.starts", fields, False)
    assert first[:3] == [JITTER, RADIO_ON, KEY]
    assert ("radio", False) not in first
    # A tag wakes a thousand times a month.
    assert chip.call("key_board.starts", fields, True) == [JITTER]


def test_so_it_is_for_the_challenge_of_an_unlock(chip: MicroPython, tmp_path: Path) -> None:
    fields = fields_of("tree_tag", tmp_path / "flash")
    assert chip.call("key_board.challenge", fields) == (16, [RADIO_ON, ("drawn", 16)])


def test_every_key_and_every_challenge_is_drawn_that_way() -> None:
    """Store makes the key, from what it is given; nobody else does."""
    given: list[str] = []
    makers: list[str] = []
    for path in [*LIB.rglob("*.py"), *FIRMWARE.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            if name == "Store":
                given.append(ast.unparse(node.args[1]))
            if name == "load_or_create":
                makers.append(path.name)
            if "CHALLENGE_BYTES" in ast.unparse(node) and name in ("random", "secret", "urandom"):
                given.append(ast.unparse(node.func))
    assert makers == ["store.py"]
    assert len(given) >= 4
    assert all(source.endswith("board.secret") for source in given), given
