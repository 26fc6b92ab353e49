"""Bytes written to the disk for each byte of records: what a memory card wears out by.

    python -m tests.bench.bench_write_amplification [FOLDER]

Prints one JSON object. An hour of DEVICES devices that report once a minute is taken in, batched, sent and committed,
with each record in a commit of its own, and with 50 of them in each. Counted are the sectors that the device under
FOLDER was told to write (/sys/dev/block; the file system's own journal is in it), so FOLDER should be on a file system
that nobody else uses, with the blocks of a card's:

    truncate -s 256M fs.img; mkfs.ext4 -q -b 4096 fs.img; mount -o loop fs.img FOLDER

Without FOLDER a temporary one is used, and only what this process changed in the page cache is counted, which is more
than is written where the kernel keeps large pieces in it (/proc/self/io).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from civicroot_gateway.config import BatchLimits
from civicroot_wire import topic

from tests.gateway.city import City, Device
from tests.gateway.rig import Rig

DEVICES = 50
MINUTES = 60
SECTOR = 512  # bytes, in /sys whatever the device has
COMMITS = (1, 50)  # records in each


def main(folder: str | None = None) -> dict[str, Any]:
    """Run it; returns what it prints."""
    city = City()
    devices = [city.device() for _ in range(DEVICES)]
    result: dict[str, Any] = {"records": DEVICES * MINUTES, "counted": "/proc/self/io" if folder is None else "device"}
    for each in COMMITS:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            result[f"written_per_record_byte_{each}_per_commit"] = _amplification(
                city, devices, Path(place), each, _own_writes if folder is None else _device_writes(Path(folder))
            )
    return result


def _amplification(city: City, devices: list[Device], folder: Path, each: int, written: Callable[[], int]) -> float:
    signed = [device.record(minute, beacon=bytes(8)) for minute in range(MINUTES) for device in devices]
    rig = Rig(city, folder, BatchLimits(), 1 << 30)
    rig.trust_all()
    _settle(folder)
    before = written()
    for start in range(0, len(signed), each):
        for number in range(start, start + each):
            rig.say(devices[number % DEVICES].kid, topic.UP, signed[number])
        rig.flush()
        rig.uptime += 60 * each / DEVICES
        for message in rig.batches():
            rig.say(None, topic.ACK, city.commit(message))
        rig.flush()
    rig.close()
    _settle(folder)
    return round((written() - before) / sum(map(len, signed)), 1)


def _settle(folder: Path) -> None:
    """All that waits in the page cache for this file system reaches the device."""
    subprocess.run(["sync", "-f", str(folder)], check=True)


def _own_writes() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _device_writes(folder: Path) -> Callable[[], int]:
    number = folder.stat().st_dev
    path = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return lambda: int(path.read_text(encoding="ascii").split()[6]) * SECTOR


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:2])))
