"""Witness: requests it answers, against bare verification of one signature.

    python -m tests.bench.bench_witness

A witness process with its database on the disk and every sync as in service, asked over HTTP on kept connections: by
one log that sends one checkpoint after the other, and by many logs at once. Prints one JSON object: requests/s (wall),
the process's CPU microseconds per request, and both held against libsodium's verification in the same run.
"""

import http.client
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from civicroot_wire.sodium import Signer, verify

from tests.witness.independent_client import Log, send
from tests.witness.processes import WitnessProcess, add_log, init

LOGS, SIZES = 8, 400  # logs that ask at once, and how many checkpoints each
VERIFICATIONS = 4000
MESSAGE = bytes(range(120))


def main() -> dict[str, float]:
    """One log alone, then all but that one together."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "w"
        init(folder)
        config = folder / "witness.toml"
        config.write_text(config.read_text().replace("burst = 100", "burst = 1000000"))
        logs = [Log(f"city{number}.example/log", [b"%d" % at for at in range(SIZES)]) for number in range(LOGS + 1)]
        add_log(folder, *(log.vkey for log in logs))
        asked = [[log.request(size - 1, size) for size in range(1, SIZES + 1)] for log in logs]
        with WitnessProcess(folder) as process:
            alone, alone_cpu = _measure(process, asked[:1])
            together, together_cpu = _measure(process, asked[1:])
    bare = _verify_us()
    return {
        "alone_per_second": round(alone),
        "together_per_second": round(together),
        "alone_cpu_us": round(alone_cpu),
        "together_cpu_us": round(together_cpu),
        "verify_us": round(bare, 1),
        "alone_wall_over_verify": round(1e6 / alone / bare, 1),
        "together_wall_over_verify": round(1e6 / together / bare, 1),
        "cpu_over_verify": round(together_cpu / bare, 1),
    }


def _measure(process: WitnessProcess, asked: list[list[bytes]]) -> tuple[float, float]:
    """Requests/s, and CPU microseconds per request."""
    count = sum(len(bodies) for bodies in asked)
    before, begun = _cpu(process), time.perf_counter()
    with ThreadPoolExecutor(len(asked)) as pool:
        list(pool.map(lambda bodies: _ask(process.url, bodies), asked))
    seconds = time.perf_counter() - begun
    return count / seconds, (_cpu(process) - before) * 1e6 / count


def _ask(url: str, bodies: list[bytes]) -> None:
    host, _, port = url.removeprefix("http://").rpartition(":")
    link = http.client.HTTPConnection(host, int(port), 60)
    for body in bodies:
        assert send(link, body).status == 200
    link.close()


def _cpu(process: WitnessProcess) -> float:
    for line in process.get("/metrics").splitlines():
        if line.startswith("process_cpu_seconds_total "):
            return float(line.split()[1])
    raise AssertionError("no process_cpu_seconds_total")


def _verify_us() -> float:
    signer = Signer(bytes(32))
    signature = signer(MESSAGE)
    begun = time.process_time()
    for _ in range(VERIFICATIONS):
        verify(signer.public, MESSAGE, signature)
    return (time.process_time() - begun) * 1e6 / VERIFICATIONS


if __name__ == "__main__":
    print(json.dumps(main()))
