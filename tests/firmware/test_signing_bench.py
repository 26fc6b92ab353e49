"""The signing benchmark runs on MicroPython and prints what `make bench` reads."""

import json
import subprocess

from tests.bench.device_rows import device_rows
from tests.support.micropython import ROOT, micropython_binary, micropython_environment

SIGNING_HEAP = 28 * 1024  # bytes of one signature with the native engine, garbage included


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
    assert report["viper"]["sign"]["heap"] <= SIGNING_HEAP


def test_bench_has_a_line_for_each_cost_of_a_device() -> None:
    sign = {"sign": {"us": 900, "heap": 21_504}}
    device = {"first_publish_new_ms": 160, "first_publish_again_ms": 150, "bin_at_rest_share": 0.0032}
    device |= {"imports_over_signature": 5, "tag_imports_cpu_ms": 5.6, "wake_over_signature": 9, "tag_wake_cpu_ms": 10}
    device |= {"running_over_signature": 1, "tag_running_cpu_ms": 1.3}
    device |= {"tag_wake_flash": {"erases": 1.04, "programs": 19.3, "reads": 1787.06}}
    rows = dict(
        device_rows(
            {"viper": sign, "plain": None}, 18.0, {"us": 4000, "version": 8, "longest_step_us": 900, "heap": 1}, device
        )
    )
    assert rows["device: sign in MicroPython, viper ÷ libsodium sign"] == "50.0  (900 µs)"
    for words in (
        "heap of one signature",
        "QR code",
        "heap of drawing",
        "first publish",
        "at rest",
        "imports",
        "frozen",
        "rest of a wake",
        "flash",
    ):
        assert any(words in name for name in rows), words
