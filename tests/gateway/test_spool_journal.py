"""The journal alone: whatever is damaged, cut or missing, no other frame is lost, none is made up, and it is said."""

import errno
import os
import shutil
import tracemalloc
from pathlib import Path

import pytest
from civicroot_gateway.errors import SpoolError, SpoolFault
from civicroot_gateway.spool import frame, journal, segment
from civicroot_gateway.spool.damage import Damage
from civicroot_gateway.spool.frame import COMMITTED, Frame, Gap, RecordFrame, SealedFrame, SettledFrame
from civicroot_gateway.spool.journal import Journal
from civicroot_gateway.spool.segment import HEADER_BYTES, Fault, Identity
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

SALT = 0x1234ABCD
IDENTITY = Identity(b"kid-----", b"realm---", SALT)
_CONTENT = st.binary(min_size=0, max_size=60)


def no_fault(_call: str) -> None:
    """The hook that does nothing."""


def opened(folder: Path, fault: Fault = no_fault) -> tuple[Journal, list[Frame], list[Damage]]:
    """The journal in a folder, its frames, and what is damaged."""
    found = Journal(folder, IDENTITY, fault)
    frames: list[Frame] = []
    damages = found.load(lambda item, _segment: frames.append(item))
    return found, frames, damages


def records(first: int, count: int, size: int = 40, lane: int = 1) -> list[RecordFrame]:
    """Records from position `first`; each content says its position."""
    return [RecordFrame(at, 1000 + at, lane, at.to_bytes(8, "big") * (size // 8)) for at in range(first, first + count)]


def written(folder: Path, groups: int = 6, each: int = 4) -> list[Frame]:
    """A journal of several groups in one segment; returns its frames."""
    found, _, _ = opened(folder)
    frames: list[Frame] = []
    for number in range(groups):
        group = records(found.next_position, each)
        sealed = SealedFrame(number, 1, group[0].position, group[-1].position, each, bytes([number]) * 32, b"header")
        settled = SettledFrame(number, 1, group[0].position, group[-1].position, COMMITTED, "x")
        found.commit(group, [sealed, settled], number)
        frames += [*group, sealed, settled]
    found.close()
    return frames


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**32 - 1), st.integers(0, 255), _CONTENT)), st.data())
def test_frames_are_read_as_they_were_written(rows: list[tuple[int, int, int, bytes]], data: st.DataObject) -> None:
    frames: list[Frame] = [RecordFrame(*row) for row in rows]
    frames.append(SealedFrame(7, 0, 1, 2, 2, bytes(32), data.draw(_CONTENT)))
    frames.append(SettledFrame(7, 0, 1, 2, 1, data.draw(st.text(max_size=20))))
    content = b"".join(frame.encode(item, SALT) for item in frames)
    assert [item for _, _, item in frame.scan(content + bytes(100), 0, SALT)] == frames


@given(st.binary(max_size=200), st.lists(_CONTENT, max_size=5))
def test_scan_never_raises_and_never_reads_what_has_another_salt(noise: bytes, contents: list[bytes]) -> None:
    """A device may put a whole frame into its record: behind damage it must not be taken for one of ours."""
    inner = b"".join(frame.encode(RecordFrame(n, 0, 1, item), SALT + 1) for n, item in enumerate(contents))
    assert all(isinstance(item, Gap) for _, _, item in frame.scan(noise + inner, 0, SALT))


def test_journal_is_read_again_as_it_was_written_across_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 600)
    frames = written(tmp_path, groups=9)
    found, again, damages = opened(tmp_path)
    assert (again, damages) == (frames, [])
    assert len(found.segments) > 3
    assert [item.header.next_batch for item in found.segments] == sorted(
        item.header.next_batch for item in found.segments
    )
    every = [item for item in frames if isinstance(item, RecordFrame)]
    for first in range(1, 37):
        for last in range(first, min(first + 9, 37)):
            assert found.read(first, last, 1) == every[first - 1 : last]
    assert found.read(1, 36, 0) == []
    assert list(found.after(20)) == every[20:]


def test_every_byte_that_flips_costs_the_frame_that_it_hit_and_no_other(tmp_path: Path) -> None:
    frames = written(tmp_path, groups=3, each=2)
    path = tmp_path / "0000000001.seg"
    good = path.read_bytes()
    spans = [(start, end) for start, end, _ in frame.scan(good, HEADER_BYTES, SALT)]
    assert len(spans) == len(frames)
    for place in range(spans[-1][1]):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :])
        _, again, damages = opened(tmp_path)
        hit = [number for number, (start, end) in enumerate(spans) if start <= place < end]
        assert again == [item for number, item in enumerate(frames) if number not in hit], place
        lost = [item for item in hit if isinstance(frames[item], RecordFrame)]
        assert sum(item.records for item in damages) == len(lost), place
        unnoticed = hit == [len(frames) - 1] or (not hit and place >= segment._HEADER.size + 4)
        assert bool(damages) != unnoticed, place  # the last frame looks as if it was cut off; padding says nothing


