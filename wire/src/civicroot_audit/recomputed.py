"""A log whose tiles are damaged, read from its entries alone: what was signed can still be audited."""

from civicroot_wire import merkle, tile
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import MalformedError

from .errors import LogDamaged
from .log_reader import MAX_BUNDLE_BYTES, LogReader
from .own_tree import OwnTree
from .source import Source

MAX_NEW = 1 << 22  # entries: 128 MiB of hashes; a city with more of them has tiles, or is not audited


class Recomputed(LogReader):
    """Tiles computed from the own tree and the entries that follow it."""

    def __init__(self, source: Source, checkpoint: Checkpoint, own: OwnTree) -> None:
        """Read all new entries. Raises LogDamaged if they do not hash to the signed root, Missing, SourceError."""
        super().__init__(source, checkpoint)
        self._tree = own.copy()
        if checkpoint.size - own.size > MAX_NEW:
            raise LogDamaged("the tiles", f"{checkpoint.size - own.size} new entries are too many to do without them")
        for number in range(own.size // tile.FULL, -(-checkpoint.size // tile.FULL)):
            width = tile.width_in(0, number, checkpoint.size)
            name, content = self._get(tile.ENTRIES, number, width, MAX_BUNDLE_BYTES)
            try:
                entries = tile.decode_bundle(content)
            except MalformedError as error:
                raise LogDamaged(name, str(error)) from error
            known = max(0, own.size - number * tile.FULL)
            self._tree.append([merkle.leaf_hash(entry) for entry in entries[known:width]])
        if self._tree.size != checkpoint.size or self._tree.root(checkpoint.size) != checkpoint.root:
            raise LogDamaged("the entries", "they do not hash to the signed root either")

    def tile(self, level: int, number: int) -> bytes:
        """See LogReader."""
        return self._tree.tile(level, number)

    def verify_edge(self) -> None:
        """See LogReader."""
