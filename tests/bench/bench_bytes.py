"""How many bytes a reading takes: on the radio, in a batch, as a proof.

python -m tests.bench.bench_bytes
"""

import json

from civicroot_wire import batch, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

from tests.firmware.record_sizes import sizes

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
}


def main() -> dict[str, float | str]:
    """Bytes of each kind of record with units, beacon and promised next report, and what a batch adds to each.

    The reports of bins and tags are the firmware's own (tests/firmware/record_sizes.py); one that is too long for a
    frame is split over several records.
    """
    signer = Signer(bytes(32))
    found: dict[str, float | str] = {name: len(_signed(signer, report)) for name, report in REPORTS.items()}
    for kind in ("bin", "tree"):
        for report, parts in sizes(kind).items():
            found[f"{kind}_{report}"] = " + ".join(map(str, parts))
    records = [_signed(signer, REPORTS["three_measurements"]) for _ in range(500)]
    header = batch.sign_header(signer.kid, Sequence(SEQ), records, NOW, NOW + 10, REALM, signer)
    message = batch.encode_message(header, records)
    per_record = round((len(message) - sum(map(len, records))) / len(records), 1)
    return {**found, "batch_header": len(header), "added_per_record_in_a_batch_of_500": per_record}


def _signed(signer: Signer, report: list[Measurement]) -> bytes:
    return record.sign(signer.kid, Sequence(SEQ, 0, BEACON), Pack(report, NOW), REALM, signer)


if __name__ == "__main__":
    print(json.dumps(main()))