def test_every_cut_loses_what_is_behind_it_and_is_no_damage(tmp_path: Path) -> None:
    frames = written(tmp_path, groups=2, each=2)
    path = tmp_path / "0000000001.seg"
    good = path.read_bytes().rstrip(b"\0")
    spans = [end for _, end, _ in frame.scan(good, HEADER_BYTES, SALT)]
    for length in range(HEADER_BYTES, len(good)):
        for tail in (b"", bytes(300)):  # cut short, or room that was made ahead and not filled
            path.write_bytes(good[:length] + tail)
            found, again, damages = opened(tmp_path)
            assert (again, damages) == (frames[: sum(end <= length for end in spans)], [])
    found.commit(records(found.next_position, 1), [], 0)  # and goes on behind it
    found.close()
    assert opened(tmp_path)[1][-1] == records(found.next_position - 1, 1)[0]


_DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "zero", "cut", "noise", "missing"]), st.integers(0, 1 << 30), st.binary(max_size=90)
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("flip", 0, b""), ("flip", 2001, b"")], 53)  # the first header, and the first frame behind it
@given(_DAMAGE, st.integers(1, 400))
def test_arbitrary_damage_loses_only_what_it_hit_and_invents_nothing(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[str, int, bytes]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "SEGMENT_BYTES", 300 + size)
        frames = written(folder, groups=5, each=3)
    touched = _damage(folder, damage)
    found, again, damages = opened(folder)
    left = iter(frames)
    assert all(item in left for item in again), "in order, and nothing that was not written"
    missing = [item for item in frames if item not in again]
    assert len(missing) <= touched, (damage, touched)
    lost = [item.position for item in missing if isinstance(item, RecordFrame) and item.position < found.next_position]
    said = [place for item in damages if item.first for place in range(item.first, item.last + 1)]
    assert set(lost) <= set(said)
    found.commit(records(found.next_position, 2), [], 9)
    found.close()
    assert opened(folder)[1] == [*again, *records(found.next_position - 2, 2)]
    shutil.rmtree(folder)


def _damage(folder: Path, damage: list[tuple[str, int, bytes]]) -> int:
    """Do it; returns how many frames were hit at most."""
    hit = 0
    for kind, place, noise in damage:
        paths = sorted(folder.glob("*.seg"))
        path = paths[place % len(paths)]
        if kind == "missing":  # the oldest may have been deleted, the newest never begun: only state.db can tell
            path = paths[1 + place % (len(paths) - 2)] if len(paths) > 2 else path
        good = path.read_bytes()
        at = place % max(len(good.rstrip(b"\0")), 1)
        spans = [(start, end) for start, end, _ in frame.scan(good, HEADER_BYTES, SALT)]
        changed = {
            "flip": good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] if good else good,
            "zero": good[:at] + bytes(len(noise)) + good[at + len(noise) :],
            "noise": good[:at] + noise + good[at + len(noise) :],
            "cut": good[:at],
            "missing": b"",
        }[kind]
        end = {"flip": at + 1, "zero": at + len(noise), "noise": at + len(noise)}.get(kind, len(good))
        hit += sum(start < end and stop > at for start, stop in spans) if kind != "missing" else len(spans)
        if kind == "missing" and len(paths) > 2:
            path.unlink()
        elif kind != "missing":
            path.write_bytes(changed)
        else:
            hit -= len(spans)
    return hit


class Hook:
    """A fault hook whose effect the test changes; it keeps the calls."""

    def __init__(self) -> None:
        self.effect: Fault = no_fault
        self.calls: list[str] = []

    def __call__(self, call: str) -> None:
        self.calls.append(call)
        self.effect(call)


class Disk:
    """Fails `number` calls whose name begins with `call`."""

    def __init__(self, call: str, error: int, number: int = 1) -> None:
        self.call, self.error, self.left = call, error, number

    def __call__(self, call: str) -> None:
        if call.startswith(self.call) and self.left:
            self.left -= 1
            raise OSError(self.error, "injected")


@pytest.mark.parametrize("call", ["write", "sync", "create", "rename", "sync folder"])
@pytest.mark.parametrize("times", [1, 2])
def test_group_that_the_disk_refuses_is_not_there_and_the_next_one_is(tmp_path: Path, call: str, times: int) -> None:
    frames = written(tmp_path, groups=1)
    hook = Hook()
    found, _, _ = opened(tmp_path, hook)
    found.commit(records(5, 1), [], 1)
    before = records(5, 1)
    if call in ("create", "rename", "sync folder"):
        found._suspect = True  # as after a failed sync: the segment is written anew
    disk = hook.effect = Disk(call, errno.EIO, times)
    refused = 0
    for _ in range(times + 1):
        try:
            found.commit(records(found.next_position, 2), [], 1)
        except SpoolFault:
            refused += 1
            assert found.next_position == 6
            continue
        before += records(found.next_position - 2, 2)
    assert (refused, disk.left) == (times, 0)
    found.close()
    assert opened(tmp_path)[1:] == ([*frames, *before], [])


