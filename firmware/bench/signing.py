"""Prints what signing costs on this MicroPython as one line of JSON: microseconds and bytes of heap, per engine.

Run with the firmware's lib folder on the module path. "heap" is everything that one call allocates, garbage included;
"us" is the median, since on a shared machine the mean tells about the others.
"""

import gc
import json
import sys
import time

from civicroot_device.crypto import ed25519, ed25519_plain, sha512_plain
from civicroot_device.crypto.sha512 import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.crypto.ed25519 import Engine

ROUNDS = 25
SEED = bytes(range(32))
MESSAGE = bytes(range(120))  # about the signed part of a record with three measurements


def measure(function: "Callable[[], object]") -> "dict[str, int]":
    """Median time of a call in microseconds, and the heap that one call uses in bytes."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.ticks_us()
        function()
        times.append(time.ticks_diff(time.ticks_us(), began))
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    function()
    used = gc.mem_alloc() - before
    gc.enable()
    return {"us": sorted(times)[ROUNDS // 2], "heap": used}


def measure_engine(engine: "Engine") -> "dict[str, dict[str, int]]":
    """Costs of the three operations with an engine of curve arithmetic."""
    public = ed25519.public_key(SEED, engine=engine)
    signature = ed25519.sign(SEED, public, MESSAGE, engine=engine)
    return {
        "public_key": measure(lambda: ed25519.public_key(SEED, engine=engine)),
        "sign": measure(lambda: ed25519.sign(SEED, public, MESSAGE, engine=engine)),
        "verify": measure(lambda: ed25519.verify(public, MESSAGE, signature, engine=engine)),
    }


def main() -> None:
    """Measure and print."""
    result = {
        "machine": sys.implementation._machine if hasattr(sys.implementation, "_machine") else sys.platform,
        "message_bytes": len(MESSAGE),
        "plain": measure_engine(ed25519_plain),
        "sha512_plain": measure(lambda: sha512(MESSAGE, engine=sha512_plain)),
        "viper": None,
    }
    if ed25519._fastest is not ed25519_plain:
        result["viper"] = measure_engine(ed25519._fastest)
        result["sha512_viper"] = measure(lambda: sha512(MESSAGE))
    print(json.dumps(result))


main()
