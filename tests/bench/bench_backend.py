"""CPU time per record in the backend, from batch message to signed verdict, beside libsodium's bare verification.

    python -m tests.bench.bench_backend

Prints one JSON object; all times are CPU microseconds of this process (user and system), the best of several rounds. No
broker: the MQTT client's own cost is measured elsewhere.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from civicroot_wire import cose, record
from civicroot_wire.sodium import Signer, verify

from tests.backend.city import City, batch_message, commit, signed_record

ROUNDS = 3
DEVICES, BATCHES, RECORDS = 20, 10, 500  # a busy minute of 20 gateways' worth of records
VERIFICATIONS = 3000


def measure() -> dict[str, float]:
    """Microseconds per record, and the ratio of the commit to bare verification."""
    bare = min(_bare_verify() for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        results = [_commit_all(Path(folder) / str(number)) for number in range(ROUNDS)]
    commits, integrations, projections = (min(column) for column in zip(*results, strict=True))
    return {
        "verify_us": round(bare, 1),
        "commit_us_per_record": round(commits, 1),
        "commit_over_verify": round(commits / bare, 2),
        "publish_us_per_batch": round(integrations, 1),
        "project_us_per_record": round(projections, 1),
    }


def _bare_verify() -> float:
    key = Signer(bytes(32))
    found = cose.parse(signed_record(key, 0), record.MAX_RECORD_BYTES)
    signed = cose.sig_structure(found.protected, found.payload, cose.aad(record.KIND, "test.example"))

    def verify_all() -> None:
        for _ in range(VERIFICATIONS):
            verify(key.public, signed, found.signature)

    return _cpu(verify_all) / VERIFICATIONS


def _commit_all(folder: Path) -> tuple[float, float, float]:
    city = City(folder)
    with city.backend() as backend:
        gateway = city.enrolled(backend, "gateway/1", "gateway")
        devices = [city.enrolled(backend, f"bin/{number}", "device") for number in range(DEVICES)]
        messages = [batch_message(gateway, seq, _records(devices, seq)) for seq in range(BATCHES)]

        def commit_all() -> None:
            for message in messages:
                commit(backend, gateway, message)

        committed = _cpu(commit_all) / (BATCHES * RECORDS)
        published = _cpu(backend.publish_pending) / BATCHES
        projected = _cpu(backend.project_pending) / (BATCHES * RECORDS)
        if backend.counts()["record", "accepted"] != BATCHES * RECORDS:
            raise AssertionError("not every record was accepted")
    return committed, published, projected


def _records(devices: list[Signer], batch: int) -> list[bytes]:
    each = RECORDS // len(devices)
    return [signed_record(device, batch * each + at) for device in devices for at in range(each)]


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e6


if __name__ == "__main__":
    print(json.dumps(measure()))
