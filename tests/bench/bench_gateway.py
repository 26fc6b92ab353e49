"""CPU time per record through admission, spool and batches, beside libsodium's bare verification in the same run.

    python -m tests.bench.bench_gateway [records]

Prints one JSON object: microseconds of this process's CPU time per record, and their ratio. There is no MQTT in it (see
bench_gateway_live). The spool is on the disk with every sync of service; waiting for the disk is not CPU time.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from civicroot_gateway.config import BatchLimits
from civicroot_wire import cose, record, record_grammar, topic

from tests.gateway.city import NOW, REALM, City, Device, verify
from tests.gateway.rig import Rig

DEVICES = 20
RECORDS = 8000  # a second or so
PER_MESSAGE = 8  # a device that catches up; a single record costs the split of one message more
PER_GROUP = 512  # the daemon's GROUP_SIZE
SPOOL_BYTES = 1 << 30


def main(records: int = RECORDS) -> dict[str, Any]:
    """Run it; returns what it prints."""
    city = City()
    devices = [city.device() for _ in range(DEVICES)]
    signed = [[device.record(number, beacon=bytes(8)) for number in range(records // DEVICES)] for device in devices]
    every = [data for of_device in signed for data in of_device]
    checks = [
        _verification(device, data) for device, of_device in zip(devices, signed, strict=True) for data in of_device
    ]
    bare = _cpu(lambda: _verify_all(checks)) / len(checks)
    decoding = _cpu(lambda: [record_grammar.decode(data) for data in every]) / len(every)
    strictly = _cpu(lambda: [record.decode(data) for data in every]) / len(every)
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(city, Path(folder), BatchLimits(max_records=512), SPOOL_BYTES)
        rig.trust_all()
        gateway = _cpu(lambda: _through(rig, devices, signed)) / len(every)
        spooled, batches = rig.engine.spooled, len(rig.engine.waiting)
        rig.close()
    if spooled != len(every):
        raise SystemExit(f"only {spooled} of {len(every)} records were accepted")
    return {
        "records": len(every),
        "bytes_per_record": round(sum(map(len, every)) / len(every), 1),
        "batches": batches,
        "verify_us": round(bare, 1),
        "decode_us": round(decoding, 1),
        "decode_without_grammar_us": round(strictly, 1),
        "gateway_us": round(gateway, 1),
        "gateway_over_verify": round(gateway / bare, 2),
    }


def _verify_all(checks: list[tuple[bytes, bytes, bytes]]) -> None:
    for check in checks:
        verify(*check)


def _verification(device: Device, data: bytes) -> tuple[bytes, bytes, bytes]:
    message = record.decode(data).message
    structure = cose.sig_structure(message.protected, message.payload, cose.aad(record.KIND, REALM))
    return device.key.public, structure, message.signature


def _through(rig: Rig, devices: list[Device], signed: list[list[bytes]]) -> None:
    """All records, PER_MESSAGE in a message, device by device in turn, with a commit for each group."""
    for start in range(0, len(signed[0]), PER_MESSAGE):
        for device, records in zip(devices, signed, strict=True):
            rig.say(device.kid, topic.UP, b"".join(records[start : start + PER_MESSAGE]))
            if rig.engine.pending >= PER_GROUP:
                rig.engine.flush()
    rig.now = NOW + 1
    rig.engine.flush()


def _cpu(run: Callable[[], object]) -> float:
    """CPU microseconds of this process that `run` takes."""
    before = time.process_time_ns()
    run()
    return (time.process_time_ns() - before) / 1000


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:2]))))