def test_shorter_group_after_a_failed_one_leaves_nothing_of_it_behind(tmp_path: Path) -> None:
    """Whole frames of the failed group lie behind the place where the next one is written."""
    written(tmp_path, groups=1)
    hook = Hook()
    found, _, _ = opened(tmp_path, hook)
    found.commit([], [], 0)
    descriptor = found._descriptor
    assert descriptor is not None
    full = b"".join(frame.encode(item, SALT) for item in records(5, 8))

    def partly(call: str) -> None:
        if call == "write":
            os.pwrite(descriptor, full, found.segments[-1].end)
            raise OSError(errno.ENOSPC, "injected")

    hook.effect = partly
    with pytest.raises(SpoolFault):
        found.commit(records(5, 8), [], 0)
    hook.effect = no_fault
    found.commit(records(5, 1), [], 0)
    found.close()
    _, again, damages = opened(tmp_path)
    assert ([item.position for item in again if isinstance(item, RecordFrame)], damages) == ([1, 2, 3, 4, 5], [])


def test_after_a_failed_sync_the_segment_is_written_anew_and_not_synced_again(tmp_path: Path) -> None:
    """The kernel drops what it could not write: a second sync of the same file would succeed without it."""
    hook = Hook()
    found, _, _ = opened(tmp_path, hook)
    found.commit(records(1, 1), [], 0)
    hook.effect = Disk("sync", errno.EIO)
    with pytest.raises(SpoolFault):
        found.commit(records(2, 1), [], 0)
    hook.calls.clear()
    found.commit(records(2, 1), [], 0)
    assert hook.calls[:6] == [
        "open 0000000001.seg",
        "read",
        "create 0000000001.seg.new",
        "write",
        "sync",
        "rename 0000000001.seg",
    ]
    found.close()


def test_newest_segment_is_written_anew_at_every_start(tmp_path: Path) -> None:
    """The process before may have ended after a failed sync: what the page cache shows need not be on the disk."""
    written(tmp_path)
    before = (tmp_path / "0000000001.seg").stat().st_ino
    found, _, _ = opened(tmp_path)
    found.commit([], [], 0)
    assert (tmp_path / "0000000001.seg").stat().st_ino != before
    found.close()


def test_read_that_fails_once_costs_nothing_and_a_bad_spot_costs_its_page(tmp_path: Path) -> None:
    frames = written(tmp_path, groups=30)
    assert opened(tmp_path, Disk("read", errno.EIO))[1:] == (frames, [])
    real = segment.os.pread

    def bad_spot(descriptor: int, octets: int, at: int) -> bytes:
        if at < 8192 and at + octets > 4096:
            raise OSError(errno.EIO, "bad spot")
        return real(descriptor, octets, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment.os, "pread", bad_spot)
        _, again, damages = opened(tmp_path)
    content = (tmp_path / "0000000001.seg").read_bytes()
    hit = [item for start, end, item in frame.scan(content, HEADER_BYTES, SALT) if start < 8192 and end > 4096]
    assert again == [item for item in frames if item not in hit]
    assert sum(item.records for item in damages) == sum(isinstance(item, RecordFrame) for item in hit) > 0


def test_compaction_keeps_what_is_live_and_its_holes_are_no_damage(tmp_path: Path) -> None:
    frames = written(tmp_path, groups=4)
    found, _, _ = opened(tmp_path)
    found.commit([], [], 0)
    before = found.octets
    found.compact(found.segments[0], lambda item: item.position in (3, 11, 12))
    assert found.octets < before
    kept = [item for item in frames if not isinstance(item, RecordFrame) or item.position in (3, 11, 12)]
    assert [item.position for item in found.read(1, 16)] == [3, 11, 12]
    found.close()
    assert opened(tmp_path)[1:] == (kept, [])


def test_journal_of_another_key_or_a_newer_format_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    for other in (Identity(b"other---", b"realm---", SALT), Identity(b"kid-----", b"other---", SALT)):
        with pytest.raises(SpoolError, match="another key or realm"):
            Journal(tmp_path, other, no_fault).load(lambda _frame, _segment: None)
    path = tmp_path / "0000000001.seg"
    content = bytearray(path.read_bytes())
    content[8] = 2
    head = bytes(content[: segment._HEADER.size])
    content[segment._HEADER.size : segment._HEADER.size + 4] = frame.crc32(head).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(SpoolError, match="newer"):
        opened(tmp_path)


def test_opening_a_long_journal_takes_memory_for_its_positions_not_for_its_records(tmp_path: Path) -> None:
    found, _, _ = opened(tmp_path)
    for start in range(1, 100_001, 2000):
        found.commit(records(start, 2000, size=160), [], 0)
    found.close()
    count = 0

    def take(_frame: Frame, _segment: object) -> None:
        nonlocal count
        count += 1

    tracemalloc.start()
    Journal(tmp_path, IDENTITY, no_fault).load(take)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 2 * journal.SEGMENT_BYTES + (1 << 20), f"{peak} bytes for 18 MB of frames"
