"""How much the outbox holds: a week of a busy bin, with the real reporter's records, in 512 KB."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).parents[1] / "device_side"
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.storage.outbox import LIMIT_BYTES, SEGMENT_BYTES  # noqa: E402
from outage import A_DAY, DEPOSITS, Outage  # noqa: E402

WEEK = 7
REPORTS = WEEK * A_DAY
BYTES_EACH = 28  # of memory for a record in the outbox, on the 64-bit Unix port (a board's pointers are half as long)
SCAN_MS = 2000  # most is 0.1 s; the machine may be busy


def test_seven_days_without_a_gateway_fit_into_the_outbox_whole() -> None:
    world = Outage(LIMIT_BYTES)
    world.live(WEEK)
    held = world.records()
    assert LIMIT_BYTES == 512 * 1024
    assert len(world.deposits) == WEEK * DEPOSITS
    assert len(world.heartbeats) >= REPORTS
    assert set(held) == set(world.deposits) | set(world.heartbeats)
    assert (world.outbox.counts.thinned, world.refused) == (0, 0)
    files = world.outbox._segments
    assert len(files) * SEGMENT_BYTES <= LIMIT_BYTES
    print(f"{len(held)} records in {len(files)} blocks, {len(files) * SEGMENT_BYTES / LIMIT_BYTES:.0%} of the outbox")


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE], heap="32m") as process:
        yield process


def test_index_of_a_full_outbox_is_small_and_its_scan_short(device: MicroPython, tmp_path: Path) -> None:
    records = REPORTS + WEEK * DEPOSITS
    device.call("full_flash.fill", str(tmp_path), records, deadline=120.0)
    each, milliseconds, waiting = device.call("full_flash.index_cost", str(tmp_path))
    print(f"{each:.1f} bytes of memory for each of {records} records, scanned in {milliseconds:.0f} ms")
    assert waiting == records
    assert 8 < each < BYTES_EACH
    assert milliseconds < SCAN_MS


def test_outbox_on_a_small_littlefs_overflows_by_the_policy_and_leaves_room_for_all_else(device: MicroPython) -> None:
    partition = 240 * 1024
    limit, size, free, thinned, refused = device.call("full_flash.overflow", partition, 4, deadline=120.0)
    assert size <= limit < partition
    assert free > 0
    assert thinned > 100
    assert refused == 0
