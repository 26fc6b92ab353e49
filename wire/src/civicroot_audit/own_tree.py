"""The auditor's own copy of the tree: every leaf hash it verified, so that it knows the root at any earlier size."""

from collections.abc import Callable, Iterator

from civicroot_wire import merkle, tile
from civicroot_wire.errors import MerkleError

_HASH = merkle.HASH_BYTES
_CACHED_TILES = 256


class OwnTree:
    """Grows by `append`; `changes` are then to be stored. `read(level, number)` gives a stored tile, empty if none."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._changed: set[tuple[int, int]] = set()

    def append(self, hashes: list[bytes]) -> None:
        """Add leaf hashes at the end."""
        level, count, new = 0, self.size, hashes
        while new:
            full, position = [], 0
            while position < len(new):
                number, used = divmod(count + position, tile.FULL)
                taken = new[position : position + tile.FULL - used]
                content = (self._tile(level, number) if used else b"") + b"".join(taken)
                self._put(level, number, content)
                position += len(taken)
                if len(content) == tile.FULL * _HASH:
                    full.append(tile.fold(content, 0, tile.FULL))
            level, count, new = level + 1, count // tile.FULL, full
        self.size += len(hashes)

    def copy(self) -> "OwnTree":
        """A tree that grows by itself and is stored nowhere."""
        return OwnTree(self.size, self._tile)

    def tile(self, level: int, number: int) -> bytes:
        """The hashes of a tile."""
        return self._tile(level, number)

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        number, place = divmod(index, tile.FULL)
        return self._tile(0, number)[place * _HASH : (place + 1) * _HASH]

    def root(self, size: int) -> bytes:
        """The root when there were `size` entries. Raises MerkleError beyond the tree's size."""
        if not 0 <= size <= self.size:
            raise MerkleError("out-of-range", f"size {size} of a tree of {self.size}")
        return self.range_root(0, size) if size else merkle.EMPTY_ROOT

    def range_root(self, lo: int, hi: int) -> bytes:
        """The root of leaves lo … hi−1, a range as RFC 9162 splits trees."""
        return merkle.range_root(self._node, lo, hi)

    def changes(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, number, hashes) of tiles that changed since `saved`."""
        for level, number in sorted(self._changed):
            yield level, number, self._tiles[level, number]

    def saved(self) -> None:
        """What changed is stored."""
        self._changed.clear()
        for key in list(self._tiles)[:-_CACHED_TILES]:
            del self._tiles[key]

    def _node(self, level: int, index: int) -> bytes:
        tile_level, number, first, span = tile.locate(level, index)
        return tile.fold(self._tile(tile_level, number), first, span)

    def _tile(self, level: int, number: int) -> bytes:
        key = (level, number)
        if key not in self._tiles:
            self._tiles[key] = self._read(level, number)
        return self._tiles[key]

    def _put(self, level: int, number: int, content: bytes) -> None:
        key = (level, number)
        self._tiles[key] = content
        self._changed.add(key)
