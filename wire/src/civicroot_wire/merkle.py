"""Merkle trees of RFC 9162 §2.1: root, inclusion and consistency, building and verifying.

Building works on ranges of leaves, so the same code serves a list in memory and tiles on disk: `hash_of(lo, hi)` gives
the root of leaves lo … hi−1.
"""

import hashlib

from .errors import MerkleError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    HashOf = Callable[[int, int], bytes]
    ReadNode = Callable[[int, int], bytes]

HASH_BYTES = 32
MAX_PATH = 63  # trees stay below 2⁶³ leaves
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2)."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root(hashes: "list[bytes]") -> bytes:
    """Root of a list of leaf hashes; the empty tree's is SHA-256 of nothing."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def range_root(read_node: "ReadNode", lo: int, hi: int) -> bytes:
    """Root of leaves lo … hi−1, a range of RFC 9162, from perfect subtrees: `read_node(level, index)`."""
    size = hi - lo
    level = 0
    while 1 << level < size:
        level += 1
    if 1 << level == size:
        return read_node(level, lo >> level)
    middle = lo + split(size)
    return node_hash(range_root(read_node, lo, middle), range_root(read_node, middle, hi))


def inclusion_path(hash_of: "HashOf", index: int, size: int) -> "list[bytes]":
    """PATH(index, D_size) of RFC 9162 §2.1.3.1, leaf side first."""
    if not 0 <= index < size:
        raise MerkleError("out-of-range", "leaf %d of a tree of %d" % (index, size))
    path = []
    lo, hi = 0, size
    while hi - lo > 1:
        middle = lo + split(hi - lo)
        if index < middle:
            path.append(hash_of(middle, hi))
            hi = middle
        else:
            path.append(hash_of(lo, middle))
            lo = middle
    path.reverse()
    return path


def consistency_path(hash_of: "HashOf", first: int, second: int) -> "list[bytes]":
    """PROOF(first, D_second) of RFC 9162 §2.1.4.1."""
    if not 0 < first <= second:
        raise MerkleError("out-of-range", "no consistency proof from %d to %d" % (first, second))
    path = []
    lo, hi = 0, second
    whole = True  # the range lo … first is a complete subtree that the verifier already knows
    while hi != first:
        middle = lo + split(hi - lo)
        if first <= middle:
            path.append(hash_of(middle, hi))
            hi = middle
        else:
            path.append(hash_of(lo, middle))
            lo = middle
            whole = False
    if not whole:
        path.append(hash_of(lo, hi))
    path.reverse()
    return path


def of_list(hashes: "list[bytes]") -> "HashOf":
    """`hash_of` over leaf hashes in memory."""

    def hash_of(lo: int, hi: int) -> bytes:
        return root(hashes[lo:hi])

    return hash_of


def _check_hashes(hashes: "list[bytes]") -> None:
    if len(hashes) > MAX_PATH:
        raise MerkleError("out-of-range", "path of %d hashes" % len(hashes))
    for item in hashes:
        if len(item) != HASH_BYTES:
            raise MerkleError("bad-length", "a hash has 32 bytes")


def root_of_path(leaf: bytes, index: int, size: int, path: "list[bytes]") -> bytes:
    """The root of the tree of `size` that `path` leads to from `leaf` (a leaf hash) at `index` (RFC 9162 §2.1.3.2)."""
    # 1. All hashes have 32 bytes: nothing can be shifted between neighbours.
    _check_hashes(path)
    _check_hashes([leaf])
    # 2. The index lies in the tree.
    if not 0 <= index < size:
        raise MerkleError("out-of-range", "leaf %d of a tree of %d" % (index, size))
    # 3. Fold the path.
    fn, sn, found = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise MerkleError("bad-path", "path is too long")
        if fn & 1 or fn == sn:
            found = node_hash(sibling, found)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            found = node_hash(found, sibling)
        fn >>= 1
        sn >>= 1
    # 4. It used every level.
    if sn:
        raise MerkleError("bad-path", "path is too short")
    return found


def verify_inclusion(leaf: bytes, index: int, size: int, path: "list[bytes]", expected_root: bytes) -> None:
    """Raise MerkleError unless `leaf` (a leaf hash) is at `index` in the tree with `expected_root`."""
    _check_hashes([expected_root])
    if root_of_path(leaf, index, size, path) != expected_root:
        raise MerkleError("bad-path", "path leads to another root")


def verify_consistency(first: int, second: int, path: "list[bytes]", first_root: bytes, second_root: bytes) -> None:
    """Raise MerkleError unless the tree of `second` leaves extends the one of `first` (RFC 9162 §2.1.4.2)."""
    # 1. All hashes have 32 bytes; size 0 says nothing about any tree, so it is refused.
    _check_hashes(path)
    _check_hashes([first_root, second_root])
    if not 0 < first <= second:
        raise MerkleError("out-of-range", "no consistency from %d to %d" % (first, second))
    # 2. Equal sizes: equal roots and no path.
    if first == second:
        if path or first_root != second_root:
            raise MerkleError("bad-path", "one size with two roots")
        return
    if not path:
        raise MerkleError("bad-path", "path is empty")
    # 3. If the first tree is complete, its root begins the path.
    hashes = path if first & (first - 1) else [first_root] + path
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    # 4. Fold both roots.
    old = new = hashes[0]
    for item in hashes[1:]:
        if sn == 0:
            raise MerkleError("bad-path", "path is too long")
        if fn & 1 or fn == sn:
            old = node_hash(item, old)
            new = node_hash(item, new)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            new = node_hash(new, item)
        fn >>= 1
        sn >>= 1
    # 5. Both end at their roots, having used every level.
    if sn or old != first_root or new != second_root:
        raise MerkleError("bad-path", "the second tree does not extend the first")
