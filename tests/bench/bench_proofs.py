"""What a proof costs: to make on the server, to verify in Python and with the browser's verifier; and receipts.

    python -m tests.bench.bench_proofs

The bundle that is verified is that of a reading in a log of a million entries (million.py); the server makes those of a
city with some thousand records. Prints one JSON object; times are CPU microseconds, the median of many.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from civicroot_wire import claims, policy, receipt, statement, verifier
from civicroot_wire.sodium import Signer, verify

from tests.backend.api_city import OpenCity
from tests.bench.million import KEYS, Million, million, status_entry

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(sys.executable).parent / "node"
IN_NODE = Path(__file__).with_name("verify_in_node.ts")
ROUNDS = 300
BATCHES, RECORDS = 20, 250
STATEMENTS = 300
NODE_SECONDS = 120
CITIES = ((KEYS, KEYS // 100), (10_000, 100), (100_000, 1_000))  # keys enrolled, keys revoked


def median_us(work: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """CPU microseconds of one call; it is given its number."""
    found = []
    for number in range(rounds):
        begun = time.process_time_ns()
        work(number)
        found.append((time.process_time_ns() - begun) / 1000)
    return round(statistics.median(found), 1)


def inflate(compressed: bytes, limit: int) -> bytes:
    """As the command line does it."""
    return zlib.decompressobj().decompress(compressed, limit)


def main() -> dict[str, Any]:
    """Everything."""
    reading = million()
    return {
        "bare_verify_us": _bare(),
        "bundle": _bundle(reading),
        "server": _server(),
        "verify": {"python_us": _python(reading), **_node(reading)},
    }


def _bare() -> float:
    signer = Signer(bytes(32))
    signature = signer(bytes(250))
    return median_us(lambda _: verify(signer.public, bytes(250), signature), 2000)


def _bundle(reading: Million) -> dict[str, Any]:
    sizes = reading.sizes(300)
    lists = {f"{keys} keys, {revoked} revoked": len(status_entry(keys, revoked)) for keys, revoked in CITIES}
    return {
        "bytes": len(reading.encoded),
        "parts": reading.parts(),
        "over_places": {"median": sizes[150], "nine_of_ten": sizes[270], "most": sizes[-1]},
        "status_list_bytes": lists,
    }


def _python(reading: Million) -> float:
    data = reading.encoded
    return median_us(lambda _: verifier.verify(data, reading.policy, verify, inflate))


def _node(reading: Million) -> dict[str, float]:
    """The TypeScript verifier in Node, whose engine is Chromium's: first call, and the median once it is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, trusted = Path(folder) / "reading.proof", Path(folder) / "policy.json"
        bundle.write_bytes(reading.encoded)
        trusted.write_text(json.dumps(policy.to_document(reading.policy)), encoding="utf-8")
        command = [*map(str, (NODE, IN_NODE, bundle, trusted, ROUNDS))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=NODE_SECONDS, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _server() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, closing(OpenCity(Path(folder))) as city:
        device = city.enrol_device("bin/1")
        for number in range(BATCHES):
            city.commit([city.fill(device, number * RECORDS + seq, 40) for seq in range(RECORDS)])
        indices = _statements(city)
        city.publish()
        published = city.backend.published
        assert published is not None
        entries = [city.backend.receipts.entry(index) for index in indices]
        receipts = [city.backend.receipts.cose(index) for index in indices]
        key = city.city.log_key.public
        proof_us = median_us(lambda number: city.backend.proof(device.kid, number * 7 % (BATCHES * RECORDS)))
        receipt_us = median_us(lambda number: city.backend.receipts.cose(indices[number % STATEMENTS]))
        verify_us = median_us(
            lambda number: receipt.verify(
                receipt.decode(receipts[number % STATEMENTS]), entries[number % STATEMENTS], key, verify
            )
        )
        return {
            "log_size": published.size,
            "proof_us": proof_us,
            "proof_bytes_without_witnesses": len(city.backend.proof(device.kid, 0)),
            "receipt_us": receipt_us,
            "receipts_per_second": round(1e6 / receipt_us),
            "receipt_bytes": len(receipts[0]),
            "receipt_verify_us": verify_us,
            "tlog_proof_us": median_us(lambda number: city.backend.receipts.tlog_proof(indices[number % STATEMENTS])),
        }


def _statements(city: OpenCity) -> list[int]:
    office = city.city.enrolled(city.backend, "organisation/works", statement.ROLE)
    about = claims.Claims("application/vnd.example.inspection", "organisation/works", "bridge/7", city.city.realm)
    signed = [statement.sign(about, b"inspection %d" % number, office.kid, office) for number in range(STATEMENTS)]
    return [city.backend.submit(item).index for item in signed]


if __name__ == "__main__":
    print(json.dumps(main()))
