"""A day of a whole smart bin: drivers on simulated chips, display, lamp, claims, MQTT, on a small broken-up heap."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire import opening

from tests.bench.compiled import compile_firmware
from tests.firmware.bin_day import Life, calibrated, gateway_of, live, named
from tests.firmware.device_process import REALM
from tests.support.brokers import Broker, MosquittoBroker

SOAK = "CIVICROOT_SOAK" in os.environ
HOURS = 24 if not SOAK else 24 * 7
# What a bin's application takes of an ESP32's heap, as .mpy files in its file system: 150 KB of byte code, which is the
# same here, and half of the objects of this 64-bit port (live: 500 KB); and room for GARBAGE_BYTES.
BOARD_HEAP_KB = 320
HEAP = f"{2 * BOARD_HEAP_KB}k"
CREEP = 6_000  # bytes from the second hour to the last: the index of what waits, and openings that nobody takes
GARBAGE_BYTES = 65_536  # what start.py lets gather between two collections
PEAK_CREEP = GARBAGE_BYTES // 4  # bytes: peaks are seen once a minute, at some point between two collections
PIECE = 16_384  # three pages of the display in one piece


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_firmware(tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with MosquittoBroker(tmp_path, "set_tcp_nodelay true") as running:
        yield running


def report(life: Life) -> None:
    """What docs/devices.md says of memory."""
    print(
        f"\nheap {HEAP}: live after the first hour {life.live[0]}, the second {life.live[1]}, the last {life.live[-1]}"
    )
    print(f"most with garbage in each hour: {life.peaks}")
    print(f"largest free piece: least {min(life.pieces)}; {life.figures}")


@pytest.mark.timeout(1800 if SOAK else 600)
def test_a_day_on_twice_the_boards_heap_in_pieces_is_flat_and_every_deposit_is_offered_once(
    firmware: Path, broker: Broker, tmp_path: Path
) -> None:
    with calibrated(tmp_path / "bin", broker, fragment=1) as device:
        kid, gateway = gateway_of(device, broker)
        with gateway:
            life = live(device, firmware, HEAP, HOURS)
            report(life)
            records = gateway.records[kid]
            assert not gateway.faults
            assert not gateway.conflicts
    figures = life.figures
    # Everything that was made has arrived, once.
    assert figures["waiting"] == 0
    assert len(records) == figures["made"] == figures["acknowledged"]
    # Each deposit is one record, is offered once, and costs the panel one refresh; one more at the start.
    deposits = named(records, "deposit")
    assert len(deposits) == figures["outcomes"]["deposit"] == figures["offered"] >= 15 * HOURS // 24
    assert figures["refreshes"] == figures["offered"] + 1
    # Cards that were shown are records that name a deposit, and carry nothing else.
    scans = named(records, "scan")
    assert len(scans) == figures["scans"] > 0
    assert set(named(records, "claims").values()) <= set(deposits)
    # What was read travelled beside the records, fits its commitment, and left the device when it was kept.
    assert figures["openings"] == 0
    assert gateway.openings[kid].keys() == scans.keys()
    for seq, commitment in scans.items():
        found = opening.verify(gateway.openings[kid][seq], REALM, kid, commitment)
        assert found.value.startswith(b"CIVICROOT-CARD-")
        assert b"CIVICROOT-CARD" not in records[seq]
    assert "CIVICROOT-CARD" not in life.log
    # The first record tells of the start, the calibration is on record, and all tasks were heard all the time.
    assert named(records, "reset").popitem()[1] == "power-on"
    assert len(named(records, "cal.weight.tare")) == 1
    assert figures["fed"] >= HOURS * 3600 // 5
    # The heap: flat, garbage included, and in large pieces.
    assert life.live[-1] - life.live[1] < CREEP
    half = len(life.peaks) // 2
    assert max(life.peaks[half:]) - max(life.peaks[1:half]) < PEAK_CREEP
    assert max(life.live) < max(life.peaks) < max(life.live) + GARBAGE_BYTES
    assert min(life.pieces) >= PIECE


@pytest.mark.timeout(120)
def test_an_evening_without_a_gateway_offers_all_the_same_and_delivers_afterwards(
    firmware: Path, broker: Broker, tmp_path: Path
) -> None:
    with calibrated(tmp_path / "bin", broker) as device:
        kid, gateway = gateway_of(device, broker)
        broker.kill()
        evening = live(device, firmware, HEAP, 3)
        assert evening.figures["waiting"] == evening.figures["made"] > 20
        assert evening.figures["offered"] == evening.figures["outcomes"]["deposit"] > 0
        assert evening.figures["refreshes"] == evening.figures["offered"] + 1
        broker.restart()
        with gateway:
            morning = live(device, firmware, HEAP, 0.1)
            assert morning.figures["waiting"] == 0
            assert len(gateway.records[kid]) == morning.figures["made"]
            assert len(named(gateway.records[kid], "deposit")) >= evening.figures["offered"]
            assert sorted(named(gateway.records[kid], "boots").values()) == [1, 2]
