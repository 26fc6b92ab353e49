"""Putting MicroPython and the application on a board: what esptool and mpremote are called with. Not run by the tests.

A board that was unlocked, or never used, can be flashed. `factory.json` says what the board is.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli.main import CommandError

CHIPS = {"smart_bin": "esp32s3", "tree_tag": "esp32c3"}
ROOT_FILES = ("boot.py", "main.py", "starter.py", "prompt.py")
PACKAGES = ("civicroot_device", "civicroot_radio")
FLASH_SECONDS = 300.0


@dataclass(frozen=True)
class Firmware:
    """`folder` is the checkout's, `image` MicroPython's for the chip, `board` one of CHIPS."""

    folder: Path
    image: Path
    board: str


def commands(firmware: Firmware, port: str) -> list[list[str]]:
    """The command lines, in order. Raises CommandError if a file of them is missing."""
    if firmware.board not in CHIPS:
        raise CommandError(f"no board {firmware.board}; there are {', '.join(CHIPS)}")
    folder, wire = firmware.folder, firmware.folder.parent / "wire" / "src" / "civicroot_wire"
    board, factory = folder / "boards" / f"{firmware.board}.json", folder / "factory" / f"{firmware.board}.json"
    for path in (firmware.image, board, factory, wire, *(folder / name for name in ROOT_FILES)):
        if not path.exists():
            raise CommandError(f"there is no {path}")
    esptool = [sys.executable, "-m", "esptool", "--chip", CHIPS[firmware.board], "--port", port]
    remote = [sys.executable, "-m", "mpremote", "connect", port]
    copied = [str(folder / "lib" / name) for name in PACKAGES] + [str(wire)]
    return [
        [*esptool, "erase-flash"],
        [*esptool, "write-flash", "0x0", str(firmware.image)],
        [*remote, "mkdir", ":lib"],
        [*remote, "cp", "-r", *copied, ":lib/"],
        [*remote, "cp", str(board), ":board.json"],
        [*remote, "cp", str(factory), ":factory.json"],
        # Last: a board that was unplugged before has no program that starts, and is flashed again.
        [*remote, "cp", *(str(folder / name) for name in ROOT_FILES), ":"],
        [*remote, "reset"],
    ]


def flash(firmware: Firmware, port: str, say: Callable[[str], None]) -> None:
    """Run them. CommandError with what the failed one said."""
    for tool in ("esptool", "mpremote"):
        if shutil.which(tool) is None:
            raise CommandError(f"{tool} is not installed: pip install {tool}")
    for command in commands(firmware, port):
        say(" ".join(command[2:]))
        done = subprocess.run(command, capture_output=True, text=True, timeout=FLASH_SECONDS, check=False)
        if done.returncode:
            raise CommandError(f"{' '.join(command[2:])}: {(done.stderr or done.stdout).strip()}")
