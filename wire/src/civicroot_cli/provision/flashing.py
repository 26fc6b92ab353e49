"""Putting MicroPython and the application on a board: what esptool and mpremote are called with. Not run by the tests.

A board that was unlocked, or never used, can be flashed. `factory.json` says what the board is. The flash is erased
first, so a copy that was cut leaves nothing to the next one; and what starts the application is copied last, so a cut
copy is a board that does nothing and is flashed again.
"""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files
from civicroot_cli.main import CommandError

# By board: its chip, and the number that an image for it has in its header (esp_chip_id_t of ESP-IDF).
CHIPS = {"smart_bin": ("esp32s3", 9), "tree_tag": ("esp32c3", 5)}
ROOT_FILES = ("starter.py", "boot.py", "main.py")  # in this order: without main.py nothing is started
PACKAGES = ("civicroot_device", "civicroot_radio")
TOOLS = ("esptool", "mpremote")
FLASH_SECONDS = 600.0  # of one of their commands; an image takes one minute, the application three
_MAGIC, _CHIP_AT, _HEADER = 0xE9, 12, 24  # of an image (ESP-IDF, esp_image_header_t)


@dataclass(frozen=True)
class Firmware:
    """`folder` is the checkout's, `image` MicroPython's for the chip, `board` one of CHIPS."""

    folder: Path
    image: Path
    board: str


def check(firmware: Firmware) -> None:
    """Raises CommandError if a tool, a file or a part of one is missing, or the image is for another chip."""
    for tool in TOOLS:
        if importlib.util.find_spec(tool) is None:
            raise CommandError(f"{tool} is not installed: pip install {tool}")
    commands(firmware, "")
    header = files.read(firmware.image, _HEADER)
    if len(header) < _HEADER or header[0] != _MAGIC:
        raise CommandError(f"{firmware.image} is no image for an ESP32")
    chip, number = CHIPS[firmware.board]
    if int.from_bytes(header[_CHIP_AT : _CHIP_AT + 2], "little") != number:
        raise CommandError(f"{firmware.image} is for another chip than the {chip} of {firmware.board}")


def commands(firmware: Firmware, port: str) -> list[list[str]]:
    """The command lines, in order. Raises CommandError if a file of them is missing."""
    if firmware.board not in CHIPS:
        raise CommandError(f"there is no board {firmware.board}; there are {', '.join(CHIPS)}")
    folder, wire = firmware.folder, firmware.folder.parent / "wire" / "src" / "civicroot_wire"
    board, factory = folder / "boards" / f"{firmware.board}.json", folder / "factory" / f"{firmware.board}.json"
    packages = [*(folder / "lib" / name for name in PACKAGES), wire]
    roots = [folder / name for name in ROOT_FILES]
    for path in (firmware.image, board, factory, *packages, *roots):
        if not path.exists():
            raise CommandError(f"there is no {path}")
    esptool = [sys.executable, "-m", "esptool", "--chip", CHIPS[firmware.board][0], "--port", port]
    remote = [sys.executable, "-m", "mpremote", "connect", port]
    return [
        [*esptool, "erase-flash"],
        [*esptool, "write-flash", "0x0", str(firmware.image)],
        [*remote, "mkdir", ":lib"],
        [*remote, "cp", "-r", *map(str, packages), ":lib/"],
        [*remote, "cp", str(board), ":board.json"],
        [*remote, "cp", str(factory), ":factory.json"],
        [*remote, "cp", *map(str, roots), ":"],
        [*remote, "reset"],
    ]


def flash(firmware: Firmware, port: str, say: Callable[[str], None]) -> None:
    """Run them. CommandError with what the failed one said: the board is then flashed again from the start."""
    check(firmware)
    for command in commands(firmware, port):
        said = " ".join(command[2:])
        say(f"  {said}")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=FLASH_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise CommandError(f"{said}: it is not done after {FLASH_SECONDS:g} s") from error
        except OSError as error:
            raise CommandError(f"{said}: {error.strerror}") from error
        if done.returncode:
            raise CommandError(f"{said}: {(done.stderr or done.stdout).strip()}")
