"""What drawing the longest claim costs: heap with all garbage, heap that must be there, and the benchmark's output."""

import json
import subprocess

from tests.firmware.display.qr_cases import LONGEST, URL
from tests.support.micropython import ROOT, MicroPython, micropython_binary, micropython_environment

HEAP_LIMIT = 48 * 1024  # bytes: an ESP32 without external RAM has about 110 kB of heap, and the network needs its share
WHOLE_HEAP = "64k"  # everything: the interpreter's own 2 KB, compiling the modules from source, and drawing

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


def test_a_heap_of_64_kb_is_enough_for_the_modules_source_and_the_drawing() -> None:
    result = subprocess.run(
        [micropython_binary(), "-X", f"heapsize={WHOLE_HEAP}", "-c", DRAW.format(url=URL, digits=LONGEST)],
        env=micropython_environment(),
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
