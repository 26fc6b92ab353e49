"""The firmware as it lies on a board: every module as .mpy, made by mpy-cross for this machine."""

import shutil
import subprocess
from pathlib import Path

from tests.firmware.test_compiles import MPY_CROSS
from tests.support.micropython import ROOT

_PACKAGES = (ROOT / "firmware" / "lib", ROOT / "wire" / "src" / "civicroot_wire")


def compile_firmware(folder: Path) -> Path:
    """Compile into `folder`/lib; the path of the main.py that runs it."""
    for top in _PACKAGES:
        base = top if top.name == "lib" else top.parent
        for source in top.rglob("*.py"):
            if source.name == "sodium.py":
                continue  # CPython's: it binds libsodium
            output = folder / "lib" / source.relative_to(base).with_suffix(".mpy")
            output.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([MPY_CROSS, "-march=x64", "-o", output, source], check=True, timeout=60)
    for source in (ROOT / "firmware").glob("*.py"):
        shutil.copy(source, folder)  # a board starts these by name, as they are
    return folder / "main.py"
