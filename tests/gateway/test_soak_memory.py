"""The gateway's memory does not grow with the records that go through it, only with what it keeps on purpose.

Every record is new and really signed, and each batch gets its verdict. What memory keeps on purpose, the newest
digests, has a limit and is let fill first. By default a small run with a real bound; CIVICROOT_SOAK=1 sends ten million
(CIVICROOT_SOAK_RECORDS says how many instead; about 170 µs each).
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_gateway import upkeep
from civicroot_gateway.config import BatchLimits
from civicroot_wire import topic

from tests.bench import street

from .city import REALM, City, Device
from .rig import Rig

SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
RECORDS = int(os.environ.get("CIVICROOT_SOAK_RECORDS", "10000000" if SOAK else "40000"))
DEVICES = 20
PER_MESSAGE = 32
GROUP = 512
WINDOW = 65_536 if SOAK else 4096  # digests in memory before they go to state.db: a small run must see it filled, too
SAMPLES = 20  # of the memory, evenly over the run
PAGE = os.sysconf("SC_PAGE_SIZE")
# An entry of a list that is forgotten is eight bytes, a record kept by mistake over two hundred; a short run has noise.
BYTES_PER_RECORD = 2.0 if SOAK else 80.0


def resident() -> int:
    """Bytes of this process in memory, after what can be freed is."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def flow(rig: Rig, devices: list[Device], first: int, numbers: int) -> Iterator[None]:
    """Each device's next `numbers`, a commit for each group, and the backend's verdict on each batch."""
    for start in range(first, first + numbers, PER_MESSAGE):
        for device in devices:
            (message,) = street.messages(device.key, REALM, range(start, start + PER_MESSAGE), PER_MESSAGE)
            rig.say(device.kid, topic.UP, message)
            if rig.engine.pending >= GROUP:
                rig.uptime += 1  # no device is over its rate limit
                rig.flush()
                rig.acks.clear()
                settle(rig)
        yield


def settle(rig: Rig) -> None:
    """The backend commits what waits."""
    for seq in list(rig.engine.waiting):
        rig.say(None, topic.ACK, rig.city.commit(rig.engine.batch_message(seq)))
    rig.flush()


def slope(values: list[int]) -> float:
    """Least squares: growth from one value to the next."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    across = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return across / sum((at - middle) ** 2 for at in range(len(values)))


@pytest.mark.timeout(7200 if SOAK else 300)
def test_memory_is_flat_over_many_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "WINDOW_RECORDS", WINDOW)
    city = City()
    devices = [city.device() for _ in range(DEVICES)]
    rig = Rig(city, tmp_path, BatchLimits(max_records=512), 1 << 30)
    rig.trust_all()
    each = RECORDS // DEVICES // PER_MESSAGE * PER_MESSAGE
    rounds = each // PER_MESSAGE
    found = []
    for number, _ in enumerate(flow(rig, devices, 0, each)):
        if number % max(rounds // (2 * SAMPLES), 1) == 0 and number >= rounds // 2:  # caches and windows fill first
            found.append(resident())
            print(f"{number * PER_MESSAGE * DEVICES} records, {found[-1] >> 10} KiB")
    rig.flush()
    accepted = rig.counted("record")["accepted"]
    rig.close()
    assert accepted == each * DEVICES
    per_record = slope(found) / (each * DEVICES / 2 / len(found))
    assert per_record < BYTES_PER_RECORD, f"{per_record:.2f} bytes stay of each record: {found}"
