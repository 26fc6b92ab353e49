"""Logged: an entry with its place in the log and the path to a checkpoint's root (SPEC.md §7)."""

from . import merkle, shape
from .checkpoint import MAX_SIZE
from .tile import MAX_ENTRY_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .checkpoint import Checkpoint


class Logged:
    """`entry` exact bytes, `index` in the log, `path` of 32-byte hashes."""

    __slots__ = ("entry", "index", "path")

    def __init__(self, entry: bytes, index: int, path: "list[bytes]") -> None:
        self.entry = entry
        self.index = index
        self.path = path

    def as_item(self) -> "list[object]":
        """The CBOR item."""
        return [self.entry, self.index, self.path]


def from_item(value: object, what: str) -> Logged:
    """Read a decoded item strictly."""
    entry, index, path = shape.array(value, what, 3, 3)
    return Logged(
        shape.octets(entry, what, 1, MAX_ENTRY_BYTES),
        shape.integer(index, what + " index", 0, MAX_SIZE),
        shape.hashes(path, what + " path", merkle.MAX_PATH),
    )


def verify(logged: Logged, checkpoint: "Checkpoint") -> Logged:
    """Return it if its path leads to the checkpoint's root; raises MerkleError."""
    leaf = merkle.leaf_hash(logged.entry)
    merkle.verify_inclusion(leaf, logged.index, checkpoint.size, logged.path, checkpoint.root)
    return logged
