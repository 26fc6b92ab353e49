"""The log client believes no tile and no entry."""

import pytest
from civicroot_audit.errors import LogDamaged, Missing
from civicroot_audit.log_reader import LogReader
from civicroot_wire import merkle, tile
from civicroot_wire.errors import MerkleError

from tests.audit.trees import checkpoint_of, entries_of, source_of

SIZES = (1, 2, 255, 256, 257, 511, 512, 700, 256 * 256, 256 * 256 + 256 * 3 + 5)


@pytest.mark.parametrize("size", SIZES)
def test_entries_roots_and_paths_hold(size: int) -> None:
    entries = entries_of(size)
    checkpoint = checkpoint_of(entries)
    reader = LogReader(source_of(entries), checkpoint)
    for index in sorted({0, 1, size // 2, size - 2, size - 1} & set(range(size))):
        assert reader.entry(index) == entries[index]
        path = reader.inclusion_path(index)
        merkle.verify_inclusion(merkle.leaf_hash(entries[index]), index, size, path, checkpoint.root)
    for earlier in sorted({1, 2, 200, 256, 257, size // 2, size - 1, size} & set(range(1, size + 1))):
        old = checkpoint_of(entries[:earlier])
        assert reader.root(earlier) == old.root
        merkle.verify_consistency(earlier, size, reader.consistency(old), old.root, checkpoint.root)


def test_the_empty_log() -> None:
    reader = LogReader(source_of([]), checkpoint_of([]))
    assert reader.root(0) == merkle.EMPTY_ROOT
    assert reader.consistency(checkpoint_of([])) == []
    with pytest.raises(MerkleError):
        reader.tile(0, 0)


@pytest.mark.parametrize("size", (3, 256, 700))
def test_any_flipped_bit_of_any_file_is_found(size: int) -> None:
    entries = entries_of(size)
    sound = source_of(entries)
    for name, content in sound.files.items():
        for place in {0, len(content) // 2, len(content) - 1}:
            damaged = source_of(entries)
            damaged.files[name] = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            reader = LogReader(damaged, checkpoint_of(entries))
            with pytest.raises(LogDamaged):
                for number in range(-(-size // tile.FULL)):
                    reader.bundle(number)


def test_a_cut_or_missing_file_is_named() -> None:
    entries = entries_of(300)
    source = source_of(entries)
    name = "log/" + tile.tile_path(tile.ENTRIES, 0)
    whole = source.files.pop(name)
    reader = LogReader(source, checkpoint_of(entries))
    with pytest.raises(Missing, match="entries"):
        reader.bundle(0)
    for cut in (whole[:-1], whole[: len(b"entry 0") + 2], b""):
        source.files[name] = cut
        with pytest.raises(LogDamaged, match="entries"):
            reader.bundle(0)


def test_another_history_is_no_consistent_one() -> None:
    entries = entries_of(300)
    reader = LogReader(source_of(entries), checkpoint_of(entries))
    other = checkpoint_of([*entries[:99], b"another entry"])
    with pytest.raises(MerkleError):
        reader.consistency(other)
    with pytest.raises(MerkleError):
        reader.consistency(checkpoint_of([*entries, b"more"]))
    # The claim leads to the new root, and at size 100 to another root than the one that was signed: a fork, proved.
    path = reader.consistency_claim(100)
    merkle.verify_consistency(100, 300, path, reader.root(100), reader.checkpoint.root)
    with pytest.raises(MerkleError):
        merkle.verify_consistency(100, 300, path, other.root, reader.checkpoint.root)


def test_full_tiles_are_read_once() -> None:
    entries = entries_of(700)
    source = source_of(entries)
    reader = LogReader(source, checkpoint_of(entries))
    for index in range(700):
        reader.leaf(index)
        reader.inclusion_path(index)
    assert len(source.asked) == len(set(source.asked))


@pytest.mark.parametrize("size", (3, 255, 257, 300))
def test_a_log_that_has_grown_may_have_dropped_its_partial_tiles(size: int) -> None:
    entries = entries_of(700)
    source = source_of(entries)
    source.files |= source_of(entries[:size]).files
    for name in [name for name in source.files if ".p/" in name and name.split(".p/")[0] in source.files]:
        del source.files[name]
    checkpoint = checkpoint_of(entries[:size])
    reader = LogReader(source, checkpoint)
    assert reader.bundle((size - 1) // tile.FULL)[-1] == entries[size - 1]
    path = reader.inclusion_path(size - 1)
    merkle.verify_inclusion(merkle.leaf_hash(entries[size - 1]), size - 1, size, path, checkpoint.root)
