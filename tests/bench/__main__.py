"""`make bench`: run every measurement and print the ratios that docs/benchmarks.md keeps."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from civicroot_wire.sodium import Signer

from tests.support.micropython import micropython_binary, micropython_environment

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 600  # for one measurement
SIGNATURES = 2000
MESSAGE = bytes(range(120))  # as in firmware/bench/signing.py


def main() -> int:
    """Measure one after the other, so that none disturbs another."""
    gateway = _python("tests.bench.bench_gateway")
    backend = _python("tests.bench.bench_backend")
    sizes = _python("tests.bench.bench_bytes")
    device = _run([str(micropython_binary()), "firmware/bench/signing.py"], micropython_environment())
    bare_sign = _libsodium_sign_us()
    rows = [
        ("gateway: CPU per record ÷ libsodium verify", gateway["gateway_over_verify"]),
        ("backend: CPU per record ÷ libsodium verify", backend["commit_over_verify"]),
        *(_device_row(device, engine, bare_sign) for engine in ("viper", "plain") if device[engine]),
        *(
            (f"device: heap of one signature, {engine}", f"{device[engine]['sign']['heap']} B")
            for engine in ("viper", "plain")
            if device[engine]
        ),
        *((f"bytes: {name.replace('_', ' ')}", f"{size} B") for name, size in sizes.items()),
    ]
    width = max(len(name) for name, _ in rows)
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
    print(
        json.dumps(
            {"gateway": gateway, "backend": backend, "device": device, "sizes": sizes, "libsodium_sign_us": bare_sign}
        )
    )
    return 0


def _device_row(device: dict[str, Any], engine: str, bare: float) -> tuple[str, str]:
    microseconds = device[engine]["sign"]["us"]
    return f"device: sign in MicroPython, {engine} ÷ libsodium sign", f"{microseconds / bare:.1f}  ({microseconds} µs)"


def _libsodium_sign_us() -> float:
    signer = Signer(bytes(32))
    begun = time.process_time()
    for _ in range(SIGNATURES):
        signer(MESSAGE)
    return round((time.process_time() - begun) * 1e6 / SIGNATURES, 1)


def _python(module: str) -> dict[str, Any]:
    return _run([sys.executable, "-m", module], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True, cwd=ROOT, env=environment
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
