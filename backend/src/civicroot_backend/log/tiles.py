"""Reading the log back from its tiles: nodes, ranges, roots and paths (c2sp.org/tlog-tiles, RFC 9162 §2.1)."""

from collections import OrderedDict
from threading import Lock

from civicroot_wire import merkle, tile

from civicroot_backend.errors import LogDamaged
from civicroot_backend.store.store import BlobStore

PREFIX = "log/"
CACHED_TILES = 512  # of at most 8 KiB: 4 MiB hold the paths of the newest 130,000 entries


class TileReader:
    """Tiles of the store, at the width that a published tree size says.

    They are cached as wide as they were seen: what a tile holds never changes, it only gets more.
    """

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._cache: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._lock = Lock()

    def tile(self, level: int, number: int, size: int) -> bytes:
        """Tile `number` at `level` as it is in a tree of `size`: 1 to 256 hashes. Raises LogDamaged."""
        width = tile.width_in(level, number, size)
        length = width * merkle.HASH_BYTES
        with self._lock:
            cached = self._cache.get((level, number), b"")
            if length and len(cached) >= length:
                self._cache.move_to_end((level, number))
                return cached[:length]
        found = self._read(level, number, width)
        self._remember((level, number), found)
        return found

    def node(self, level: int, index: int, size: int) -> bytes:
        """Root of the perfect subtree `index` at `level` of the binary tree. Raises LogDamaged."""
        tile_level, number, first, span = tile.locate(level, index)
        return tile.fold(self.tile(tile_level, number, size), first, span)

    def range_root(self, lo: int, hi: int, size: int) -> bytes:
        """Root of leaves lo … hi−1 in a tree of `size`."""
        return merkle.range_root(lambda level, index: self.node(level, index, size), lo, hi)

    def root(self, size: int) -> bytes:
        """Root of the tree of `size`."""
        return self.range_root(0, size, size) if size else merkle.EMPTY_ROOT

    def inclusion_path(self, index: int, size: int) -> list[bytes]:
        """Path from leaf `index` to the root of the tree of `size`."""
        return merkle.inclusion_path(lambda lo, hi: self.range_root(lo, hi, size), index, size)

    def learn(self, blobs: list[tuple[str, bytes]]) -> None:
        """Tiles among `blobs` (name, content), which are durable now, need not be read back."""
        for name, content in blobs:
            level, number, _ = tile.parse_path(name.removeprefix(PREFIX))
            if isinstance(level, int):
                self._remember((level, number), content)

    def forget(self) -> None:
        """Read everything anew: the store may have lost something."""
        with self._lock:
            self._cache.clear()

    def _read(self, level: int, number: int, width: int) -> bytes:
        name = PREFIX + tile.tile_path(level, number, width)
        found = self._store.get(name) if width else None
        if found is None or len(found) != width * merkle.HASH_BYTES:
            raise LogDamaged(f"{name} is missing or cut")
        return found

    def _remember(self, key: tuple[int, int], content: bytes) -> None:
        with self._lock:
            if len(content) > len(self._cache.get(key, b"")):
                self._cache[key] = content
            self._cache.move_to_end(key)
            while len(self._cache) > CACHED_TILES:
                self._cache.popitem(last=False)
