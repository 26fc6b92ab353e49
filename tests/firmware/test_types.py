"""The firmware's types against the stubs of MicroPython for the ESP32 (`make lint` runs the same)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.micropython import ROOT

pytestmark = pytest.mark.timeout(300)  # a first run without cache takes a minute


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--config-file", "firmware/mypy.ini", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_file_is_typed_against_the_stubs_of_the_esp32() -> None:
    found = check()
    assert found.returncode == 0, found.stdout + found.stderr


def test_what_the_esp32_does_not_have_would_be_noticed(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("import machine\n\n\ndef f() -> int:\n    return machine.Pin(1).values()\n")
    found = check("--cache-dir", str(tmp_path / "cache"), str(source))
    assert found.returncode == 1
    assert '"Pin" has no attribute "values"' in found.stdout
