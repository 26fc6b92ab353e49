"""The signing benchmark runs on MicroPython and prints what `make bench` reads."""

import json
import subprocess

from tests.support.micropython import ROOT, micropython_binary, micropython_environment


def test_bench_prints_time_and_heap_of_both_engines() -> None:
    result = subprocess.run(
        [micropython_binary(), ROOT / "firmware" / "bench" / "signing.py"],
        env=micropython_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    report = json.loads(result.stdout)
    for engine in ("viper", "plain"):
        for operation in ("public_key", "sign", "verify"):
            assert report[engine][operation]["us"] > 0 and report[engine][operation]["heap"] > 0
    assert report["viper"]["sign"]["heap"] < report["plain"]["sign"]["heap"]
