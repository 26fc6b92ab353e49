"""Integration: tiles and entry bundles that a tree has when it grows (c2sp.org/tlog-tiles). Nothing is written here."""

from collections.abc import Callable

from civicroot_wire import merkle, tile

from civicroot_backend.log.tiles import PREFIX

ReadTile = Callable[[int, int, int], bytes]  # (level, number, tree size) -> hashes

_HASH = merkle.HASH_BYTES


def grow(size: int, new: list[bytes], read_tile: ReadTile, old_entries: list[bytes]) -> list[tuple[str, bytes]]:
    """(name, content) of every tile and bundle that a tree of `size` needs to grow by the entries `new`.

    `old_entries` are those that the last bundle of the tree holds already (size mod 256 of them). Entries come first,
    then tiles upwards, so that a tile never lies in the store before what it commits to.
    """
    blobs = _bundles(size, old_entries + new)
    level, count, hashes = 0, size, [merkle.leaf_hash(entry) for entry in new]
    while hashes:
        tiles = _tiles(level, count, hashes, size, read_tile)
        blobs += [(_name(level, number, content), content) for number, content in tiles]
        hashes = [tile.fold(content, 0, tile.FULL) for _, content in tiles if len(content) == tile.FULL * _HASH]
        level, count = level + 1, count // tile.FULL
    return blobs


def _bundles(size: int, entries: list[bytes]) -> list[tuple[str, bytes]]:
    first = size // tile.FULL
    groups = [entries[at : at + tile.FULL] for at in range(0, len(entries), tile.FULL)]
    return [
        (PREFIX + tile.tile_path(tile.ENTRIES, first + at, len(group)), tile.encode_bundle(group))
        for at, group in enumerate(groups)
    ]


def _tiles(level: int, count: int, hashes: list[bytes], size: int, read_tile: ReadTile) -> list[tuple[int, bytes]]:
    """The tiles at `level` that change when `hashes` follow the `count` that it has in a tree of `size`."""
    first, used = divmod(count, tile.FULL)
    content = (read_tile(level, first, size) if used else b"") + b"".join(hashes)
    step = tile.FULL * _HASH
    return [(first + at // step, content[at : at + step]) for at in range(0, len(content), step)]


def _name(level: int, number: int, content: bytes) -> str:
    return PREFIX + tile.tile_path(level, number, len(content) // _HASH)
