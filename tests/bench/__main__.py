"""`make bench`: run every measurement and print the ratios that docs/benchmarks.md keeps."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from civicroot_wire.sodium import Signer

from tests.bench.device_rows import device_rows
from tests.bench.gateway_rows import gateway_rows
from tests.bench.log_rows import log_rows
from tests.bench.read_rows import read_rows
from tests.support.micropython import micropython_binary, micropython_environment

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 600  # for one measurement
FULL_BACKLOG = ("10000", "144")  # devices, and records of each: a day at one in ten minutes
LIMIT_BACKLOG = 3600
SIGNATURES = 2000
QUICK_SIZES = ("10000", "100000")
QUICK_READINGS = ("1000000",)
LIMITS = {"reads": 1800}  # ten million readings are stored first
MESSAGE = bytes(range(120))  # as in firmware/bench/signing.py


def main() -> int:
    """Measure one after the other, so that none disturbs another."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the log of a million entries: half the time")
    parser.add_argument("--backlog", action="store_true", help="only the full backlog of 1.44 million records")
    arguments = parser.parse_args()
    if arguments.backlog:
        print(json.dumps(_python("tests.bench.bench_backlog", *FULL_BACKLOG, limit=LIMIT_BACKLOG)))
        return 0
    quick = arguments.quick
    sizes = {"log": QUICK_SIZES, "reads": QUICK_READINGS} if quick else {}
    results = {
        name: _python(f"tests.bench.bench_{name}", *sizes.get(name, ()), limit=LIMITS.get(name, LIMIT_SECONDS))
        for name in (
            "gateway",
            "gateway_live",
            "backlog",
            "backend",
            "bytes",
            "device",
            "anchors",
            "gas",
            "log",
            "latency",
            "proofs",
            "audit",
            "witness",
            "pages",
            "map",
            "map_frames",
            "listeners",
            "reads",
        )
    }
    signing, qr = (
        _run([str(micropython_binary()), f"firmware/bench/{name}.py"], micropython_environment())
        for name in ("signing", "qr")
    )
    bare_sign = _libsodium_sign_us()
    rows = [
        ("gateway without MQTT: CPU per record ÷ libsodium verify", results["gateway"]["gateway_over_verify"]),
        *gateway_rows(results),
        ("backend: CPU per record ÷ libsodium verify", results["backend"]["commit_over_verify"]),
        *device_rows(signing, bare_sign, qr, results["device"]),
        *((f"bytes: {name.replace('_', ' ')}", f"{size} B") for name, size in results["bytes"].items()),
        *(
            (f"anchor: {kind}, bytes added to a bundle of a log of a million entries", f"{sizes['in_a_bundle']} B")
            for kind, sizes in results["anchors"].items()
        ),
        *((f"EVM: {name.replace('_', ' ')}", f"{gas:,} gas") for name, gas in results["gas"].items()),
        *log_rows(results),
        ("witness: requests/s of one log ÷ of eight logs at once", _witness_rate(results["witness"])),
        ("witness: CPU per request ÷ libsodium verify", results["witness"]["cpu_over_verify"]),
        ("witness: wall per request of one log ÷ libsodium verify", results["witness"]["alone_wall_over_verify"]),
        ("map of 100,000 devices: slowest view by zoom, ms", results["map"]["view_ms_by_zoom"]),
        ("map: script time of a frame with 100,000 devices ÷ with one", results["map_frames"]["ratio"]),
        (
            "1,000 listeners: from a commit until the first, the median, the last has the reading",
            "{first_s}; {median_s}; {last_s} s".format(**results["listeners"]),
        ),
        (
            f"map: frames/s while it is dragged, by {results['map_frames']['renderer']}",
            f"{results['map_frames']['frames_a_second']}; with one {results['map_frames']['frames_a_second_with_one']}",
        ),
        *read_rows(results["reads"]),
        ("bin's page: bytes until its proof is verified (br)", f"{results['pages']['bytes']:,} B"),
        (
            "bin's page on a slow phone (slow 4G, processor ÷ 4): until the level is shown",
            _ms(results["pages"]["usable_ms"]),
        ),
        ("bin's page on a slow phone: until its proof is verified", _ms(results["pages"]["verified_ms"])),
    ]
    width = max(len(name) for name, _ in rows)
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
    print(json.dumps({**results, "signing": signing, "qr": qr, "libsodium_sign_us": bare_sign}))
    return 0


def _witness_rate(found: dict[str, Any]) -> str:
    return f"{found['alone_per_second']} ÷ {found['together_per_second']}"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms"


def _libsodium_sign_us() -> float:
    signer = Signer(bytes(32))
    begun = time.process_time()
    for _ in range(SIGNATURES):
        signer(MESSAGE)
    return round((time.process_time() - begun) * 1e6 / SIGNATURES, 1)


def _python(module: str, *arguments: str, limit: float = LIMIT_SECONDS) -> dict[str, Any]:
    return _run([sys.executable, "-m", module, *arguments], dict(os.environ), limit)


def _run(command: list[str], environment: dict[str, str], limit: float = LIMIT_SECONDS) -> dict[str, Any]:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=limit, check=True, cwd=ROOT, env=environment
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
