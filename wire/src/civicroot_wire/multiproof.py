"""Multiproof: several entries of one tree with one list of hashes, since their paths meet on the way up (SPEC.md §7.1).

The list holds the roots of the largest subtrees that contain none of the entries, from left to right. Everything else
is computed from the entries, as RFC 9162 §2.1.1 defines a tree's root.
"""

from . import merkle, shape
from .checkpoint import MAX_SIZE
from .errors import MalformedError, MerkleError
from .logged import Logged
from .tile import MAX_ENTRY_BYTES

MAX_HASHES = 8 * merkle.MAX_PATH  # no bundle has more entries than that


def gather(entries: "list[Logged]", size: int) -> bytes:
    """The hashes, one after another, that the paths of `entries` in the tree of `size` come to together."""
    found: "list[bytes]" = []

    def walk(lo: int, hi: int, inside: "list[Logged]", depth: int) -> None:
        if hi - lo == 1:
            return
        middle = lo + merkle.split(hi - lo)
        left = [entry for entry in inside if entry.index < middle]
        right = [entry for entry in inside if entry.index >= middle]
        # The half without an entry is the neighbour on the path of every entry in the other.
        if left:
            walk(lo, middle, left, depth + 1)
        else:
            found.append(right[0].path[-1 - depth])
        if right:
            walk(middle, hi, right, depth + 1)
        else:
            found.append(left[0].path[-1 - depth])

    if entries:
        walk(0, size, entries, 0)
    return b"".join(found)


def spread(value: object, entries: "list[Logged]", size: int) -> None:
    """Give each of `entries` the path that the hashes in `value` (a decoded item) make up for it.

    Raises MalformedError, or MerkleError unless they are exactly the hashes that these places need. Whether the paths
    lead to a root is not looked at.
    """
    hashes = _hashes(value)
    # 1. Every place is in the tree, and nobody else's.
    indexes = [entry.index for entry in entries]
    if any(index >= size for index in indexes):
        raise MerkleError("out-of-range", "an entry beyond the tree of %d" % size)
    if len(set(indexes)) != len(indexes):
        raise MalformedError("not-deterministic", "an entry stands in the bundle twice")

    # 2. Compute the tree from the bottom; on the way up every half is the other's neighbour.
    def walk(lo: int, hi: int, inside: "list[Logged]") -> bytes:
        if not inside:
            if not hashes:
                raise MerkleError("bad-path", "too few hashes for these places in the tree")
            return hashes.pop()
        if hi - lo == 1:
            return merkle.leaf_hash(inside[0].entry)
        middle = lo + merkle.split(hi - lo)
        left = [entry for entry in inside if entry.index < middle]
        right = [entry for entry in inside if entry.index >= middle]
        left_root, right_root = walk(lo, middle, left), walk(middle, hi, right)
        for entry in left:
            entry.path.append(right_root)
        for entry in right:
            entry.path.append(left_root)
        return merkle.node_hash(left_root, right_root)

    if entries:
        walk(0, size, entries)
    # 3. Nothing is left that no step would look at.
    if hashes:
        raise MerkleError("bad-path", "more hashes than these places in the tree need")


def _hashes(value: object) -> "list[bytes]":
    """The hashes, the first last."""
    table = shape.octets(value, "hashes", 0, MAX_HASHES * merkle.HASH_BYTES)
    if len(table) % merkle.HASH_BYTES:
        raise MalformedError("bad-length", "a hash has 32 bytes")
    starts = range(len(table) - merkle.HASH_BYTES, -1, -merkle.HASH_BYTES)
    return [table[at : at + merkle.HASH_BYTES] for at in starts]


def placed(value: object, what: str) -> Logged:
    """An item `[entry, log index]` of a bundle, read strictly; its path is still to come."""
    entry, index = shape.array(value, what, 2, 2)
    return Logged(
        shape.octets(entry, what, 1, MAX_ENTRY_BYTES), shape.integer(index, what + " index", 0, MAX_SIZE - 1), []
    )
