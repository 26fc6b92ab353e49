"""Prints what drawing a bin's longest claim costs on this MicroPython as one line of JSON.

Run with the firmware's lib folder on the module path. "heap" is everything that one drawing allocates, garbage
included; "us" is the median. "longest_step_us" is the longest that it keeps the other tasks waiting: page.claim gives
way after each step (display/qr.py).
"""

import gc
import json
import sys
import time

from civicroot_device.display import qr, qr_segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.display.qr_segments import Segment

ROUNDS = 25
URL = "HTTPS://CITY.EXAMPLE/B/"
DIGITS = "1378" + "0246813579" * 26 + "024681"  # 270, as many as a token of 112 bytes has


def steps(segments: "list[Segment]") -> "list[int]":
    """Microseconds of each step of one drawing."""
    times = []
    began = time.ticks_us()
    for _ in qr.steps(segments):
        times.append(time.ticks_diff(time.ticks_us(), began))
        began = time.ticks_us()
    return times


def main() -> None:
    """Measure and print."""
    segments = [qr_segments.segment(URL), qr_segments.segment(DIGITS)]
    times, longest = [], []
    for _ in range(ROUNDS):
        gc.collect()
        taken = steps(segments)
        times.append(sum(taken))
        longest.append(max(taken))
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    version = qr.encode(segments).version
    used = gc.mem_alloc() - before
    gc.enable()
    result = {
        "machine": sys.implementation._machine if hasattr(sys.implementation, "_machine") else sys.platform,
        "digits": len(DIGITS),
        "version": version,
        "us": sorted(times)[ROUNDS // 2],
        "longest_step_us": sorted(longest)[ROUNDS // 2],
        "heap": used,
    }
    print(json.dumps(result))


main()
