"""Damaged, missing and full flash: what the identity, the counter and the outbox make of it."""

import json
import os
import shutil
import struct
import sys
from binascii import crc32
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.micropython import MicroPython

DEVICE_SIDE = Path(__file__).with_name("device_side")
sys.path.insert(0, str(DEVICE_SIDE))

from civicroot_device.errors import KeyExhausted, OutboxFull, StorageFailed  # noqa: E402
from civicroot_device.storage import counter, identity, segment  # noqa: E402
from civicroot_device.storage.flash import Flash  # noqa: E402
from civicroot_device.storage.outbox import Outbox  # noqa: E402
from civicroot_device.storage.segment import ALARM, CHANGE, HEARTBEAT  # noqa: E402
from power_cut import RECORD_BYTES, SEGMENT_BYTES, Curve, World, live  # noqa: E402
from simulated_flash import AFTER, OUTCOMES, PowerCut, SimulatedFlash  # noqa: E402


def lived(rounds: int = 10) -> World:
    """A device that transmitted ten records, five of which are acknowledged and gone."""
    world = World()
    world.boot()
    for number in range(rounds):
        world.make(HEARTBEAT if number % 3 else CHANGE)
    world.transmit()
    world.outbox.delete([(0, rounds // 2 - 1)])
    return world


def go_on(world: World) -> None:
    """Two more lives; the first ends before it makes a record."""
    world.boot()
    world.counter.peek()
    live(world, 3)
    for seq, record in world.received.items():
        skip = json.loads(record)["skip"]
        assert set(world.received).isdisjoint(range(seq - skip, seq)), f"received numbers declared skipped by {seq}"


def test_flipped_byte_anywhere_on_the_outbox_never_repeats_a_number_nor_denies_a_record() -> None:
    pristine = dict(lived().flash.files)
    flips = 0
    for name, data in pristine.items():
        if name == identity.FILE:
            continue
        newest = name == max(name for name in pristine if name.endswith(".seg"))
        # The last entry of the newest segment cannot be told from one that a power cut tore.
        for at in range(len(data) - (segment.ENTRY_BYTES + RECORD_BYTES if newest else 0)):
            world = lived()
            world.flash.files[name] = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
            go_on(world)
            flips += 1
    assert flips > 500


@pytest.mark.parametrize("missing", [0, None])  # without the newest, the one before it looks like the newest
def test_missing_segments_never_repeat_a_number_nor_deny_a_record(missing: int | None) -> None:
    world = lived()
    segments = sorted(name for name in world.flash.files if name.endswith(".seg"))
    assert len(segments) == 2
    for name in segments if missing is None else [segments[missing]]:
        del world.flash.files[name]
    go_on(world)


def test_identity_with_any_byte_changed_missing_or_cut_is_replaced_by_a_new_key() -> None:
    flash = SimulatedFlash()
    seeds = iter(bytes([n] * 32) for n in range(1, 256))
    first = identity.load_or_create(flash, Curve, lambda _: next(seeds))
    assert first.origin == identity.FIRST
    assert identity.load_or_create(flash, Curve, lambda _: next(seeds)).kid == first.kid
    whole = flash.files[identity.FILE]
    damaged = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for data in [*damaged, whole[:-1], whole + b"\x00", b""]:
        flash.files[identity.FILE] = data
        again = identity.load_or_create(flash, Curve, lambda _: next(seeds))
        assert (again.origin, again.reserved, again.kid == first.kid) == (identity.REPLACED, 0, False)


class NeverAgain(Curve):
    """A curve whose every multiplication was paid for already."""

    @staticmethod
    def public_key(seed: bytes) -> bytes:
        raise AssertionError("the public key is computed once more")


def test_public_key_is_computed_once_and_the_file_of_an_older_version_is_read() -> None:
    flash = SimulatedFlash()
    first = identity.load_or_create(flash, Curve, bytes)
    first.reserve(64)
    kept = identity.load(flash, NeverAgain)
    assert kept is not None
    assert (kept.public, kept.kid, kept.reserved, kept.origin) == (first.public, first.kid, 64, identity.KEPT)
    body = struct.pack("<4s32s8sQ", b"CRI1", bytes(32), first.kid, 128)
    flash.files[identity.FILE] = body + struct.pack("<I", crc32(body))
    older = identity.load(flash, Curve)
    assert older is not None
    assert (older.public, older.reserved) == (first.public, 128)
    older.reserve(192)
    assert identity.load(flash, NeverAgain) is not None
    wrong = struct.pack("<4s32s8sQ", b"CRI1", bytes(32), bytes(8), 128)
    flash.files[identity.FILE] = wrong + struct.pack("<I", crc32(wrong))
    assert identity.load(flash, Curve) is None


def test_randomness_of_a_wrong_length_makes_no_key() -> None:
    flash = SimulatedFlash()
    with pytest.raises(ValueError, match="31 bytes"):
        identity.load_or_create(flash, Curve, lambda _: bytes(31))
    assert flash.files == {}


def test_numbers_end_with_the_key() -> None:
    key = identity.load_or_create(SimulatedFlash(), Curve, bytes)
    key.reserve(2**32 - 64)
    with pytest.raises(KeyExhausted):
        counter.Counter(key, 2**32 - 65, False).peek()


def test_number_may_be_used_only_if_it_was_given_and_rises() -> None:
    world = lived()
    with pytest.raises(ValueError, match="not given"):
        world.counter.used(3)
    with pytest.raises(ValueError, match="used before"):
        world.outbox.append(9, b"x", CHANGE)


def test_failed_write_stops_all_writing_until_a_new_scan() -> None:
    for full_at in range(1, 12):  # 0 is the reservation of the numbers
        world = World()
        world.boot()
        world.flash.writes, world.flash.full_at = 0, full_at
        with pytest.raises((StorageFailed, OSError)):
            for _ in range(20):
                world.make(CHANGE)
        after = dict(world.flash.files)
        world.flash.full_at = None
        with pytest.raises(StorageFailed):
            world.outbox.append(world.outbox.highest + 1, b"x", CHANGE)
        assert world.flash.files == after
        go_on(world)


def test_cut_in_the_middle_of_a_drop_is_finished_on_the_flash_at_the_next_start() -> None:
    finished = 0
    for write in range(60):
        for outcome in OUTCOMES:
            world = World(limit=2600)
            world.boot()
            world.flash.plan(write, outcome)
            try:
                for _ in range(40):
                    world.make(HEARTBEAT)
            except PowerCut:
                world.flash.plan(None, AFTER)
                world.boot()
                pending = {n for first, last in world.outbox.pending for n in range(first, last + 1)}
                assert pending.isdisjoint(on_flash(world.flash))
                finished += bool(pending)
    assert finished > 20


def on_flash(flash: SimulatedFlash) -> list[int]:
    """Numbers of all records in the files, deleted ones too."""
    found = []
    for name in flash.names():
        if name.endswith(".seg"):
            with flash.open(name) as file:
                header = segment.read_header(file)
                assert header is not None
                entries = segment.Walk(file, header[3], flash.size(name))
                found += [entry.seq for entry in entries if entry.kind == segment.RECORD]
    return found


def test_space_of_deleted_records_is_won_back_before_anything_is_dropped() -> None:
    world = World(limit=2600)
    world.boot()
    made = 0
    while True:
        try:
            world.outbox.make_room(120, ALARM)
        except OutboxFull:
            break
        world.make(CHANGE if made < 10 else ALARM) or world.make(ALARM)
        made += 1
    every_other = [(seq, seq) for seq, _ in world.outbox.read() if seq % 2]
    world.outbox.delete(every_other)
    kept = [seq for seq, _ in world.outbox.read()]
    for _ in range(4):
        assert world.make(ALARM)
    assert [seq for seq, _ in world.outbox.read()][: len(kept)] == kept
    assert world.outbox.counts.thinned == 0


def loose(rounds: int = 150) -> World:
    """A device of whose records every third is gone, so that three segments fit into two."""
    world = lived(rounds)
    world.outbox.delete([(seq, seq) for seq, _ in world.outbox.read() if seq % 3 == 0])
    world.flash.plan(None, AFTER)
    return world


def pack(world: World) -> None:
    while world.outbox._pack():
        pass


def test_packing_that_a_power_cut_interrupts_leaves_every_record_once() -> None:
    world = loose()
    pack(world)
    writes = world.flash.writes
    assert writes > 8
    for write in range(writes):
        for outcome in OUTCOMES:
            world = loose()
            kept = list(world.outbox.read())
            world.flash.plan(write, outcome)
            with pytest.raises(PowerCut):
                pack(world)
            world.flash.plan(None, AFTER)
            again = Outbox(world.flash, False, segment_bytes=SEGMENT_BYTES)
            again.begin()
            assert [item for item in again.read() if item[0] % 3] == kept
            numbers = [seq for seq, _ in again.read()]
            assert numbers == sorted(set(numbers))
            # A second copy would come back when the first was thinned and a later record had declared it.
            assert len(on_flash(world.flash)) == len(set(on_flash(world.flash)))


FLASH_SCRIPT = """
    from civicroot_device.storage.flash import Flash
    flash = Flash(root)
    flash.replace("a", [b"one", b"two"])
    flash.append("a", b"three")
    with flash.open("a") as file:
        file.seek(3)
        read = file.read(3)
    flash.replace("b", [b""])
    flash.remove("b")
    inner = flash.folder("inner")
    inner.replace("c", [b"x"])
    flash.replace("a", [b"new"])
    result = [read, flash.names(), flash.size("a"), flash.folders(), flash.folder("inner").names()]
    free = flash.free()
"""


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([DEVICE_SIDE]) as process:
        yield process


def test_flash_of_real_files_on_both_runtimes(device: MicroPython, tmp_path: Path) -> None:
    names: dict[str, object] = {"root": str(tmp_path / "cpython")}
    exec("if True:" + FLASH_SCRIPT, names)
    there = device.run(FLASH_SCRIPT, root=str(tmp_path / "micropython"))
    assert names["result"] == there == [b"two", ["a"], 3, ["inner"], ["c"]]
    free = shutil.disk_usage(tmp_path).free
    for told in (
        names["free"],
        device.run("from civicroot_device.storage.flash import Flash\nresult = Flash(root).free()", root=str(tmp_path)),
    ):
        assert isinstance(told, int) and abs(told - free) < 1 << 30  # others write there meanwhile


def test_half_written_file_is_not_seen_and_writes_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (synced.append(number), real(number)))
    flash = Flash(str(tmp_path))
    (tmp_path / "identity.new").write_bytes(b"half")
    assert flash.names() == []
    flash.replace("identity", [b"whole"])
    flash.append("identity", b"more")
    assert len(synced) == 2


def test_outbox_on_real_files_survives_a_restart_on_micropython(device: MicroPython, tmp_path: Path) -> None:
    script = """
        from civicroot_device.storage.flash import Flash
        from civicroot_device.storage.outbox import Outbox
        outbox = Outbox(Flash(root), fresh)
        outbox.begin()
        first = outbox.highest + 1
        for seq in range(first, first + 50):
            outbox.append(seq, b"%d" % seq + bytes(150), 1)
        outbox.delete([(0, first + 9)])
        result = [outbox.waiting, outbox.made, [seq for seq, record in outbox.read()][0], outbox.get(first + 20)[:2]]
    """
    root = str(tmp_path / "outbox")
    assert device.run(script, root=root, fresh=True) == [40, 50, 10, b"20"]
    assert device.run(script, root=root, fresh=False) == [40, 100, 60, b"70"]
    assert Outbox(Flash(root), False).made == 100
