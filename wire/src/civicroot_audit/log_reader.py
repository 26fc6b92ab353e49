"""A client of any tlog-tiles log: tiles, entries and paths, each verified against a checkpoint (SPEC.md §5; RFC 9162).

The checkpoint's signature is the caller's to check (civicroot_wire.head); given that, no tile and no entry is believed:

    root ── rightmost tiles (few) fold to it
         └─ a full tile folds to the hash that its parent tile has for it
            └─ an entry hashes to its place in a tile of level 0
"""

from collections import OrderedDict
from threading import Lock

from civicroot_wire import merkle, tile
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import MalformedError, MerkleError

from .errors import LogDamaged, Missing
from .source import Source

PREFIX = "log/"
CACHED_TILES = 512  # full tiles of 8 KiB each
MAX_BUNDLE_BYTES = tile.FULL * (2 + tile.MAX_ENTRY_BYTES)
MAX_TILE_BYTES = tile.FULL * merkle.HASH_BYTES


class LogReader:
    """The log as `checkpoint` says it is. Threads may read at the same time.

    Methods raise Missing or SourceError (errors.py) if the source does not give a file, LogDamaged if what it gives
    does not hash to the checkpoint's root.
    """

    def __init__(self, source: Source, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._source = source
        self._full: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._edge: dict[tuple[int, int], bytes] = {}
        self._lock = Lock()
        self._edge_verified = False

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.checkpoint.size

    def tile(self, level: int, number: int) -> bytes:
        """The verified hashes of a tile at its full width in this tree."""
        self.verify_edge()
        width = tile.width_in(level, number, self.size)
        if not width:
            raise MerkleError("out-of-range", f"no tile {number} at level {level} in a tree of {self.size}")
        if width < tile.FULL:
            return self._edge[level, number]
        with self._lock:
            known = self._full.get((level, number))
        if known is not None:
            return known
        # 1. The parent tile, verified in the same way, up to the edge.
        parent = self.tile(level + 1, number // tile.FULL)
        place = number % tile.FULL * merkle.HASH_BYTES
        # 2. This one folds to what the parent has for it.
        found = self._fetch(level, number, width)
        if tile.fold(found, 0, tile.FULL) != parent[place : place + merkle.HASH_BYTES]:
            raise LogDamaged(_name(level, number, width), "its hashes do not fold to the hash in the tile above")
        self._remember((level, number), found)
        return found

    def verify_edge(self) -> None:
        """Read the rightmost partial tile of every level, once; they fold to the root or LogDamaged is raised."""
        if self._edge_verified:
            return
        for level, number, width in tile.widths(self.size):
            if width < tile.FULL:
                self._edge[level, number] = self._fetch(level, number, width)
        found = merkle.range_root(self._edge_node, 0, self.size) if self.size else merkle.EMPTY_ROOT
        if found != self.checkpoint.root:
            names = ", ".join(_name(level, number, width) for level, number, width in tile.widths(self.size))
            raise LogDamaged(names, "the rightmost tiles do not fold to the signed root")
        self._edge_verified = True

    def leaf(self, index: int) -> bytes:
        """The verified leaf hash of entry `index`."""
        number, place = divmod(index, tile.FULL)
        return self.tile(0, number)[place * merkle.HASH_BYTES : (place + 1) * merkle.HASH_BYTES]

    def bundle(self, number: int) -> list[bytes]:
        """The verified entries of bundle `number`, as many as this tree has."""
        entries = self.bundle_as_served(number)
        sound = [entry for entry in entries if entry is not None]
        if len(sound) < len(entries):
            name = PREFIX + tile.tile_path(tile.ENTRIES, number, len(entries))
            edited = number * tile.FULL + entries.index(None)
            raise LogDamaged(name, f"entry {edited} is not what the tree commits to")
        return sound

    def bundle_as_served(self, number: int) -> list[bytes | None]:
        """The entries of bundle `number`; None in the place of each that is not what the tree commits to."""
        width = tile.width_in(0, number, self.size)
        leaves = self.tile(0, number)
        name, content = self._get(tile.ENTRIES, number, width, MAX_BUNDLE_BYTES)
        try:
            entries = tile.decode_bundle(content)
        except MalformedError as error:
            raise LogDamaged(name, str(error)) from error
        if name == _name(tile.ENTRIES, number, tile.FULL):
            entries = entries[:width]  # it has grown meanwhile
        if len(entries) != width:
            raise LogDamaged(name, f"it has {len(entries)} entries, not {width}")
        return [
            entry if merkle.leaf_hash(entry) == leaves[at : at + merkle.HASH_BYTES] else None
            for at, entry in zip(range(0, len(leaves), merkle.HASH_BYTES), entries, strict=True)
        ]

    def entry(self, index: int) -> bytes:
        """The verified entry at `index`."""
        number, place = divmod(index, tile.FULL)
        return self.bundle(number)[place]

    def root(self, size: int) -> bytes:
        """The root that the first `size` entries of this tree have."""
        return self._range_root(0, size) if size else merkle.EMPTY_ROOT

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """Path from the leaf at `index` to the checkpoint's root, or to the root of the first `size` entries."""
        return merkle.inclusion_path(self._range_root, index, self.size if size is None else size)

    def consistency(self, old: Checkpoint) -> list[bytes]:
        """Path that shows that this tree extends `old`; empty for size 0. MerkleError if it does not extend it."""
        if old.size > self.size:
            raise MerkleError("out-of-range", f"a tree of {self.size} cannot extend one of {old.size}")
        if self.root(old.size) != old.root:
            raise MerkleError("bad-path", f"at size {old.size} this tree has another root")
        return merkle.consistency_path(self._range_root, old.size, self.size) if old.size else []

    def consistency_claim(self, size: int) -> list[bytes]:
        """The consistency path from `size`, whatever root it leads to there: what shows a fork to others."""
        return merkle.consistency_path(self._range_root, size, self.size)

    def _range_root(self, lo: int, hi: int) -> bytes:
        return merkle.range_root(self._node, lo, hi)

    def _node(self, level: int, index: int) -> bytes:
        tile_level, number, first, span = tile.locate(level, index)
        return tile.fold(self.tile(tile_level, number), first, span)

    def _edge_node(self, level: int, index: int) -> bytes:
        tile_level, number, first, span = tile.locate(level, index)
        return tile.fold(self._edge[tile_level, number], first, span)

    def _fetch(self, level: int, number: int, width: int) -> bytes:
        size = width * merkle.HASH_BYTES
        name, found = self._get(level, number, width, MAX_TILE_BYTES)
        if name == _name(level, number, tile.FULL):
            found = found[:size]  # it has grown meanwhile
        if len(found) != size:
            raise LogDamaged(name, f"it has {len(found)} bytes, not {size}")
        return found

    def _get(self, level: int | str, number: int, width: int, limit: int) -> tuple[str, bytes]:
        """A tile or bundle and its name. A log may drop partial ones when the full one is there (tlog-tiles)."""
        name, full = _name(level, number, width), _name(level, number, tile.FULL)
        try:
            return name, self._source.get(name, limit)
        except Missing:
            if width == tile.FULL:
                raise
        try:
            return full, self._source.get(full, limit)
        except Missing as error:
            raise Missing(f"{name} is not there, nor is the full one") from error

    def _remember(self, key: tuple[int, int], content: bytes) -> None:
        with self._lock:
            self._full[key] = content
            while len(self._full) > CACHED_TILES:
                self._full.popitem(last=False)


def _name(level: int | str, number: int, width: int) -> str:
    return PREFIX + tile.tile_path(level, number, width)
