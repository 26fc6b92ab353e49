"""A client of c2sp.org/tlog-tiles, from its text: checkpoint, tiles, entry bundles, each checked by the next."""

from collections.abc import Callable

from tests.conformance import independent_merkle as merkle
from tests.conformance.independent_note import Checkpoint, Note, VerifierKey, parse, verify_by_log
from tests.conformance.independent_refusal import require

Fetch = Callable[[str], bytes]  # path below the log's prefix -> content; raises if it is not there
WIDTH = 256


def path_of(kind: str, number: int, width: int) -> str:
    """`tile/<L>/<N>[.p/<W>]`."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return f"tile/{kind}/" + "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


class TiledLog:
    """A log as one verified checkpoint shows it."""

    def __init__(self, fetch: Fetch, key: VerifierKey) -> None:
        self._fetch = fetch
        self._key = key
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self.note: Note = parse(fetch("checkpoint"))
        self.head: Checkpoint = verify_by_log(self.note, key)
        require(self.root(self.head.size) == self.head.root, "the tiles have another root than the checkpoint")

    def tile(self, level: int, number: int) -> list[bytes]:
        """The hashes of a tile, as wide as the checkpoint's size makes it."""
        if (level, number) not in self._tiles:
            width = self._width(level, number)
            data = self._fetch(path_of(str(level), number, width))
            require(len(data) == 32 * width, "a tile has 32 bytes a hash")
            self._tiles[level, number] = [data[at : at + 32] for at in range(0, len(data), 32)]
        return self._tiles[level, number]

    def _width(self, level: int, number: int) -> int:
        width = min(WIDTH, (self.head.size >> (8 * level)) - number * WIDTH)
        require(width > 0, "an empty tile")
        return width

    def mth(self, lo: int, hi: int) -> bytes:
        """MTH(D[lo:hi]) from the highest tiles that hold it."""
        span = hi - lo
        if span & (span - 1) == 0 and lo % span == 0:
            level = (span.bit_length() - 1) // 8
            each = 1 << 8 * level
            first, count = lo // each, span // each
            hashes = self.tile(level, first // WIDTH)[first % WIDTH :][:count]
            require(len(hashes) == count, "tile is too narrow")
            return merkle.tree_hash(hashes)
        k = lo + merkle.k_of(span)
        return merkle.node_hash(self.mth(lo, k), self.mth(k, hi))

    def root(self, size: int) -> bytes:
        """Root of the first `size` entries."""
        return self.mth(0, size) if size else merkle.tree_hash([])

    def entries(self) -> list[bytes]:
        """All entries; each hashes to its place in the level 0 tiles, and tiles above to those below."""
        size = self.head.size
        found: list[bytes] = []
        for number in range(-(-size // WIDTH)):
            width = self._width(0, number)
            bundle = split(self._fetch(path_of("entries", number, width)))
            require([merkle.leaf_hash(entry) for entry in bundle] == self.tile(0, number), "entries are not the tile's")
            found += bundle
        self._check_levels()
        return found

    def _check_levels(self) -> None:
        """The n-th hash of a tile above level 0 is the tree hash of a full tile below."""
        level = 1
        while self.head.size >> (8 * level):
            for place in range(self.head.size >> (8 * level)):
                below = merkle.tree_hash(self.tile(level - 1, place))
                require(self.tile(level, place // WIDTH)[place % WIDTH] == below, "a tile is not of the tile below")
            level += 1

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """PATH of an entry in the first `size` entries."""
        return merkle.inclusion_path(index, 0, size, self.mth)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """PROOF that the tree of `second` extends that of `first`."""
        return merkle.consistency_path(first, second, self.mth)


def split(bundle: bytes) -> list[bytes]:
    """An entry bundle: uint16 length and entry, again and again."""
    found = []
    while bundle:
        end = 2 + int.from_bytes(bundle[:2], "big")
        require(len(bundle) >= 2 and end <= len(bundle), "entry bundle is cut")
        found.append(bundle[2:end])
        bundle = bundle[end:]
    return found
