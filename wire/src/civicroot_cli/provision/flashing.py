"""Putting MicroPython and the application on a board: what esptool and mpremote are called with.

A board that was unlocked, or never used, can be flashed. `factory.json` says what the board is. The application is
compiled before anything is erased (application.py). Then the flash is erased, so a copy that was cut leaves nothing to
the next one; and what starts the application is copied last, so a cut copy is a board that does nothing and is flashed
again.
"""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from civicroot_cli import files
from civicroot_cli.main import CommandError

from . import application


class Chip(NamedTuple):
    """esptool's name; the number in an image's header (esp_chip_id_t of ESP-IDF); mpy-cross's name of its processor."""

    name: str
    number: int
    processor: str


CHIPS = {"smart_bin": Chip("esp32s3", 9, "xtensawin"), "tree_tag": Chip("esp32c3", 5, "rv32imc")}  # by board
ROOT_FILES = ("starter.py", "boot.py", "main.py")  # in this order: without main.py nothing is started
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
    if firmware.board not in CHIPS:
        raise CommandError(f"there is no board {firmware.board}; there are {', '.join(CHIPS)}")
    application.check(_checkout(firmware))
    for path in (firmware.image, *_described(firmware), *_roots(firmware)):
        if not path.exists():
            raise CommandError(f"there is no {path}")
    header = files.read(firmware.image, _HEADER)
    if len(header) < _HEADER or header[0] != _MAGIC:
        raise CommandError(f"{firmware.image} is no image for an ESP32")
    chip = CHIPS[firmware.board]
    if int.from_bytes(header[_CHIP_AT : _CHIP_AT + 2], "little") != chip.number:
        raise CommandError(f"{firmware.image} is for another chip than the {chip.name} of {firmware.board}")


def commands(firmware: Firmware, port: str, lib: Path) -> list[list[str]]:
    """The command lines, in order; `lib` is the folder with the application."""
    board, factory = _described(firmware)
    esptool = [sys.executable, "-m", "esptool", "--chip", CHIPS[firmware.board].name, "--port", port]
    remote = [sys.executable, "-m", "mpremote", "connect", port]
    return [
        [*esptool, "erase-flash"],
        [*esptool, "write-flash", "0x0", str(firmware.image)],
        [*remote, "mkdir", ":lib"],
        [*remote, "cp", "-r", *(str(lib / Path(package).name) for package in application.PACKAGES), ":lib/"],
        [*remote, "cp", str(board), ":board.json"],
        [*remote, "cp", str(factory), ":factory.json"],
        [*remote, "cp", *map(str, _roots(firmware)), ":"],
        [*remote, "reset"],
    ]


def flash(firmware: Firmware, port: str, say: Callable[[str], None]) -> None:
    """Compile, and run them. CommandError with what the failed one said: the board is then flashed from the start."""
    check(firmware)
    with tempfile.TemporaryDirectory(prefix="civicroot-") as folder:
        say(f"  mpy-cross -march={CHIPS[firmware.board].processor}")
        application.make(_checkout(firmware), CHIPS[firmware.board].processor, Path(folder))
        for command in commands(firmware, port, Path(folder)):
            say(f"  {' '.join(command[2:])}")
            _run(command)


def _run(command: list[str]) -> None:
    said = " ".join(command[2:])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FLASH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{said}: it is not done after {FLASH_SECONDS:g} s") from error
    except OSError as error:
        raise CommandError(f"{said}: {error.strerror}") from error
    if done.returncode:
        raise CommandError(f"{said}: {' '.join((done.stderr or done.stdout).split())}")


def _checkout(firmware: Firmware) -> Path:
    return firmware.folder.absolute().parent


def _described(firmware: Firmware) -> list[Path]:
    """What the board has, and what it is."""
    return [firmware.folder / what / f"{firmware.board}.json" for what in ("boards", "factory")]


def _roots(firmware: Firmware) -> list[Path]:
    return [firmware.folder / name for name in ROOT_FILES]
