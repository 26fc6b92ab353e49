"""How many bytes a reading takes: on the radio, in a batch, as a proof.

python -m tests.bench.bench_bytes
"""

import json

from civicroot_wire import batch, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

REALM = "bench.example"
NOW = 1_790_000_000
SEQ = 70_000  # a device that has reported every ten minutes for over a year
BEACON = b"\xbe" * 8
REPORTS = {
    "three_measurements": [
        Measurement("fill", DecimalFraction(-2, 62), "/", update_time=600),
        Measurement("temp", DecimalFraction(-1, 215), "Cel"),
        Measurement("weight", DecimalFraction(-1, 124), "kg"),
    ],
    "bin": [
        Measurement("fill", DecimalFraction(-2, 62), "/", update_time=600),
        Measurement("temp", DecimalFraction(-1, 215), "Cel"),
        Measurement("lid", False),
        Measurement("weight", DecimalFraction(-1, 124), "kg"),
    ],
    "tree": [
        Measurement("soil", DecimalFraction(-3, 231), "/", update_time=3600),
        Measurement("soiltemp", DecimalFraction(-1, 143), "Cel"),
        Measurement("tilt", DecimalFraction(-3, 12), "rad"),
        Measurement("battery", 88, "%EL"),
    ],
}


def main() -> dict[str, float]:
    """Bytes of each kind of record with units, beacon and promised next report, and what a batch adds to each."""
    signer = Signer(bytes(32))
    sizes: dict[str, float] = {name: len(_signed(signer, report)) for name, report in REPORTS.items()}
    records = [_signed(signer, REPORTS["bin"]) for _ in range(500)]
    header = batch.sign_header(signer.kid, Sequence(SEQ), records, NOW, NOW + 10, REALM, signer)
    message = batch.encode_message(header, records)
    per_record = round((len(message) - sum(map(len, records))) / len(records), 1)
    return {**sizes, "batch_header": len(header), "added_per_record_in_a_batch_of_500": per_record}


def _signed(signer: Signer, report: list[Measurement]) -> bytes:
    return record.sign(signer.kid, Sequence(SEQ, 0, BEACON), Pack(report, NOW), REALM, signer)


if __name__ == "__main__":
    print(json.dumps(main()))
